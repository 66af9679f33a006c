"""The bundled demo corpus: its layout, counts, formats, and what its splits must not share."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

SPLITS = {
    "train": ("ASVspoof5.train.tsv", "flac_T", "T"),
    "dev": ("ASVspoof5.dev.track_1.tsv", "flac_D", "D"),
    "eval": ("ASVspoof5.eval.track_1.tsv", "flac_E_eval", "E"),
}


@pytest.fixture(scope="module")
def corpus(repository: Path) -> Path:
    return repository / "demo" / "corpus"


@pytest.fixture(scope="module")
def rows(corpus: Path) -> dict[str, list[list[str]]]:
    """Protocol rows of each split, split at single spaces."""
    return {
        name: [line.split(" ") for line in (corpus / protocol).read_text().splitlines()]
        for name, (protocol, _, _) in SPLITS.items()
    }


@pytest.fixture
def demo_modules(repository: Path, monkeypatch: pytest.MonkeyPatch):
    """The build script's own modules, importable by their plain names for one test."""
    monkeypatch.syspath_prepend(str(repository / "demo"))
    before = set(sys.modules)
    import build
    import shortcuts
    import sources

    yield build, shortcuts, sources
    for name in set(sys.modules) - before:
        if "demo" in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.mark.parametrize("split", SPLITS)
def test_protocol_has_the_ten_columns_of_asvspoof_5(rows, split: str) -> None:
    prefix = SPLITS[split][2]
    for row in rows[split]:
        speaker, name, gender, codec, quality, seed, condition, attack, key, last = row
        assert speaker.startswith(f"{prefix}_")
        assert len(speaker) == 6
        assert name.startswith(f"{prefix}_")
        assert len(name) == 12
        assert name[2:].isdigit()
        assert gender in {"F", "M"}
        assert (codec, quality, seed, last) == ("-", "-", "-", "-")
        if key == "bonafide":
            assert (condition, attack) == ("-", "bonafide")
        else:
            assert key == "spoof"
            assert condition in {"AC1", "AC2", "AC3"}
            assert attack[0] == "A"
            assert attack[1:].isdigit()


@pytest.mark.parametrize("split", SPLITS)
def test_every_row_has_its_file_and_every_file_its_row(corpus: Path, rows, split: str) -> None:
    names = [row[1] for row in rows[split]]
    assert len(set(names)) == len(names)
    assert {path.name for path in (corpus / SPLITS[split][1]).iterdir()} == {
        f"{name}.flac" for name in names
    }


def test_each_split_holds_60_to_70_bona_fide_a_language_and_more_spoofs(rows) -> None:
    for split, languages in (("train", 3), ("dev", 1), ("eval", 1)):
        keys = Counter(row[8] for row in rows[split])
        assert 60 <= keys["bonafide"] / languages <= 70
        assert keys["spoof"] > 2 * keys["bonafide"]


def test_speakers_and_synthetic_voices_are_disjoint_between_splits(rows, corpus: Path) -> None:
    speakers = {split: {row[0] for row in rows[split]} for split in rows}
    assert not speakers["train"] & speakers["dev"]
    assert not speakers["train"] & speakers["eval"]
    assert not speakers["dev"] & speakers["eval"]

    # The protocol's identities carry the split's letter, so look at the sources themselves too:
    # the folder of a recording, the engine and the voice of a sentence (accent language aside).
    sources: dict[str, set[str]] = {"T": set(), "D": set(), "E": set()}
    for line in (corpus / "provenance.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, _, _, source, _ = line.split("\t")
        engine, _, voice = source.partition(":")
        who = f"{engine}:{voice.split('+')[-1]}" if voice else source.split("/")[0]
        sources[name[0]].add(who)
    assert not sources["T"] & sources["D"]
    assert not sources["T"] & sources["E"]
    assert not sources["D"] & sources["E"]


def test_the_speaker_of_two_languages_stays_in_train(corpus: Path) -> None:
    lines = (corpus / "provenance.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line[0] for line in lines if "Allison" in line} == {"T"}


def test_dev_and_eval_hold_attacks_seen_and_unseen_in_train(rows) -> None:
    attacks = {split: {row[7] for row in rows[split]} - {"bonafide"} for split in rows}
    for split in ("dev", "eval"):
        assert attacks[split] & attacks["train"]
        assert attacks[split] - attacks["train"]


def test_provenance_names_every_file_once(rows, corpus: Path) -> None:
    lines = (corpus / "provenance.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == ["file", "attack", "language", "source", "text"]
    attacks = {row[1]: row[7] for split in rows.values() for row in split}
    assert {line.split("\t")[0]: line.split("\t")[1] for line in lines[1:]} == attacks
    assert len(lines) - 1 == len(attacks)


@pytest.mark.parametrize("split", SPLITS)
def test_audio_is_16_khz_mono_16_bit_flac_of_1_1_to_1_6_seconds(corpus, rows, split) -> None:
    for row in rows[split]:
        info = soundfile.info(corpus / SPLITS[split][1] / f"{row[1]}.flac")
        assert (info.format, info.subtype) == ("FLAC", "PCM_16")
        assert (info.samplerate, info.channels) == (16_000, 1)
        assert 1.09 <= info.frames / 16_000 <= 1.61


def test_order_of_the_files_tells_nothing_about_the_class(rows) -> None:
    for split in rows.values():
        labels = np.array([row[8] == "bonafide" for row in split], float)
        place = np.arange(len(labels))
        assert [row[1] for row in split] == sorted(row[1] for row in split)
        assert abs(np.corrcoef(labels, place)[0, 1]) < 3 / np.sqrt(len(labels))


def test_the_corpus_is_small_enough_to_clone(corpus: Path) -> None:
    assert sum(path.stat().st_size for path in corpus.rglob("*") if path.is_file()) < 24_000_000


def test_the_shortcut_probes_stay_near_chance(corpus: Path, demo_modules) -> None:
    _, shortcuts, _ = demo_modules
    six, fifteen = shortcuts.run_probes(corpus)
    for probe, floor in ((six, 35.0), (fifteen, 33.0)):
        assert len(probe.weights) == len(probe.statistics)
        assert probe.rates["dev"] >= floor
        assert probe.rates["eval"] >= floor


def test_a_probe_finds_a_leak_that_is_put_in(corpus: Path, demo_modules) -> None:
    _, shortcuts, sources = demo_modules
    split = sources.SPLITS[1]
    table, labels = shortcuts.read_split(corpus, split.protocol, split.folder)
    scaled = (table - table.mean(axis=0)) / (table.std(axis=0) + 1e-9)
    scaled[:, 1] += 4.0 * labels  # bona fide louder by four deviations
    weights = shortcuts.fit(scaled[:, :6], labels)
    assert shortcuts.equal_error_rate(scaled[:, :6] @ weights[:-1], labels) < 10.0


def test_equal_error_rate_of_perfect_reversed_and_constant_scores(demo_modules) -> None:
    _, shortcuts, _ = demo_modules
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert shortcuts.equal_error_rate(labels.astype(float), labels) == 0.0
    assert shortcuts.equal_error_rate(-labels.astype(float), labels) == 100.0
    assert shortcuts.equal_error_rate(np.array([0.0, 1.0, 2.0, 1.5, 3.0, 4.0]), labels) == (
        pytest.approx(100 / 3)
    )


def test_a_split_lists_every_voice_of_its_spoken_attacks(demo_modules) -> None:
    _, _, sources = demo_modules
    for split in sources.SPLITS:
        spoken = {attack for attack in split.attacks if not sources.ATTACKS[attack][1]}
        assert spoken == set(split.voices)
        assert len(set(sources.voice_identities(split).values())) == sum(
            map(len, split.voices.values())
        )
