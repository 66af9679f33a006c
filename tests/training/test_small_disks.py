"""A disk that fills up at any point of a run gives one message, and the run can continue later."""

import subprocess

import pytest
import started_runs

SETTINGS = ("--checkpoints.every", 1, "--checkpoints.keep", 120, "--steps", 100, "--quiet")
"""A hundred checkpoints of some 0.1 MB, and the report at the end: more than the largest disk."""


@pytest.fixture
def disk(tmp_path):
    """Mount a small disk; return its folder, and a function that makes it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size: str, *options: str) -> bool:
        settings = ",".join([f"size={size}", *options])
        command = ["mount", "-t", "tmpfs", "-o", settings, "tmpfs", str(folder)]
        return not subprocess.run(command, capture_output=True).returncode

    if not mount("4k"):
        pytest.skip("needs the right to mount a file system")
    yield folder, lambda size: mount(size, "remount")
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module")
def undisturbed(tiny_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks") / "undisturbed"
    started_runs.train(tiny_corpus() / "tiny.py", *SETTINGS, "--out", folder)
    return folder


def error_of(output: str) -> str:
    """Return the message of a run, which is all that it says besides the name of its folder."""
    lines = [line for line in output.splitlines() if not line.startswith("run folder:")]
    [line] = [line for line in lines if line]
    assert line.startswith("error: ")
    return line


@pytest.mark.slow
def test_a_disk_without_space_for_the_first_files_lets_the_run_start_later(tiny_corpus, disk):
    folder, resize = disk
    config, out = tiny_corpus() / "tiny.py", ("--out", folder / "run", "--steps", 2, "--quiet")
    error = error_of(started_runs.train(config, *out, status=1))
    assert "training_data.npz: No space left on device. Free some space" in error
    resize("9m")
    started_runs.train(config, *out)  # without --resume, because nothing was there yet
    assert started_runs.steps_of(folder / "run") == [2]


@pytest.mark.slow
@pytest.mark.parametrize("size", ["1500k", "7500k"])
def test_a_disk_that_fills_up_gives_one_message_and_loses_nothing(
    tiny_corpus, undisturbed, disk, size
):
    folder, resize = disk
    resize(size)
    arguments = (tiny_corpus() / "tiny.py", *SETTINGS, "--out", folder / "run", "--resume")
    error = error_of(started_runs.train(*arguments, status=1))
    assert f"{folder}/run/" in error
    assert "No space left on device. Free some space." in error
    assert "--resume" in error
    resize("64m")
    started_runs.train(*arguments)
    assert started_runs.identical(folder / "run", undisturbed)
    assert (started_runs.losses(folder / "run") == started_runs.losses(undisturbed)).all()
