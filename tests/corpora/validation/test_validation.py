"""Validation finds planted faults, and none in a corpus without faults."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.fake_or_real import FakeOrReal
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.readers.mixture import Mixture
from spoofjax.corpora.validation import releases
from spoofjax.corpora.validation.audio_facts import examine
from spoofjax.corpora.validation.releases import Release
from spoofjax.corpora.validation.validation import validate
from spoofjax.errors import CorpusError

RATE = 16000


def noise(path: Path, seed: int, level=0.1, rate=RATE, samples=4000):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    wave = np.clip(level * np.random.default_rng(seed).standard_normal(samples), -1, 1)
    soundfile.write(path, wave, rate)


@pytest.fixture
def sound(tmp_path):
    """A whole small corpus in ASVspoof 5 layout: 6 utterances each in train and dev."""
    for letter, stem, folder in (("T", "train", "flac_T"), ("D", "dev.track_1", "flac_D")):
        lines = []
        for n in range(6):
            id_ = f"{letter}_{n:010d}"
            noise(tmp_path / folder / f"{id_}.flac", seed=ord(letter) * 10 + n)
            tail = "- bonafide bonafide" if n < 2 else f"AC1 A{n:02d} spoof"
            lines.append(f"{letter}_{n // 2:04d} {id_} F - - - {tail} -\n")
        (tmp_path / f"ASVspoof5.{stem}.tsv").write_text("".join(lines))
    return tmp_path


def edit(path: Path, old: str, new: str):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def of_kind(outcome, kind):
    return next(f for f in outcome.problems if f.kind == kind)


def test_a_sound_corpus_passes_with_its_counts_and_hours(sound):
    outcome = validate(ASVspoof5(root=str(sound)))
    assert outcome.status == 0
    assert outcome.kinds() == []
    assert outcome.splits["train"]["bonafide"] == 2
    assert outcome.splits["dev"]["hours"] == pytest.approx(6 * 4000 / RATE / 3600)
    assert "nothing wrong with asvspoof5" in outcome.summary()
    assert json.loads(json.dumps(outcome.to_json()))["status"] == 0


@pytest.mark.slow
def test_the_shared_corpus_is_sound_and_planted_faults_in_a_copy_are_all_found(shared, tmp_path):
    original = shared / "mini5"
    assert validate(ASVspoof5(root=str(original))).kinds() == []

    copy = tmp_path / "mini5"
    for folder in ("flac_T", "flac_D", "flac_E_eval"):
        (copy / folder).mkdir(parents=True)
        for entry in os.scandir(original / folder):
            os.symlink(entry.path, copy / folder / entry.name)
    for protocol in original.glob("*.tsv"):
        (copy / protocol.name).write_text(protocol.read_text())
    train = copy / "ASVspoof5.train.tsv"
    dev = copy / "ASVspoof5.dev.track_1.tsv"
    eval_ = copy / "ASVspoof5.eval.track_1.tsv"
    ids = {p: [line.split()[1] for line in p.read_text().splitlines()] for p in (train, dev, eval_)}

    def audio(protocol, row):
        folder = {train: "flac_T", dev: "flac_D", eval_: "flac_E_eval"}[protocol]
        return copy / folder / f"{ids[protocol][row]}.flac"

    # In the protocols: a delimiter, a header, an unknown key, a short row, a row twice, a turned
    # label, a speaker of another split.
    dev.write_text(dev.read_text().replace(" ", "\t"))
    eval_.write_text(
        "SPEAKER_ID FLAC_FILE_NAME G C Q S T ATTACK_LABEL KEY TMP\n" + eval_.read_text()
    )
    rows = train.read_text().splitlines()
    rows[0] = rows[0].replace(" spoof ", " spof ")
    rows[1] = rows[1].rsplit(" ", 1)[0]
    rows[2] = rows[2].replace(" spoof ", " bonafide ")
    train.write_text("\n".join([*rows, rows[5]]) + "\n")
    speaker = rows[10].split()[0]
    edit(dev, dev.read_text().split("\t")[0], speaker)
    # In the folders: missing, extra, damaged, empty, clipped, silent, another rate, the same sound
    # twice, the same sound in two splits.
    audio(train, 20).unlink()
    noise(copy / "flac_D" / "D_9999999999.flac", 1)
    damaged = audio(eval_, 3)
    data = damaged.read_bytes()
    damaged.unlink()
    damaged.write_bytes(data[: len(data) // 3])
    audio(eval_, 4).unlink()
    audio(eval_, 4).touch()
    noise(audio(eval_, 5), 2, level=3.0)
    noise(audio(eval_, 6), 3, level=1e-5)
    noise(audio(eval_, 7), 4, rate=8000)
    noise(audio(train, 30), 5)
    noise(audio(train, 31), 5)
    noise(audio(train, 32), 6)
    noise(audio(dev, 32), 6)

    outcome = validate(ASVspoof5(root=str(copy)))
    assert outcome.kinds() == [
        "clipped",
        "columns",
        "content-overlap",
        "delimiter",
        "duplicate-content",
        "duplicate-id",
        "empty",
        "extra",
        "header",
        "missing",
        "not-speech",
        "polarity",
        "silent",
        "speaker-overlap",
        "unknown-key",
        "unreadable",
        "wrong-rate",
    ]
    for kind in outcome.kinds():
        # Besides the planted one, the short row leaves its file without a row.
        assert of_kind(outcome, kind).count == 1, kind
    assert str(audio(eval_, 5)) in of_kind(outcome, "clipped").examples[0]
    assert of_kind(outcome, "unknown-key").line == 1
    assert of_kind(outcome, "columns").line == 2
    assert of_kind(outcome, "polarity").line == 3
    assert of_kind(outcome, "speaker-overlap").examples == (speaker,)
    assert outcome.status == 1
    text = outcome.summary()
    assert "errors" in text.splitlines()[-1]


def test_a_corpus_that_cannot_be_read_gives_a_report_and_no_exception(tmp_path):
    outcome = validate(ASVspoof5(root=str(tmp_path / "nowhere")))
    assert outcome.kinds() == ["protocol"]
    assert "there is no folder" in of_kind(outcome, "protocol").message
    assert outcome.status == 1


def test_a_partial_copy_that_training_would_accept_is_still_reported(sound):
    (sound / "flac_T" / "T_0000000003.flac").unlink()
    outcome = validate(ASVspoof5(root=str(sound), missing="skip"))
    assert outcome.kinds() == ["missing"]
    assert outcome.splits["train"]["utterances"] == 5


def test_enrolment_files_beside_the_utterances_are_no_strangers(sound):
    noise(sound / "flac_D" / "D_A0000000001.flac", 99)
    (sound / "flac_D" / "notes.txt").touch()
    assert validate(ASVspoof5(root=str(sound))).kinds() == []


def test_one_sound_in_both_classes_is_an_error(sound):
    for n in (0, 4):
        noise(sound / "flac_T" / f"T_{n:010d}.flac", 7)
    finding = of_kind(validate(ASVspoof5(root=str(sound))), "duplicate-content")
    assert finding.severity == "error"
    assert "T_0000000000.flac = " in finding.examples[0]


def test_sample_rates_are_told_with_their_class(sound):
    for n in (2, 3):
        noise(sound / "flac_T" / f"T_{n:010d}.flac", n, rate=24000)
    finding = of_kind(validate(ASVspoof5(root=str(sound))), "wrong-rate")
    assert "2 files are not at 16,000 Hz: 24,000 Hz in 2 (0 bona fide)" in finding.message
    report = validate(ASVspoof5(root=str(sound)), splits=["dev"], rate=8000)
    assert of_kind(report, "wrong-rate").count == 6


def test_a_claimed_release_is_compared_by_counts_and_md5(sound, monkeypatch):
    corpus = ASVspoof5(root=str(sound))
    md5 = hashlib.md5((sound / "ASVspoof5.train.tsv").read_bytes()).hexdigest()
    release = Release({"train": (2, 4), "dev": (2, 4)}, {"train": md5})
    monkeypatch.setitem(releases.RELEASES, "asvspoof5", release)
    assert validate(corpus, release="asvspoof5", audio=False).problems == []
    assert validate(corpus.replace(release="asvspoof5"), audio=False).problems == []
    assert validate(corpus, audio=False).problems[0].kind == "release"
    assert validate(corpus, audio=False).status == 0
    edit(sound / "ASVspoof5.train.tsv", "T_0000 T_0", "T_0009 T_0")
    assert validate(corpus, release="asvspoof5", audio=False).kinds() == ["md5"]
    monkeypatch.setitem(releases.RELEASES, "asvspoof5", Release({"train": (4, 2), "dev": (9, 9)}))
    outcome = validate(corpus, release="asvspoof5", audio=False)
    assert "The labels are reversed" in of_kind(outcome, "polarity").remedy
    assert (
        "2 bona fide and 4 spoof where asvspoof5 has 9 and 9" in of_kind(outcome, "release").message
    )
    with pytest.raises(CorpusError, match=r"Unknown release 'asvspof5'\. Did you mean asvspoof5"):
        validate(corpus, release="asvspof5")


SCORES = "".join(f"D_{n:010d}\t{2.0 if n < 2 else -1.0 - n}\n" for n in range(6))


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("", "", []),
        ("", "filename\tcm-score\n", []),
        ("\t", " ", []),
        ("D_0000000003\t-4.0\n", "", ["score-missing"]),
        ("D_0000000003", "D_0000000009", ["score-extra", "score-missing"]),
        ("-4.0", "nan", ["score-value"]),
        ("D_0000000003", "D_0000000002", ["score-missing", "score-twice"]),
        ("2.0\n", "-9.0\n", ["score-polarity"]),
    ],
)
def test_scores_must_belong_to_the_split(sound, old, new, kinds):
    everywhere = old in ("\t", "2.0\n")
    (sound / "s.tsv").write_text(SCORES.replace(old, new, -1 if everywhere else 1))
    outcome = validate(
        ASVspoof5(root=str(sound)), scores={"dev": sound / "s.tsv"}, splits=["dev"], audio=False
    )
    assert outcome.kinds() == kinds


def test_a_missing_score_file_is_a_finding(sound):
    outcome = validate(ASVspoof5(root=str(sound)), scores={"dev": sound / "no.tsv"}, audio=False)
    assert outcome.kinds() == ["scores"]


def test_scores_for_a_split_that_is_missing_are_reported(sound):
    (sound / "s.tsv").write_text(SCORES)
    outcome = validate(ASVspoof5(root=str(sound)), scores={"eval": sound / "s.tsv"}, audio=False)
    assert "The splits that were read: train, dev" in of_kind(outcome, "scores").remedy


def test_an_interrupted_check_continues_where_it_was(sound, monkeypatch):
    corpus, state = ASVspoof5(root=str(sound)), sound / "state.tsv"
    calls: list[tuple[int, int]] = []
    first = validate(corpus, state=state, progress=lambda *done: calls.append(done))
    assert calls[0] == (0, 12)
    assert calls[-1] == (12, 12)
    lines = state.read_text().splitlines(keepends=True)
    state.write_text("".join(lines[:7]) + lines[7][:-5])  # as if killed while writing
    noise(sound / "flac_T" / "T_0000000001.flac", 5, samples=5000)  # changed since
    read = []
    monkeypatch.setattr(
        "spoofjax.corpora.validation.examination.examine",
        lambda path: read.append(path) or examine(path),
    )
    again = validate(corpus, state=state, workers=1)
    completed = 7 - any("T_0000000001" in path for path in read)
    assert len(read) == 12 - completed
    assert again.kinds() == first.kinds() == []
    read.clear()
    validate(corpus, state=state)
    assert read == []
    noise(sound / "loud.wav", 1)
    with pytest.raises(CorpusError, match=r"loud\.wav was not written by an earlier check"):
        validate(corpus, state=sound / "loud.wav")


def test_unreadable_files_of_a_folder_tree_are_counted_not_fatal(tmp_path):
    for n, folder in enumerate(("real", "fake")):
        noise(tmp_path / "for-norm" / "testing" / folder / "file0001.wav", n)
    (tmp_path / "for-norm" / "testing" / "fake" / "file0002.mp3").write_bytes(b"not sound")
    (tmp_path / "for-norm" / "testing" / "fake" / "file0003.wav").touch()
    outcome = validate(FakeOrReal(root=str(tmp_path)))
    assert outcome.kinds() == ["empty", "unreadable"]
    assert "file0002.mp3" in of_kind(outcome, "unreadable").examples[0]


def test_a_class_that_is_absent_is_reported(tmp_path):
    noise(tmp_path / "bonafide" / "a.wav", 1)
    assert validate(Folder(root=str(tmp_path))).kinds() == ["empty-class", "one-class"]


@pytest.mark.parametrize("format", ["npy", "arrayrecord"])
def test_a_packed_corpus_is_checked_and_heard(sound, tmp_path, format):
    corpus = ASVspoof5(root=str(sound))
    manifests = {split: corpus.manifest(split) for split in ("train", "dev")}
    pack(manifests, tmp_path / "p", Packing(format=format))
    outcome = validate(Packed(str(tmp_path / "p")))
    assert outcome.status == 0
    assert {f.kind for f in outcome.problems} == {"release", "short"}
    original = validate(corpus, splits=("train", "dev"))
    assert outcome.splits == original.splits
    # A reader with the packed folder as its root, as by --data.root, is the same corpus.
    assert validate(ASVspoof5(root=str(tmp_path / "p"))).to_json() == outcome.to_json()


def test_what_is_wrong_with_stored_samples_is_found(sound, tmp_path):
    quiet = sorted((sound / "flac_T").glob("*.flac"))[:2]
    soundfile.write(quiet[0], np.zeros(9_000), RATE)
    shutil.copy(sound / "flac_T" / "T_0000000004.flac", quiet[1])
    corpus = ASVspoof5(root=str(sound))
    pack({"train": corpus.manifest("train")}, tmp_path / "p", Packing())
    outcome = validate(Packed(str(tmp_path / "p")), state=tmp_path / "state.tsv")
    assert {"silent", "duplicate-content"} <= set(outcome.kinds())
    assert of_kind(outcome, "silent").examples[0].startswith(f"{tmp_path}/p/train#0")
    # What was heard before is kept until the split is packed again.
    again = validate(Packed(str(tmp_path / "p")), state=tmp_path / "state.tsv")
    assert again.to_json() == outcome.to_json()


@pytest.mark.parametrize("format", ["npy", "arrayrecord"])
def test_a_shard_with_a_changed_bit_is_found(sound, tmp_path, format):
    corpus = ASVspoof5(root=str(sound))
    pack({"train": corpus.manifest("train")}, tmp_path / "p", Packing(format=format))
    shard = tmp_path / "p" / "train" / f"00000.{format}"
    data = bytearray(shard.read_bytes())
    data[len(data) // 3] ^= 4
    shard.write_bytes(data)
    outcome = validate(Packed(str(tmp_path / "p")))
    assert "shard" in outcome.kinds()
    assert of_kind(outcome, "shard").examples == (str(shard),)
    assert "unreadable" in outcome.kinds()
    assert "shard" not in validate(Packed(str(tmp_path / "p")), audio=False).kinds()


def test_the_corpora_of_a_mixture_are_checked_against_each_other(sound, tmp_path):
    own = tmp_path / "own"
    noise(own / "bonafide" / "a.wav", 500)
    (own / "spoof").mkdir(parents=True)
    shutil.copy(sound / "flac_T" / "T_0000000004.flac", own / "spoof" / "b.flac")
    mixture = Mixture((ASVspoof5(root=str(sound)), Folder(root=str(own))))
    outcome = validate(mixture)
    assert outcome.kinds() == ["content-overlap"]
    assert outcome.splits["eval"]["utterances"] == 2


def test_float_files_with_nan_are_unreadable_and_loud_ones_clipped(tmp_path):
    bad = np.zeros(100, np.float32)
    bad[3] = np.nan
    soundfile.write(tmp_path / "nan.wav", bad, RATE, subtype="FLOAT")
    assert "NaN" in examine(str(tmp_path / "nan.wav")).error
    soundfile.write(tmp_path / "loud.wav", np.full(100, 1.5, np.float32), RATE, subtype="FLOAT")
    assert examine(str(tmp_path / "loud.wav")).clipped == 1.0
    assert examine(str(tmp_path / "none.wav")).error


def test_a_pipe_or_a_broken_link_is_a_finding(tmp_path):
    folder = tmp_path / "eval" / "spoof"
    noise(tmp_path / "eval" / "bonafide" / "a.wav", 1)
    noise(folder / "b.wav", 2)
    os.mkfifo(folder / "c.wav")
    (folder / "d.wav").symlink_to("d.wav")
    text = validate(Folder(root=str(tmp_path))).summary()
    assert "a named pipe" in text
    assert "leads back to itself" in text


def test_an_example_is_described_by_its_own_problem_alone(tmp_path):
    noise(tmp_path / "eval" / "bonafide" / "loud.wav", 1, level=3.0, samples=16_000)
    noise(tmp_path / "eval" / "spoof" / "b.wav", 2)
    problems = {p.kind: p for p in validate(Folder(root=str(tmp_path))).problems}
    assert "steady white noise" in problems["not-speech"].examples[0]
    assert problems["clipped"].examples[0].endswith("loud.wav")
