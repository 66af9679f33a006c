"""Which copies are made of an utterance, and by which seeds."""

import numpy as np
import pytest

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.synthesis.choosing import chosen_attacks
from spoofjax.synthesis.parents import Copy, Synthesis, file_stem, originals_of, parents_of

ATTACKS = chosen_attacks(["sinusoidal", "spectral_warp", "griffin_lim"])


def manifest(ids, label):
    return Manifest.of("calls", np.array(ids), np.array(label), Files.under("", np.array(ids)))


def test_each_bona_fide_utterance_gets_a_copy_by_each_attack():
    synthesis = Synthesis(ATTACKS, with_bonafide=True)
    bonafide = originals_of(manifest(["a", "b", "c"], [1, 0, 1]), "train", synthesis)
    parents = parents_of(bonafide, "train", synthesis)
    assert [parent.key for parent in parents] == ["a", "c"]
    assert [copy.id for copy in parents[1].copies] == [
        "c", "c~sinusoidal", "c~spectral_warp", "c~griffin_lim"
    ]  # fmt: skip
    assert parents[1].copies[0] == Copy("c", "-", None)
    assert len({copy.seed for parent in parents for copy in parent.copies}) == 7


def test_both_classes_are_transmitted_and_unlabelled_speech_is_not():
    synthesis = Synthesis(ATTACKS, is_transmission=True)
    originals = originals_of(manifest(["a", "b", "c"], [1, 0, -1]), "train", synthesis)
    assert originals.ids.tolist() == ["a", "b"]
    assert originals.label.tolist() == [1, 0]
    with pytest.raises(CorpusError, match="no labelled utterance"):
        originals_of(manifest(["c"], [-1]), "train", synthesis)
    with pytest.raises(ConfigError, match="leave --with-bonafide out"):
        Synthesis(ATTACKS, with_bonafide=True, is_transmission=True)


def test_the_seed_of_a_copy_depends_on_seed_attack_and_parent_alone():
    def seeds(ids, attacks, seed):
        bonafide = manifest(ids, [1] * len(ids))
        parents = parents_of(bonafide, "train", Synthesis(chosen_attacks(attacks), seed))
        return {copy.id: copy.seed for parent in parents for copy in parent.copies}

    alone = seeds(["b"], ["sinusoidal"], 7)
    assert alone.items() <= seeds(["a", "b"], ["griffin_lim", "sinusoidal"], 7).items()
    assert alone != seeds(["b"], ["sinusoidal"], 8)


def test_some_attacks_are_drawn_fairly():
    bonafide = manifest([f"u{n}" for n in range(600)], [1] * 600)
    parents = parents_of(bonafide, "train", Synthesis(ATTACKS, each=1))
    tags = [copy.tag for parent in parents for copy in parent.copies]
    assert len(tags) == 600
    assert all(150 < tags.count(tag) < 250 for tag in ATTACKS)
    with pytest.raises(ConfigError, match="1 to 3"):
        Synthesis(ATTACKS, each=4)


def test_ids_become_names_of_files_that_stay_different():
    assert file_stem("T_0000000001") == "T_0000000001"
    assert file_stem("a/b c~d%.wav") == "a%2Fb%20c%7Ed%25.wav"
    assert file_stem(".hidden") == "%2Ehidden"


def test_a_split_without_bona_fide_speech_and_an_endless_id_are_refused():
    with pytest.raises(CorpusError, match="no bona fide"):
        originals_of(manifest(["a"], [0]), "train", Synthesis(ATTACKS))
    with pytest.raises(CorpusError, match="longer than 200 bytes"):
        parents_of(manifest(["x" * 300], [1]), "train", Synthesis(ATTACKS))
