"""Batches depend on (seed, step) alone and have the documented lengths, labels and order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoofjax.config import Clip, Loading
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import AudioError, ConfigError
from spoofjax.loading.cutting import bucket_cuts, even_cuts


def test_a_batch_depends_on_seed_and_step_alone(training):
    many, one = training(loading=Loading(threads=5)), training(loading=Loading(threads=1))
    many.batch(0)
    assert np.array_equal(many.batch(7).features, one.batch(7).features)
    other = training(seed=2).batch(7)
    assert not np.array_equal(other.features, one.batch(7).features)


def test_the_shares_of_processes_make_up_the_whole_batch(training):
    batch = training().batch(3)
    shares = [training(process=p, processes=4).batch(3) for p in range(4)]
    assert np.array_equal(np.concatenate([share.features for share in shares]), batch.features)
    assert np.array_equal(np.concatenate([share.indices for share in shares]), batch.indices)


def test_an_utterance_drawn_twice_is_cropped_at_two_places(training):
    batches = training(clip=Clip(train=3000, evaluate=3000))
    seen: dict[int, list[np.ndarray]] = {}
    for step in range(8):
        batch = batches.batch(step)
        for index, features in zip(batch.indices.tolist(), batch.features, strict=True):
            seen.setdefault(index, []).append(features)
    pairs = [copies[:2] for copies in seen.values() if len(copies) > 1]
    assert len(pairs) > 20
    assert sum(np.array_equal(a, b) for a, b in pairs) <= 1


def test_a_padded_clip_says_how_many_of_its_frames_are_its_own(evaluation):
    padded = evaluation(clip=Clip(evaluate=12_000, short="pad"))
    batch = padded.batch(padded.cuts(4)[0])
    own = padded.front_end.frames(8000)
    assert batch.lengths.tolist() == [own] * 4
    assert batch.features.shape[1] > own
    assert np.all(batch.features[:, own:] == 0)


def test_an_unreadable_file_stops_or_is_replaced_and_counted(training, tiny_corpus, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    manifest = ASVspoof5(root=str(corpus)).manifest("train")
    broken = manifest.path(0)
    open(broken, "wb").close()
    strict = training(root=corpus)
    bucket, _ = strict.schedule.at(0)
    step = next(step for step in range(9) if 0 in bucket.drawn(16 * step, 16))
    with pytest.raises(AudioError, match=f"{broken}: the file has zero bytes"):
        strict.batch(step)

    batches = training(root=corpus, loading=Loading(on_error="skip"))
    replaced = [batches.batch(step) for step in range(5)]
    assert sum(batch.skipped for batch in replaced) > 0
    assert all(0 not in batch.indices for batch in replaced)
    # The stand-in has the same class, so the balance stays.
    assert all(batch.labels.sum() == 8 for batch in replaced)

    # Many neighbouring files may be missing; each is tried once.
    same_class = np.flatnonzero(manifest.label == manifest.label[0])
    for row in same_class[:15]:
        open(manifest.path(row), "wb").close()
    batches = training(root=corpus, loading=Loading(on_error="skip"))
    for batch in (batches.batch(step) for step in range(5)):
        assert not np.isin(batch.indices, same_class[:15]).any()
        assert batch.labels.sum() == 8


def test_more_unreadable_files_than_the_stated_share_stop_the_run(training, tiny_corpus, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    manifest = ASVspoof5(root=str(corpus)).manifest("train")
    for row in range(11):
        open(manifest.path(row), "wb").close()
    loading = Loading(on_error="skip", unreadable_share=0.25)
    batches = training(root=corpus, loading=loading)
    message = r"11 of the split's 40 utterances .* share of 0\.25 .*--loading\.unreadable-share"
    with pytest.raises(AudioError, match=message):
        [batches.batch(step) for step in range(20)]


# ------------------------------------------------------------------------ buckets


@settings(max_examples=100, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 500), min_size=1, max_size=60),
    buckets=st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True).map(sorted),
    budget=st.integers(1, 3000),
    multiple=st.integers(1, 4),
)
def test_buckets_hold_every_utterance_once_within_the_budget(lengths, buckets, budget, multiple):
    cuts = bucket_cuts(np.array(lengths), tuple(buckets), budget, multiple)
    rows = np.concatenate([cut.rows for cut in cuts])
    assert sorted(rows[rows >= 0].tolist()) == list(range(len(lengths)))
    for cut in cuts:
        assert cut.samples in buckets
        assert len(cut.rows) % multiple == 0
        assert len(cut.rows) * cut.samples <= max(budget, multiple * cut.samples)
        shorter = [bucket for bucket in buckets if bucket < cut.samples]
        for row in cut.rows[cut.rows >= 0]:
            assert lengths[row] <= cut.samples or cut.samples == buckets[-1]
            assert not shorter or lengths[row] > shorter[-1]


@given(utterances=st.integers(0, 50), batch=st.integers(1, 20))
def test_even_cuts_keep_the_order_of_the_split(utterances, batch):
    cuts = even_cuts(utterances, batch, 100)
    assert all(len(cut.rows) == batch for cut in cuts)
    rows = [row for cut in cuts for row in cut.rows.tolist()]
    assert rows == list(range(utterances)) + [-1] * (len(rows) - utterances)


def test_the_features_of_an_utterance_do_not_depend_on_its_bucket(evaluation):
    clip = Clip(evaluate=8000, short="pad", buckets=(9_000, 16_000))
    narrow, wide = evaluation(clip=clip), evaluation(clip=clip.replace(buckets=(16_000,)))
    (cut,), (wider,) = narrow.cuts(100), wide.cuts(100)
    assert (cut.samples, wider.samples) == (9_000, 16_000)
    one, other = narrow.batch(cut), wide.batch(wider)
    frames = narrow.front_end.frames(8000)
    for row in range(24):
        a = one.features[cut.rows.tolist().index(row), :frames]
        b = other.features[wider.rows.tolist().index(row), :frames]
        assert np.array_equal(a, b)


@pytest.mark.parametrize(
    ("clip", "said"),
    [
        (Clip(buckets=(8000, 16_000)), "needs clip.short = 'pad'"),
        (Clip(short="pad", buckets=(16_000, 8000)), "must be positive and rise"),
        (Clip(train_buckets=(8000,)), "train_buckets needs clip.short = 'pad'"),
        (Clip(short="pad", train_buckets=(0, 8000)), "train_buckets must be positive and rise"),
        (
            Clip(short="pad", train_buckets=(8000,), train_multiple=3),
            "train_multiple must be a positive multiple of 2",
        ),
    ],
)
def test_impossible_buckets_are_refused_at_once(training, clip, said):
    with pytest.raises(ConfigError, match=said):
        training(clip=clip)
