"""Partly spoofed clips, made in training, and labels of their steps."""

import numpy as np
import pytest

from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation, Clip, Loading
from spoofjax.config_files import load_config
from spoofjax.corpora import ASVspoof5
from spoofjax.corpora.segments import Segments
from spoofjax.errors import ConfigError
from spoofjax.features import Embeddings, LogLinear, Waveform
from spoofjax.loading.embedding_source import check_embeddings
from spoofjax.loading.sample_labels import SampleLabels, step_labels
from spoofjax.loading.sampling import Balanced
from spoofjax.loading.training_batches import TrainingBatches
from spoofjax.splicing import Splicing
from spoofjax.synthesis import CopySynthesis, PhaseRandomisation, Splices

SPLICES = Splices(probability=0.8, seconds=(0.02, 0.1), crossfade_ms=2.0)
CLIPS = [Clip(train=4_000), Clip(train_buckets=(4_000, 12_000), short="pad")]


@pytest.fixture(scope="module")
def manifest(uneven_corpus):
    return ASVspoof5(root=str(uneven_corpus)).manifest("train")


def batch_of(manifest, splicing=SPLICES, process=0, processes=1, **changes):
    options = {
        "front_end": Waveform(),
        "clip": CLIPS[0],
        "loading": Loading(threads=2),
        "sampling": Balanced(),
        "augment": Augmentation(),
        "batch": 32,
        "seed": 3,
        "step_frames": 400,
        "process": process,
        "processes": processes,
    }
    batches = TrainingBatches(manifest, splicing=splicing, **(options | changes))
    batch = batches.batch(3)
    copied = batch._replace(features=batch.features.copy())
    batches.close()
    return copied


@pytest.mark.parametrize("clip", CLIPS)
def test_labels_tell_which_steps_hold_a_spoofed_sample(manifest, clip):
    plain = batch_of(manifest, Splicing(), clip=clip)
    batch = batch_of(manifest, clip=clip)
    own = np.where(plain.step_labels >= 0, plain.labels[:, None], -1)
    assert (plain.step_labels == own).all()
    assert (batch.labels == np.where((batch.step_labels == 0).any(1), 0, 1)).all()
    is_changed = (batch.features != plain.features).any((1, 2))
    has_both = (batch.step_labels == 0).any(1) & (batch.step_labels == 1).any(1)
    assert has_both.any()
    assert is_changed[has_both].all()
    assert (is_changed & ~has_both).any()  # joined to its own class
    changes = np.abs(batch.features - plain.features).max(2)
    for slot in np.flatnonzero(has_both & (plain.labels == 1)):
        spoofed = np.repeat(batch.step_labels[slot] == 0, 400)[: changes.shape[1]]
        assert (changes[slot][~spoofed] == 0).all()


def test_a_batch_depends_on_seed_and_step_alone(manifest):
    first = batch_of(manifest)
    parts = [batch_of(manifest, process=n, processes=2) for n in range(2)]
    for name in ("features", "labels", "step_labels"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert (joined == getattr(first, name)).all()


def test_copies_are_spoofed_all_over(manifest):
    copies = CopySynthesis(share=0.5, attacks=(PhaseRandomisation(),))
    batch = batch_of(manifest, Splicing(), synthesis=copies)
    plain = batch_of(manifest, Splicing())
    is_copy = batch.labels != plain.labels
    assert is_copy.any()
    assert (batch.step_labels[is_copy] == 0).all()


def test_segment_labels_of_a_corpus_follow_the_crop(manifest):
    row = int(np.flatnonzero(manifest.label == 0)[0])
    parts = [np.zeros(0, np.int8)] * len(manifest)
    parts[row] = np.array([1, 0, 1], np.int8)
    rows = np.array([row])
    labelled = type(manifest)(**{**vars(manifest), "segments": Segments.of(0.1, parts)})
    labels = SampleLabels(labelled, 16_000, lambda _: 4_800)
    seeds = draw_seeds(1, np.arange(1))
    whole = labels.of(rows, seeds, np.array([4_800]), 4_800)
    assert (whole[0] == np.repeat([1, 0, 1], 1_600)).all()
    repeated = labels.of(rows, seeds, np.array([9_600]), 9_600)
    assert (repeated[0] == np.tile(whole[0], 2)).all()
    padded = labels.of(rows, seeds, np.array([4_800]), 6_400)
    steps = step_labels(padded, np.array([4_800]), LogLinear(hop=160), 5)
    assert steps[0].tolist() == [1, 1, 0, 0, 1, 1, -1, -1]


def test_the_prior_and_bad_settings(manifest):
    options = ["--splicing", "Splices", "--splicing.probability", "0.5"]
    experiment = load_config("cnn2d", options)
    assert experiment.bonafide_share(manifest) == 0.5 * 0.75
    for wrong, text in (
        ({"probability": 2.0}, "probability=2.0"),
        ({"seconds": (0.5, 0.1)}, "must be positive and rise"),
        ({"seconds": (0.01, 0.1), "crossfade_ms": 8.0}, "two fades"),
        ({"pieces": 0}, "pieces=0"),
    ):
        with pytest.raises(ConfigError, match=text):
            Splices(**wrong)
    with pytest.raises(ConfigError, match="cannot be spliced"):
        check_embeddings(Embeddings(width=4), Clip(train=1, evaluate=1), False, splices=True)
