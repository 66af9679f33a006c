"""Index streams: a draw is a function of (seed, draw), and classes keep their stated shares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError
from spoofjax.loading.sampling import Balanced, Natural, draws


def table(bonafide: int, spoof: int, attacks: int = 3) -> Manifest:
    label = np.r_[np.ones(bonafide, np.int8), np.zeros(spoof, np.int8)]
    return manifest_of(label, np.r_[np.full(bonafide, -1), np.arange(spoof) % attacks])


def manifest_of(label: np.ndarray, attack: np.ndarray, name: str = "corpus") -> Manifest:
    ids = np.array([f"U{n:05d}" for n in range(len(label))])
    names = tuple(f"A{n:02d}" for n in range(int(attack.max(initial=-1)) + 1))
    files = Files.under("audio", ids, ".flac")
    return Manifest.of(name, ids, label, files, attack=Column(attack.astype(np.int32), names))


@settings(max_examples=25, deadline=None)
@given(
    bonafide=st.integers(1, 40),
    spoof=st.integers(1, 200),
    seed=st.integers(0, 2**40),
    batch=st.integers(1, 32).map(lambda n: 2 * n),
    step=st.integers(0, 10**6),
)
def test_balanced_draws_give_every_even_batch_half_of_each_class(
    bonafide, spoof, seed, batch, step
):
    manifest = table(bonafide, spoof)
    drawn = draws(Balanced().stream(manifest, seed), step * batch, batch)
    assert manifest.label[drawn].sum() == batch // 2


def test_balanced_by_attack_draws_attacks_equally_whatever_their_counts():
    label = np.r_[np.ones(10, np.int8), np.zeros(111, np.int8)]
    attack = np.r_[np.full(10, -1), np.zeros(100), np.ones(10), [2]].astype(np.int16)
    manifest = manifest_of(label, attack)
    drawn = draws(Balanced(by="attack").stream(manifest, 7), 0, 6000)
    counts = np.bincount(attack[drawn[label[drawn] == 0]])
    assert counts.tolist() == [1000, 1000, 1000]


def test_natural_draws_every_utterance_once_an_epoch_in_a_new_order():
    manifest = table(5, 45)
    stream = Natural().stream(manifest, 3)
    first, second = draws(stream, 0, 50), draws(stream, 50, 50)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("sampler", [Natural(), Balanced(), Balanced(by="attack")])
def test_a_draw_depends_on_seed_and_number_alone(sampler):
    manifest = table(13, 77)
    everything = draws(sampler.stream(manifest, 5), 0, 400)
    assert draws(sampler.stream(manifest, 5), 123, 50).tolist() == everything[123:173].tolist()
    assert draws(sampler.stream(manifest, 6), 0, 400).tolist() != everything.tolist()


def test_two_processes_together_draw_what_one_draws():
    manifest = table(13, 77)
    stream = Balanced().stream(manifest, 5)
    shares = [draws(stream, 64 * 3 + 32 * process, 32) for process in range(2)]
    assert np.concatenate(shares).tolist() == draws(stream, 64 * 3, 64).tolist()
    # Each share is balanced by itself, so every process sees both classes.
    assert [int(manifest.label[share].sum()) for share in shares] == [16, 16]


def test_a_missing_class_is_an_error_that_names_it():
    with pytest.raises(CorpusError, match="no bona fide utterance"):
        Balanced().stream(table(0, 5), 1)


def test_prior_follows_the_sampling():
    manifest = table(10, 90)
    assert Natural().bonafide_share(manifest) == pytest.approx(0.1)
    assert Balanced().bonafide_share(manifest) == 0.5


def test_a_mixture_draws_its_corpora_by_their_shares_within_each_class():
    label = np.array([1] * 5 + [0] * 45, np.int8)
    attack = np.where(label == 1, -1, 0)
    parts = [manifest_of(label, attack, name) for name in ("small", "large")]
    mixed = Manifest.concatenate(parts, {"small": 3.0, "large": 1.0})
    drawn = draws(Balanced().stream(mixed, 1), 0, 800)
    corpus = mixed.column("corpus")
    for wanted in (0, 1):
        codes = corpus.codes[drawn[mixed.label[drawn] == wanted]]
        assert np.mean(codes == corpus.names.index("small")) == pytest.approx(0.75, abs=0.01)
    assert Natural().bonafide_share(mixed) == pytest.approx(0.1)


def test_balanced_by_language_draws_both_classes_in_every_language():
    label = np.array([1, 1, 0, 0] * 10, np.int8)
    language = np.array([0] * 36 + [1] * 4, np.int32)
    ids = np.array([f"U{n}" for n in range(40)])
    files = Files.under("audio", ids, ".flac")
    manifest = Manifest.of("corpus", ids, label, files, language=Column(language, ("en", "fr")))
    drawn = draws(Balanced(by="language").stream(manifest, 1), 0, 400)
    for wanted in (0, 1):
        assert np.mean(language[drawn[label[drawn] == wanted]]) == 0.5
    with pytest.raises(CorpusError, match=r"no column 'langage'.*language"):
        Balanced(by="langage").stream(manifest, 1)
