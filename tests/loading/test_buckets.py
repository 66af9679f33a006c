"""Buckets: a schedule of (seed, step) alone, batches within a budget, whole utterances."""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.audio.cropping import set_level
from spoofjax.audio.reading import length_of, read
from spoofjax.config import Clip, Loading
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import AudioError, CorpusError
from spoofjax.features import LogLinear
from spoofjax.loading.batches import Batch
from spoofjax.loading.buckets import Bucket, Group, Schedule, schedule_of, steps_of_epoch
from spoofjax.loading.sampling import Balanced, Natural
from spoofjax.loading.sources import PackedSource
from spoofjax.loading.training_batches import TrainingBatches

CLIP = Clip(train=6_400, evaluate=8_000, short="pad", train_buckets=tiny.BUCKETS, train_multiple=4)


@pytest.fixture
def uneven(training, uneven_corpus):
    """Makes training batches of the corpus of uneven lengths."""

    def make(**changes) -> TrainingBatches:
        return training(root=uneven_corpus, **({"clip": CLIP} | changes))

    return make


def of_counts(counts: list[int], seed: int = 1) -> Schedule:
    """A schedule whose buckets have `counts` steps an epoch and no utterances."""
    groups = [Group(1000 * (n + 1), np.empty(0, np.int64), None) for n in range(len(counts))]
    return Schedule([Bucket(g, 4, steps) for g, steps in zip(groups, counts, strict=True)], seed)


def a_schedule(sampler, label, lengths, clip: Clip, batch: int = 16) -> Schedule:
    """The schedule of utterances that are only known by class and length."""
    ids = np.array([f"U{n:05d}" for n in range(len(label))])
    manifest = Manifest.of("corpus", ids, label, Files.under("audio", ids, ".flac"))
    return schedule_of(manifest, sampler, clip, batch, 1, lambda: np.array(lengths))


def lengths_of(corpus: Path) -> list[int]:
    """Samples of every training utterance."""
    manifest = ASVspoof5(root=str(corpus)).manifest("train")
    return [length_of(manifest.path(row)) for row in range(len(manifest))]


def rows_of(batch: Batch) -> Iterator[tuple[int, np.ndarray, int]]:
    """Utterance, features and own frames of each row of a batch."""
    return zip(batch.indices.tolist(), batch.features, batch.lengths.tolist(), strict=True)


# ----------------------------------------------------------------------- schedule


@settings(max_examples=50, deadline=None)
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    seed=st.integers(0, 2**40),
    later=st.integers(0, 10**9),
)
def test_any_step_is_found_without_those_before_it(counts, seed, later):
    steps = 3 * sum(counts)
    walked, before = [], Counter()
    schedule = of_counts(counts, seed)
    for step in range(steps):
        bucket, _ = schedule.at(step)
        walked.append((bucket.samples, before[bucket.samples]))
        before[bucket.samples] += 1
    jumping = of_counts(counts, seed)
    jumping.at(later)
    for step in reversed(range(steps)):
        bucket, turn = jumping.at(step)
        assert (bucket.samples, turn) == walked[step]


@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=5), epoch=st.integers(0, 10**6))
def test_every_epoch_has_the_same_batches_of_each_bucket(counts, epoch):
    schedule = of_counts(counts)
    steps = range(epoch * schedule.epoch, (epoch + 1) * schedule.epoch)
    steps_taken = Counter(schedule.at(step)[0].samples for step in steps)
    assert [steps_taken[bucket.samples] for bucket in schedule.buckets] == counts


def test_the_order_of_buckets_changes_with_epoch_and_seed():
    schedule = of_counts([20, 20, 10])
    first, second = ([schedule.at(e * 50 + k)[0].samples for k in range(50)] for e in range(2))
    other = of_counts([20, 20, 10], seed=2)
    assert first != second
    assert first != [other.at(k)[0].samples for k in range(50)]


@given(wanted=st.lists(st.floats(0.01, 1000), min_size=1, max_size=6))
def test_the_steps_of_an_epoch_are_the_nearest_whole_ones(wanted):
    steps = np.array(steps_of_epoch(np.array(wanted)))
    assert (steps >= 1).all()
    assert (np.abs(steps - wanted) <= 1).all()
    assert steps.sum() >= sum(wanted) - 1e-6
    if min(wanted) >= 1:
        assert steps.sum() < sum(wanted) + 1


@settings(max_examples=50, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 500), min_size=4, max_size=80),
    buckets=st.lists(st.integers(1, 400), min_size=1, max_size=5, unique=True).map(sorted),
    clip=st.integers(50, 400),
    batch=st.integers(1, 40),
    multiple=st.sampled_from([2, 4, 8]),
    sampler=st.sampled_from([Balanced(), Natural()]),
)
def test_every_utterance_is_in_one_bucket_and_every_batch_within_the_budget(
    lengths, buckets, clip, batch, multiple, sampler
):
    clip = CLIP.replace(train=clip, train_buckets=tuple(buckets), train_multiple=multiple)
    schedule = a_schedule(sampler, np.arange(len(lengths)) % 2, lengths, clip, batch)
    rows = np.concatenate([bucket.group.rows for bucket in schedule.buckets])
    assert sorted(rows.tolist()) == list(range(len(lengths)))
    budget = batch * clip.train
    for bucket in schedule.buckets:
        assert bucket.size % multiple == 0
        assert bucket.size * bucket.samples <= max(budget, multiple * bucket.samples)
        assert (bucket.size + multiple) * bucket.samples > budget


def test_buckets_are_drawn_by_the_shares_that_the_sampler_gives_their_classes():
    label = np.repeat([1, 0], [400, 4000])
    lengths = np.repeat([100, 200, 100, 200], [300, 100, 1000, 3000])
    clip = CLIP.replace(train=200, train_buckets=(100, 200))
    # 3/4 of bona fide and 1/4 of spoofs are short: half of the 4,400 balanced draws of an epoch.
    short, long = a_schedule(Balanced(), label, lengths, clip).buckets
    assert (short.size, long.size) == (32, 16)
    assert (short.steps, long.steps) == (69, 138)
    # With natural sampling, 1,300 are short.
    short, long = a_schedule(Natural(), label, lengths, clip).buckets
    assert (short.steps, long.steps) == (41, 194)


def test_a_bucket_without_one_class_joins_the_next_longer_one_and_the_last_the_shorter(caplog):
    label = np.array([0] * 5 + [1, 0] * 5 + [1] * 3)
    lengths = [90] * 5 + [190] * 10 + [290] * 3
    clip = CLIP.replace(train_buckets=(100, 200, 300))
    with caplog.at_level(logging.WARNING):
        schedule = a_schedule(Balanced(), label, lengths, clip)
    (only,) = schedule.buckets
    assert (only.samples, len(only.group.rows)) == (200, 18)
    first, second = (record.getMessage() for record in caplog.records)
    assert "bucket of 100 samples holds 0 bona fide, 5 spoof" in first
    assert "join the bucket of 200" in first
    assert "bucket of 300 samples holds 3 bona fide, 0 spoof" in second
    assert "join the bucket of 200" in second
    # Natural sampling can draw from each bucket.
    assert len(a_schedule(Natural(), label, lengths, clip).buckets) == 3


def test_a_split_without_one_class_is_the_samplers_own_error():
    with pytest.raises(CorpusError, match="no bona fide utterance"):
        a_schedule(Balanced(), np.zeros(4), [90, 190, 90, 190], CLIP)
    with pytest.raises(CorpusError, match="No utterance of the training split can be read"):
        a_schedule(Balanced(), np.arange(4) % 2, [-1] * 4, CLIP)


# ------------------------------------------------------------------------- batches


def test_batches_are_balanced_within_every_bucket(uneven):
    batches = uneven()
    assert [bucket.size for bucket in batches.schedule.buckets] == [24, 12, 8]
    for step in range(2 * batches.schedule.epoch):
        bucket, _ = batches.schedule.at(step)
        batch = batches.batch(step)
        assert batch.features.shape[0] == bucket.size
        assert batch.labels.sum() == bucket.size // 2


def test_every_utterance_comes_in_its_own_bucket_and_no_other(uneven, uneven_corpus):
    batches = uneven()
    length = lengths_of(uneven_corpus)
    smallest = np.searchsorted(tiny.BUCKETS, np.minimum(length, tiny.BUCKETS[-1]))
    seen: set[tuple[int, int]] = set()
    for step in range(12 * batches.schedule.epoch):
        bucket, turn = batches.schedule.at(step)
        rows = bucket.drawn(turn * bucket.size, bucket.size)
        seen |= {(row, tiny.BUCKETS.index(bucket.samples)) for row in rows.tolist()}
    assert sorted(seen) == list(enumerate(smallest))


@pytest.mark.parametrize("level", [None, -26.0])
def test_an_utterance_that_fits_loses_no_sample(uneven, uneven_corpus, level):
    batches = uneven(clip=CLIP.replace(level_dbfs=level))
    front_end, length = LogLinear(filters=24), lengths_of(uneven_corpus)
    manifest = ASVspoof5(root=str(uneven_corpus)).manifest("train")
    seen = set()
    for step in range(2 * batches.schedule.epoch):
        bucket, _ = batches.schedule.at(step)
        batch = batches.batch(step)
        assert batch.features.shape[1] == front_end.frames(bucket.samples)
        for row, features, frames in rows_of(batch):
            if length[row] > bucket.samples:
                assert frames == front_end.frames(bucket.samples)  # cropped
                continue
            samples = read(manifest.path(row))
            expected = front_end(samples if level is None else set_level(samples, level))
            assert frames == len(expected)
            assert np.array_equal(features[:frames], expected)
            assert not features[frames:].any()
            seen.add(int(length[row]))
    assert seen == set(tiny.UNEVEN[:-1])


def test_what_is_longer_than_the_longest_bucket_is_cropped_at_random(uneven, uneven_corpus):
    batches, length = uneven(), lengths_of(uneven_corpus)
    crops: dict[int, list[np.ndarray]] = {}
    for step in range(40):
        batch = batches.batch(step)
        for row, features, _ in rows_of(batch):
            if length[row] > tiny.BUCKETS[-1]:
                crops.setdefault(row, []).append(features)
    pairs = [copies[:2] for copies in crops.values() if len(copies) > 1]
    assert len(pairs) == 8
    assert not any(np.array_equal(a, b) for a, b in pairs)


def test_augmentation_of_an_utterance_does_not_depend_on_its_bucket(uneven):
    narrow = uneven(augment=ChannelVariation(), clip=CLIP.replace(train_buckets=(20_000,)))
    wide = uneven(augment=ChannelVariation(), clip=CLIP.replace(train_buckets=(24_000,)))
    one, other = narrow.batch(3), wide.batch(3)
    assert one.indices.tolist() == other.indices.tolist()
    assert one.lengths.tolist() == other.lengths.tolist()
    assert np.array_equal(one.features, other.features[:, : one.features.shape[1]])
    plain = uneven(clip=CLIP.replace(train_buckets=(20_000,))).batch(3)
    assert not np.array_equal(one.features, plain.features)


def test_no_two_draws_of_any_bucket_share_a_seed(uneven):
    schedule = uneven().schedule
    drawn: list[int] = []
    for step in range(3 * schedule.epoch):
        bucket, _ = schedule.at(step)
        drawn += range(schedule.first_draw(step), schedule.first_draw(step) + bucket.size)
    assert len(set(drawn)) == len(drawn)


def test_a_bucketed_batch_depends_on_seed_and_step_alone(uneven):
    many, one = uneven(loading=Loading(threads=5)), uneven(loading=Loading(threads=1))
    many.batch(0)
    for step in (9, 7, 8):
        assert np.array_equal(many.batch(step).features, one.batch(step).features)


def test_the_shares_of_processes_make_up_a_bucketed_batch(uneven):
    for step in range(4):
        batch = uneven().batch(step)
        shares = [uneven(process=p, processes=4).batch(step) for p in range(4)]
        for name in ("features", "lengths", "labels", "indices"):
            joined = np.concatenate([getattr(share, name) for share in shares])
            assert np.array_equal(joined, getattr(batch, name))


def test_blanks_have_the_shapes_of_the_batches(uneven):
    batches = uneven(process=1, processes=2)
    shapes = {batch.features.shape for batch in batches.blanks()}
    all_batches = [batches.batch(step) for step in range(batches.schedule.epoch)]
    assert {batch.features.shape for batch in all_batches} == shapes
    blank = batches.blanks()[0]
    for blank_array, array in zip(blank[:4], all_batches[0][:4], strict=True):
        assert blank_array.dtype == array.dtype


def test_known_lengths_are_not_measured_again(training, tiny_corpus, tmp_path, monkeypatch):
    corpus = ASVspoof5(root=str(tiny_corpus()))
    pack({split: corpus.manifest(split) for split in ("train", "dev")}, tmp_path, Packing())
    files, packed = training(clip=CLIP), training(clip=CLIP, data=Packed(str(tmp_path)))
    monkeypatch.delattr(PackedSource, "length")
    assert packed.schedule.digest() == files.schedule.digest()


def test_an_unreadable_file_is_replaced_by_one_of_its_bucket_or_left_out(tmp_path, training):
    corpus = tiny.make_corpus(tmp_path / "corpus", tiny.UNEVEN)
    tiny.write_config(corpus / "tiny.py", corpus)
    manifest = ASVspoof5(root=str(corpus)).manifest("train")
    with open(manifest.path(0), "wb"):
        pass
    with pytest.raises(AudioError, match="zero bytes"):
        training(root=corpus, clip=CLIP).schedule  # noqa: B018
    batches = training(root=corpus, clip=CLIP, loading=Loading(on_error="skip"))
    assert not any(0 in bucket.group.rows for bucket in batches.schedule.buckets)

    # A file that breaks after it was measured: the stand-in is of its class and bucket.
    with open(manifest.path(1), "wb"):
        pass
    replaced = [batches.batch(step) for step in range(3 * batches.schedule.epoch)]
    assert sum(batch.skipped for batch in replaced) > 0
    for step, batch in enumerate(replaced):
        rows = batches.schedule.at(step)[0].group.rows
        assert np.isin(batch.indices, rows).all()
        assert 1 not in batch.indices
        assert 2 * batch.labels.sum() == len(batch.labels)
