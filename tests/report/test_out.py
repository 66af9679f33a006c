"""`spoofjax report` writes into the run, or only to the path that --out names."""

import subprocess

import pytest

from spoofjax.cli import main


@pytest.fixture
def read_only(make_run):
    """A run on a file system that cannot be written to."""
    folder = make_run("run")
    for options in (["--bind", folder], ["-o", "remount,bind,ro"]):
        command = ["mount", *map(str, options), str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            subprocess.run(["umount", folder], capture_output=True)
            pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_gets_the_page_and_the_report_and_the_run_nothing(read_only, tmp_path):
    assert main(["report", str(read_only), "--out", str(tmp_path / "out"), "--resamples", "9"]) == 0
    assert names(tmp_path / "out") == ["det.png", "report.html", "report.md", "training.png"]


def test_a_page_is_all_that_is_written(read_only, tmp_path):
    page = tmp_path / "out" / "page.html"
    assert main(["report", str(read_only), "--out", str(page), "--resamples", "9"]) == 0
    assert names(page.parent) == ["page.html"]


def test_without_out_a_read_only_run_is_told_in_one_line(read_only, capsys):
    assert main(["report", str(read_only), "--resamples", "9"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "Read-only file system. Choose a folder that can be written to." in line
