"""A clip inside a graph has the samples of a clip of the host."""

import numpy as np
import pytest

from spoofjax.audio.clips import prepared
from spoofjax.config import Clip
from spoofjax.deployment.exporting.clips import clips_in_graph

LENGTHS = (1, 700, 1_000, 2_500)

CLIPS = {
    "tiled": Clip(evaluate=1_000),
    "tiled and levelled": Clip(evaluate=1_000, level_dbfs=-26.0),
    "padded": Clip(evaluate=1_000, short="pad"),
    "padded and levelled": Clip(evaluate=1_000, short="pad", level_dbfs=-26.0),
    "in buckets": Clip(short="pad", buckets=(500, 1_000)),
}


@pytest.mark.parametrize("clip", CLIPS.values(), ids=CLIPS)
def test_a_batch_of_several_lengths_gives_the_clips_of_the_host(clip):
    # What follows an utterance in the batch is not heard, whatever it is.
    waveforms = np.random.default_rng(3).normal(0, 0.1, (4, 2_500)).astype(np.float32)
    clips, valid = clips_in_graph(waveforms, np.array(LENGTHS, np.int32), clip)
    for row, length in enumerate(LENGTHS):
        expected, count = prepared(waveforms[row, :length], clip, 1_000)
        assert valid[row] == count
        np.testing.assert_allclose(clips[row], expected, atol=1e-6)


def test_silence_stays_silence():
    clip = Clip(evaluate=100, level_dbfs=-26.0)
    clips, _ = clips_in_graph(np.zeros((1, 50), np.float32), np.array([50], np.int32), clip)
    np.testing.assert_array_equal(clips, np.zeros((1, 100)))
