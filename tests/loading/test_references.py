"""References in training: another bona fide utterance of each speaker."""

from pathlib import Path

import numpy as np
import pytest

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation, Clip, Loading
from spoofjax.corpora.column import Column
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import CorpusError
from spoofjax.features import Waveform
from spoofjax.loading.references import References
from spoofjax.loading.sampling import Balanced
from spoofjax.loading.training_batches import TrainingBatches

SAMPLES = 1_600


@pytest.fixture(scope="module")
def manifest(tiny_corpus):
    return ASVspoof5(root=str(tiny_corpus())).manifest("train")


def batches_of(manifest, reference="speaker", **changes):
    options = {
        "front_end": Waveform(),
        "clip": Clip(train=SAMPLES),
        "loading": Loading(threads=2),
        "sampling": Balanced(),
        "augment": Augmentation(),
        "batch": 8,
        "seed": 3,
    }
    return TrainingBatches(manifest, **(options | changes), reference=reference)


def relabelled(manifest, label, speakers):
    columns = {**manifest.columns, "speaker": Column.of(speakers)}
    return Manifest(manifest.ids, np.asarray(label, np.int8), manifest.files, columns)


def test_a_reference_is_another_bona_fide_utterance_of_the_speaker(manifest):
    rows = np.tile(np.arange(len(manifest)), 20)
    # Speakers alternate with the classes in this corpus, so two names are made of all.
    speakers = [f"S{row // 2 % 2}" for row in range(len(manifest))]
    mixed = relabelled(manifest, manifest.label, speakers)
    chosen = References(mixed, "speaker").of(rows, draw_seeds(1, np.arange(len(rows))))
    speaker = mixed.codes("speaker")
    assert (mixed.label[chosen] == 1).all()
    assert (speaker[chosen] == speaker[rows]).all()
    assert (chosen != rows).all()
    # Every bona fide utterance of the speaker comes up.
    assert set(chosen[speaker[rows] == 0]) == set(
        np.flatnonzero((mixed.label == 1) & (speaker == 0))
    )


def test_a_speaker_with_one_bona_fide_utterance_is_compared_with_it(manifest):
    few = relabelled(manifest.take([0, 1, 2]), [1, 0, 0], ["A", "A", "A"])
    chosen = References(few, "speaker").of(np.arange(3), draw_seeds(1, np.arange(3)))
    assert chosen.tolist() == [0, 0, 0]


def test_speakers_of_one_name_in_two_corpora_are_two_speakers(manifest):
    few = relabelled(manifest.take(range(4)), [1, 0, 1, 0], ["A", "A", "A", "A"])
    columns = {**few.columns, "corpus": Column.of(["x", "x", "y", "y"])}
    both = Manifest(few.ids, few.label, few.files, columns)
    chosen = References(both, "speaker").of(np.arange(4), draw_seeds(1, np.arange(4)))
    assert chosen.tolist() == [0, 0, 2, 2]


def test_the_first_speaker_without_bona_fide_speech_is_named(manifest):
    few = relabelled(manifest.take(range(4)), [1, 0, 0, 0], ["A", "A", "B", "C"])
    with pytest.raises(CorpusError, match=r"Speaker B of .* 2 speaker\(s\).*--reference none"):
        References(few, "speaker")


def test_an_utterance_without_a_speaker_is_named(manifest):
    few = relabelled(manifest.take(range(2)), [1, 0], ["A", "-"])
    with pytest.raises(
        CorpusError, match=rf"1 utterance\(s\) .*no speaker \(first: {manifest.ids[1]}"
    ):
        References(few, "speaker")


def test_anyone_may_be_the_reference_of_speakers_without_bona_fide_speech(manifest):
    rows = np.tile(np.arange(len(manifest)), 20)
    chosen = References(manifest, "anyone").of(rows, draw_seeds(1, np.arange(len(rows))))
    assert set(chosen) == set(np.flatnonzero(manifest.label == 1))
    assert (chosen != rows).all()
    with pytest.raises(CorpusError, match="no bona fide utterance"):
        References(manifest.take(manifest.label == 0), "anyone")


@pytest.fixture(scope="module")
def mixed(manifest):
    """The tiny corpus with both classes of every speaker."""
    return relabelled(
        manifest, manifest.label, [f"S{row // 2 % 5}" for row in range(len(manifest))]
    )


@pytest.mark.parametrize("augment", [Augmentation(), ChannelVariation()])
def test_a_reference_leaves_the_utterances_as_they_are(mixed, augment):
    paired = batches_of(mixed, augment=augment).batch(2)
    alone = batches_of(mixed, reference="none", augment=augment).batch(2)
    assert alone.reference is None
    for one, other in zip(paired[:4], alone[:4], strict=True):
        np.testing.assert_array_equal(one, other)
    features, lengths = paired.reference
    assert features.shape == paired.features.shape
    assert lengths.tolist() == [SAMPLES] * 8


def test_a_reference_is_cropped_and_changed_by_itself(mixed):
    # With one utterance, which is its own reference, only crop and augmentation can differ.
    alone = relabelled(mixed.take([0, 1]), [1, 0], ["A", "A"])
    batch = batches_of(alone, batch=2).batch(0)
    bonafide = int(np.flatnonzero(batch.labels == 1)[0])
    assert not np.array_equal(batch.reference[0][bonafide], batch.features[bonafide])


def test_references_are_the_same_in_two_processes(mixed):
    batch = batches_of(mixed).batch(1)
    halves = [batches_of(mixed, process=p, processes=2).batch(1) for p in (0, 1)]
    for part in (0, 1):
        joined = np.concatenate([half.reference[part] for half in halves])
        np.testing.assert_array_equal(joined, batch.reference[part])


def test_whole_utterances_have_whole_references(mixed):
    clip = Clip(train=8_000, short="pad", train_buckets=(6_000, 12_000), train_multiple=2)
    batches = batches_of(mixed, clip=clip)
    batch = batches.batch(0)
    assert batch.reference[0].shape == batch.features.shape
    assert batch.reference[1].tolist() == [8_000] * len(batch.labels)
    assert [blank.reference[0].shape for blank in batches.blanks()] == [
        blank.features.shape for blank in batches.blanks()
    ]


def test_an_unreadable_reference_is_replaced_by_another_one_of_its_speaker(
    mixed, tiny_corpus, tmp_path
):
    corpus = tiny_corpus(tmp_path / "corpus")
    manifest = ASVspoof5(root=str(corpus)).manifest("train")
    speakers = mixed.column("speaker").values()
    damaged = relabelled(manifest, manifest.label, speakers)
    rows = np.flatnonzero(damaged.label == 1)[:3]
    for row in rows.tolist():
        Path(damaged.path(row)).write_bytes(b"no audio")
    batches = batches_of(damaged, loading=Loading(threads=2, on_error="skip"), batch=40)
    undamaged = batches_of(mixed, batch=40).batch(0)
    batch = batches.batch(0)
    seeds = draw_seeds(3, np.arange(40))
    wanted = References(mixed, "speaker").of(undamaged.indices, seeds)
    is_hit = np.isin(wanted, rows) | np.isin(undamaged.indices, rows)
    is_same = (batch.reference[0] == undamaged.reference[0]).all((1, 2))
    assert is_same[~is_hit].all()
    assert (
        batch.skipped
        == np.isin(undamaged.indices, rows).sum()
        + np.isin(References(damaged, "speaker").of(batch.indices, seeds), rows).sum()
    )
