"""`spoofjax init` and `spoofjax train` of a folder of recordings."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.splits import training_splits
from spoofjax.corpora.tables import read_table
from spoofjax.corpora.validation.validation import validate

SPEAKERS = ("ann", "bob", "cy", "di", "eve", "flo")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working directory, with mine/real and mine/fake: 24 half-second files each."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(1)
    for n in range(24):
        for name, attack in (("real", None), ("fake/vits", "A01")):
            path = Path("mine", name, f"{SPEAKERS[n % 6]}_{n}.wav")
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, tiny.utterance(attack, random, tiny.SAMPLES), tiny.RATE)
    return Path("mine")


def rows_of(table: str) -> dict[str, tuple[str, str, str, str]]:
    """Label, split, speaker and attack of each file in a table."""
    rows = read_table(Path(table), ["file"])
    columns = [rows.text(name).tolist() for name in ("label", "split", "speaker", "attack")]
    return dict(zip(rows.text("file").tolist(), zip(*columns, strict=True), strict=True))


def test_speakers_are_divided_among_the_splits(folder, capsys):
    assert main(["init", "mine"]) == 0
    said = capsys.readouterr().out
    assert "split by speaker (6 of them, from the file names); wrote mine.py and mine.tsv" in said
    rows = rows_of("mine.tsv")
    assert len(rows) == 48
    assert rows["real/ann_0.wav"][2:] == ("ann", "-")
    assert rows["fake/vits/ann_0.wav"][2:] == ("ann", "vits")
    splits = {
        speaker: {row[1] for row in rows.values() if row[2] == speaker} for speaker in SPEAKERS
    }
    assert all(len(names) == 1 for names in splits.values())
    assert set.union(*splits.values()) == {"train", "dev", "eval"}


def test_the_configuration_loads_and_its_corpus_is_sound(folder):
    main(["init", "mine"])
    experiment = load_config("mine.py", ["--model", "CNN"])
    manifests = training_splits(experiment.data)
    assert sorted(manifests) == ["dev", "eval", "train"]
    assert experiment.clip.evaluate == 16_000
    assert validate(experiment.data).kinds() == []


def test_copies_come_into_one_split_and_contradictions_are_left_out(folder, capsys):
    for n in (0, 7, 13):  # copies under the names of other speakers
        speaker = SPEAKERS[n % 6]
        shutil.copy(folder / f"real/{speaker}_{n}.wav", folder / f"real/gus_{n}.wav")
    shutil.copy(folder / "real/ann_6.wav", folder / "fake/vits/ann_copy.wav")
    (folder / "real/ann_broken.wav").write_bytes(b"RIFF")
    assert main(["init", "mine"]) == 0
    said = capsys.readouterr().out
    assert "1 files cannot be read and are left out: real/ann_broken.wav" in said
    assert "2 files have equal sound in both classes" in said
    rows = rows_of("mine.tsv")
    assert len(rows) == 48 + 3 - 1
    report = validate(load_config("mine.py").data)
    assert "content-overlap" not in report.kinds()


def test_without_speakers_the_sound_decides(folder, capsys):
    for n, path in enumerate(sorted(folder.rglob("*.wav"))):
        path.rename(path.with_name(f"{n:03d}.wav"))
    assert main(["init", "mine", "--out", "other.py"]) == 0
    assert "split by a hash of the sound; wrote other.py and other.tsv" in capsys.readouterr().out
    splits = [row[:2] for row in rows_of("other.tsv").values()]
    counts = [splits.count((label, "train")) for label in ("bonafide", "spoof")]
    assert all(count in (16, 17) for count in counts)  # 70 % of 24


def test_speakers_who_cannot_be_divided_evenly_are_told(folder, capsys):
    for path in (folder / "fake").rglob("*.wav"):  # all spoofs imitate one speaker
        path.rename(path.with_name(f"ann_{path.stem}.wav"))
    assert main(["init", "mine"]) == 0
    words = "by a hash of the sound, as the speakers cannot be divided evenly"
    assert words in capsys.readouterr().out


def test_a_test_folder_stays_what_it_is(folder, capsys):
    for name in ("real", "fake/vits"):
        (folder / "test" / name).mkdir(parents=True)
        for path in sorted((folder / name).glob("*.wav"))[:6]:
            path.rename(folder / "test" / name / path.name)
        (folder / "train" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(folder / "train" / name)
    assert main(["init", "mine"]) == 0
    assert "with eval as the folders say" in capsys.readouterr().out
    for path, row in rows_of("mine.tsv").items():
        assert (row[1] == "eval") == path.startswith("test/")


def test_a_published_corpus_is_used_as_it_is(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init", str(tiny_corpus())]) == 0
    experiment = load_config("corpus.py")
    assert experiment.data == ASVspoof5(root=str(tiny_corpus().resolve()))
    assert experiment.steps == 400


def test_nothing_is_overwritten_unless_asked(folder, capsys):
    assert main(["init", "mine"]) == 0
    assert main(["init", "mine"]) == 1
    assert "mine.py exists. Choose another --out, or replace it by --force." in (
        capsys.readouterr().err
    )
    assert main(["init", "mine", "--force"]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mine", "--out", "mine.json"], "must end with .py"),
        (["nowhere"], "There is no folder"),
        (["mine/real"], "no audio file in a folder of bona fide speech"),
    ],
)
def test_mistakes_are_told(folder, capsys, arguments, words):
    assert main(["init", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_too_few_recordings_are_told(folder, capsys):
    for path in sorted((folder / "real").glob("*.wav"))[:15]:
        path.unlink()
    assert main(["init", "mine"]) == 1
    assert "9 bona fide recordings that can be used; at least 10" in capsys.readouterr().err


def test_a_rate_that_tells_the_class_is_told(folder, capsys):
    for path in (folder / "fake").rglob("*.wav"):
        samples, rate = soundfile.read(path)
        soundfile.write(path, samples[::2], rate // 2)
    assert main(["init", "mine"]) == 0
    assert "bona fide speech is mostly at 16,000 Hz and spoofs at 8,000 Hz" in (
        capsys.readouterr().out
    )


@pytest.mark.slow
def test_a_folder_is_trained_on_in_one_line(folder):
    options = ("--model", "CNN", "--model.channels", "8", "8", "--steps", "8", "--batch", "8")
    command = [sys.executable, "-m", "spoofjax.cli", "train", "mine", *options, "--out", "run"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("reading the recordings of mine\n")
    assert "split by speaker (6 of them, from the file names)" in done.stderr
    assert Path("run/report/report.md").is_file()
    soundfile.write(folder / "real" / "new_1.wav", np.zeros(8000), 16_000)
    again = subprocess.run([*command[:-1], "again", "--dry-run"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert "using mine.py, which was written before; it lacks 1 files of mine" in again.stderr


def test_a_file_of_the_user_is_not_taken_for_a_configuration(folder, capsys):
    Path("mine.py").write_text("config = 3\n")
    assert main(["train", "mine"]) == 1
    assert "is no configuration that `spoofjax init` wrote" in capsys.readouterr().err


def test_several_processes_need_a_configuration(folder, capsys):
    places = ("--coordinator", "127.0.0.1:9", "--processes", "2", "--process", "0")
    assert main(["train", "mine", "--out", "run", *places]) == 1
    assert "run `spoofjax init mine`" in capsys.readouterr().err
    assert not Path("mine.py").exists()
