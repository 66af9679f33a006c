"""The commands of docs/cookbook.md run in the order of the page, and leave the files it names.

They run on the configuration that the first task writes for 88 recordings of half a second. Behind
it, the test adds a smaller model and fewer steps, so that a training takes seconds.
"""

import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import soundfile
import tiny

from spoofjax.cli import main

RUN_ELSEWHERE = {
    "sweep": "tests/sweeps/test_sweep.py",
    "export": "tests/test_guides.py",
}
"""Commands that these tests run already, for which they need further packages."""

TASK = re.compile(r"^### (\d+)\. (.*?)\n\n```sh\n(.*?)```\n(.*?)(?=^##|\Z)", re.M | re.S)
NAMED_FILE = re.compile(r"`([\w./-]+(?:\.(?:py|tsv|csv|md|json|html)|/))`")
PAGE = Path(__file__).parents[1] / "docs" / "cookbook.md"

SMALLER = """
from spoofjax.models import MLP
from spoofjax.training.optimizers import Adam

config = config.replace(
    model=MLP(),
    optimizer=Adam(learning_rate=1e-2),
    batch=8,
    steps=30,
    evaluation=Evaluation(every=15),
)
"""
WARNS = {"spoofjax validate my.py --cues"}
"""Status 1 is right here: each attack has a whistle, which is a cue that needs no speech."""


class Task(NamedTuple):
    """A section of the page."""

    number: int
    title: str
    commands: list[str]
    outcome: str

    @property
    def runs_here(self) -> bool:
        """Whether this test runs the task, and not another one."""
        return not any(command.split()[1] in RUN_ELSEWHERE for command in self.commands)


def tasks() -> list[Task]:
    matches = TASK.findall(PAGE.read_text())
    return [Task(int(n), title, text.splitlines(), outcome) for n, title, text, outcome in matches]


def test_the_cookbook_has_twenty_tasks():
    assert [task.number for task in tasks()] == list(range(1, 21))


@pytest.mark.parametrize(("command", "test"), RUN_ELSEWHERE.items())
def test_a_command_that_does_not_run_here_runs_in_the_test_that_is_named(repository, command, test):
    text = (repository / test).read_text()
    assert f'"{command}"' in text
    assert any(
        each.startswith(f"spoofjax {command} ") for task in tasks() for each in task.commands
    )


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with recordings, those of another corpus, and a call."""
    write_recordings(tmp_path, "recordings", tiny.SAMPLES)
    write_recordings(tmp_path, "other", tiny.SAMPLES - 1_000)
    call = next(tmp_path.glob("recordings/dev/fake/**/*.flac"))
    soundfile.write(tmp_path / "call.wav", *soundfile.read(call))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_recordings(folder: Path, name: str, samples: int) -> None:
    """Write recordings into train, dev and eval, there into real and fake, and fake by attack."""
    corpus = tiny.make_corpus(folder / f"{name}_corpus", (samples,))
    for split, (protocol, audio, _, _) in tiny.SPLITS.items():
        for line in (corpus / protocol).read_text().splitlines():
            speaker, utterance, *_, attack, label, _ = line.split()
            label = "real" if label == "bonafide" else f"fake/{attack}"
            place = folder / name / split / label / f"{speaker.replace('_', '')}_{utterance}.flac"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(corpus / audio / f"{utterance}.flac", place)


def make_smaller(config: Path) -> None:
    """Give a configuration a model and a length of training that take no time."""
    config.write_text(config.read_text() + SMALLER)


def copy_scores(run: Path) -> None:
    """Give the scores of a run, and their key, the names that the page has for another system's."""
    [scores] = run.glob("scores/*.eval.tsv")
    [key] = run.glob("scores/*.eval.key.tsv")
    shutil.copy(scores, "scores.tsv")
    shutil.copy(key, "key.tsv")


@pytest.mark.slow
def test_the_tasks_run_in_order_and_leave_the_files_that_the_page_names(workplace, capsys):
    here = [task for task in tasks() if task.runs_here]
    assert len(here) == 20 - len(RUN_ELSEWHERE)
    for task in here:
        for command in task.commands:
            if command.startswith("spoofjax metrics"):
                copy_scores(Path("runs/a"))
            assert main(shlex.split(command)[1:]) == (command in WARNS), command
            if command.startswith("spoofjax init"):
                make_smaller(Path("my.py"))
        for name in NAMED_FILE.findall(task.outcome):
            path = Path(name)
            assert path.is_dir() if name.endswith("/") else path.is_file(), f"{task.title}: {name}"
    printed = capsys.readouterr().out
    assert "warning train cue-spectrum" in printed
    assert re.search(
        r"^(a|b) (beats (a|b): |and (a|b) are not distinguishable)", printed, re.MULTILINE
    )
