"""The option --share: a part of a list of files for each of several processes."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from spoofjax.errors import ConfigError

Item = TypeVar("Item")


class Share(NamedTuple):
    """Which of several processes this one is; the first is number 1."""

    number: int = 1
    count: int = 1

    def of(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return the items of this process. All processes together have each item once."""
        return items[self.number - 1 :: self.count]

    def named(self, path: Path) -> Path:
        """Return the name of this process's file: scores.jsonl becomes scores.2-of-8.jsonl."""
        if self.count == 1:
            return path
        return path.with_name(f"{path.stem}.{self.number}-of-{self.count}{path.suffix}")


def add_share(parser: argparse.ArgumentParser) -> None:
    """Declare --share."""
    parser.add_argument(
        "--share",
        metavar="I/N",
        help="score only every Nth file, starting with the Ith (default: that of the task under "
        "`srun`); FILE of --out gets the share in its name",
    )


def find_share(text: str | None, environment: Mapping[str, str] = os.environ) -> Share:
    """Return the share that an option states, or else that of a Slurm task, or else all.

    Raises ConfigError for any text but a number from 1 to N, a slash and N.
    """
    if text is not None:
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
        share = Share(*map(int, match.groups())) if match else Share(0, 0)
        if not 1 <= share.number <= share.count:
            raise ConfigError(f"--share {text}: write I/N with I from 1 to N, such as 2/8.")
        return share
    # A batch script has SLURM_NTASKS too, but only `srun` starts that many processes.
    tasks, task = (environment.get(name, "") for name in ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"))
    if tasks.isdigit() and task.isdigit() and int(task) < int(tasks):
        return Share(int(task) + 1, int(tasks))
    return Share()
