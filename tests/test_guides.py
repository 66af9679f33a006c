"""Every block of docs/python.md and docs/deployment.md runs, in the order of the page."""

import io
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import spoofjax
from spoofjax.cli import main

pytestmark = pytest.mark.slow

BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_OF_A_ROW = re.compile(r"^\| `(spoofjax [^`]+)`", re.MULTILINE)
RATE = 16_000


def blocks_of(page: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the language, the text and the line of each block of a page."""
    text = page.read_text()
    for match in BLOCK.finditer(text):
        yield match[1], match[2], text[: match.start(2)].count("\n")


def run_python(text: str, line: int, page: Path, names: dict[str, object]) -> None:
    """Run a block, so that an error names the line of the page."""
    exec(compile("\n" * line + text, page.name, "exec"), names)


@pytest.fixture(scope="module")
def python_guide(repository, tiny_corpus, tmp_path_factory):
    """The folder in which the blocks of docs/python.md have run, and what they printed."""
    folder = tmp_path_factory.mktemp("guides")
    (folder / "corpus").symlink_to(tiny_corpus())
    page, names, printed = repository / "docs" / "python.md", {}, io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "stdout", printed)
        blocks = [block for block in blocks_of(page) if block[0] == "python"]
        for _, text, line in blocks:
            run_python(text, line, page, names)
    assert len(blocks) >= 8
    return folder, printed.getvalue()


def test_the_guide_to_python_prints_what_it_says(python_guide):
    _, printed = python_guide
    assert "<Run runs/first: dev EER " in printed
    assert "<Detector runs/first: CNN on LogLinear, not calibrated>" in printed
    assert "labels come first" in printed
    assert printed.count("corpus/flac_D/D_") == 24 + 1


class Microphone:
    """A sounddevice.InputStream that hears the same speech again and again."""

    speech: np.ndarray

    def __init__(self, **settings):
        assert settings["samplerate"] == RATE

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def read(self, count):
        return np.resize(self.speech, (count, 1)), False


@pytest.fixture
def workplace(python_guide, monkeypatch):
    """A folder with what the commands of docs/deployment.md name."""
    folder, _ = python_guide
    monkeypatch.chdir(folder)
    Path("runs/my-run").symlink_to("first")
    paths = sorted(Path("corpus/flac_D").glob("*.flac"))
    speech = np.concatenate([spoofjax.read(path) for path in paths[:4]])
    for name in (
        "recording.wav",
        "call.wav",
        "folder/a.wav",
        "recordings/a.wav",
        "recordings/b.wav",
    ):
        Path(name).parent.mkdir(exist_ok=True)
        soundfile.write(name, speech, RATE)
    monkeypatch.setattr(Microphone, "speech", speech, raising=False)
    package = types.SimpleNamespace(InputStream=Microphone, PortAudioError=OSError)
    monkeypatch.setitem(sys.modules, "sounddevice", package)
    return speech


def run_command(line: str, speech: np.ndarray, monkeypatch) -> int:
    """Run a command line of the guide in this process; return its exit status.

    `speech` is what other programs pipe into it, and of the tasks of srun only the second runs.
    """
    words = shlex.split(line.rpartition(" | ")[2].replace("/recordings", "recordings"))
    if words[0] == "pip":
        return 0
    if words[0] == "python":
        return subprocess.run([sys.executable, *words[1:]], check=False).returncode
    with monkeypatch.context() as patch:
        samples = io.BytesIO((speech * 32_767).astype("<i2").tobytes())
        patch.setattr(sys, "stdin", io.TextIOWrapper(samples))
        if words[0] == "srun":
            patch.setenv("SLURM_PROCID", "1")
            patch.setenv("SLURM_STEP_NUM_TASKS", words[2])
            words = words[3:]
        assert words[0] == "spoofjax"
        if words[1] == "export":
            shutil.rmtree("detector", ignore_errors=True)
        return main(words[1:])


def test_the_guide_to_deployment_runs(repository, workplace, monkeypatch, capsys):
    pytest.importorskip("onnxruntime")
    page = repository / "docs" / "deployment.md"
    names: dict[str, object] = {
        "detector": spoofjax.load("runs/first"),
        "samples": workplace,
        "others": workplace[::-1],
    }
    for language, text, line in blocks_of(page):
        if language == "python":
            experiment = names["detector"].trained.experiment
            clip, front_end = workplace[None, : experiment.clip.evaluate], experiment.front_end
            names["features"] = front_end(clip)
            names["lengths"] = np.array([names["features"].shape[1]], np.int32)
            run_python(text, line, page, names)
            continue
        for command in text.splitlines():
            if command and not command.startswith("#"):
                assert run_command(command, workplace, monkeypatch) == 0, command
    # The first row is the first block of its section.
    for command in COMMAND_OF_A_ROW.findall(page.read_text())[1:]:
        command = command.replace("RUN", "runs/my-run").replace("DIR", "detector")
        assert run_command(command, workplace, monkeypatch) == 0, command
    printed = capsys.readouterr().out
    assert "call 1 0.5 " in printed
    assert len(Path("scores.csv").read_text().splitlines()) == 3
    assert len(Path("scores.2-of-8.jsonl").read_text().splitlines()) == 1
    assert list(Path("pictures").glob("call*.png"))
    assert names["scores"].shape == (1,)
