"""Batches that cannot fit into memory are refused before anything is read."""

import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.features import LFCC, Waveform
from spoofjax.loading import memory


@pytest.fixture(autouse=True)
def one_gibibyte(monkeypatch):
    monkeypatch.setattr(memory, "usable_memory", lambda: 2**30)


@pytest.mark.parametrize("front_end", [LFCC(), Waveform()])
def test_features_need_what_their_arrays_need(front_end):
    clip = np.zeros((1, 16_000), np.int16)
    features = front_end(clip)
    assert memory.bytes_of(front_end, 16_000, 1) == features.nbytes + clip.nbytes
    assert memory.bytes_of(front_end, 16_000, 5) == 5 * features.nbytes + 2 * clip.nbytes


def test_the_batch_that_is_said_to_fit_fits_and_the_next_one_does_not():
    with pytest.raises(ConfigError, match=r"--batch 100000 needs .* there are 1.0 GiB") as raised:
        memory.check_batches("--batch", 100_000, 64_600, LFCC(), 2)
    fitting = int(str(raised.value).split("At most ")[1].split()[0])
    memory.check_batches("--batch", fitting, 64_600, LFCC(), 2)
    with pytest.raises(ConfigError):
        memory.check_batches("--batch", fitting + 1, 64_600, LFCC(), 2)


def test_processes_share_a_batch():
    memory.check_batches("--batch", 4_000, 64_600, LFCC(), 2, processes=2)
    with pytest.raises(ConfigError, match="utterances fit"):
        memory.check_batches("--batch", 4_000, 64_600, LFCC(), 2)
