"""What came of a sweep: its trials as a table, the best ones, and files that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spoofjax.config import Experiment
from spoofjax.config_files import dumps
from spoofjax.files import write_text
from spoofjax.report.markup import in_table

BEST_FILE = '''"""Trial {number} of a sweep, the best by dev {measure}: {value:.4g}.

{options}
"""

from pathlib import Path

from spoofjax.config_files import loads

config = loads(Path(__file__).with_name("best.json").read_text(encoding="utf-8"))
'''


class Outcome(NamedTuple):
    """One trial."""

    number: int
    state: str
    """'complete', 'pruned', 'failed' or 'running'."""
    value: float | None
    """The measure on dev; of a pruned trial, its lowest so far."""
    seconds: float | None
    """Training time."""
    parameters: int | None
    values: Mapping[str, Any]
    """What was drawn for each setting."""
    folder: str
    """Of the run, below the folder of the sweep."""

    @property
    def is_complete(self) -> bool:
        """Whether the trial was trained to its end."""
        return self.state == "complete"


def pareto_front(points: np.ndarray) -> np.ndarray:
    """Return bool (trials,): whether no other trial is as good in all columns and better in one.

    `points` is float64 (trials, measures), of which less is better.
    """
    is_no_worse = np.all(points[None] <= points[:, None], axis=2)
    is_better = np.any(points[None] < points[:, None], axis=2)
    return np.asarray(~np.any(is_no_worse & is_better, axis=1))


def front_of(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the complete trials on the front of measure, seconds and parameters, best first."""
    complete = [each for each in outcomes if each.is_complete]
    if not complete:
        return []
    points = np.array([[e.value, e.seconds, e.parameters] for e in complete], np.float64)
    on_front = pareto_front(points)
    front = [each for each, is_on in zip(complete, on_front, strict=True) if is_on]
    return sorted(front, key=lambda each: (each.value, each.seconds))


def table(outcomes: Sequence[Outcome], measure: str) -> str:
    """Return all trials as a Markdown table, the best first; * marks those on the front."""
    settings = sorted({name for each in outcomes for name in each.values})
    on_front = {each.number for each in front_of(outcomes)}
    names = ["trial", "state", f"dev {measure}", "seconds", "parameters", *settings]
    lines = ["| " + " | ".join(names) + " |", "| " + " | ".join("---" for _ in names) + " |"]

    def rank(each: Outcome) -> tuple[bool, float, int]:
        value = np.inf if each.value is None else each.value
        return not each.is_complete, value, each.number

    for each in sorted(outcomes, key=rank):
        cells = [
            f"{each.number}{' *' if each.number in on_front else ''}",
            each.state,
            "" if each.value is None else f"{each.value:.4f}",
            "" if each.seconds is None else f"{each.seconds:.1f}",
            "" if each.parameters is None else f"{each.parameters:,}",
            *(in_table(_shown(each.values.get(name))) for name in settings),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_results(
    folder: Path, outcomes: Sequence[Outcome], measure: str, best: Experiment | None
) -> None:
    """Write trials.md, and where a trial is complete also front.png, best.json and best.py."""
    from spoofjax.report.pictures import pareto_plot, save

    front = front_of(outcomes)
    head = f"# Sweep by dev {measure}\n\n\\* no other trial has a lower {measure} in less time"
    text = f"{head} with fewer parameters.\n\n{table(outcomes, measure)}"
    write_text(folder / "trials.md", text)
    if not front or best is None:
        return
    complete = [each for each in outcomes if each.is_complete]
    points = [(e.number, e.seconds or 0.0, e.parameters or 0, e.value or 0.0) for e in complete]
    figure = pareto_plot(points, {each.number for each in front}, f"dev {measure}")
    save(figure, folder / "front.png")
    first = front[0]
    write_text(folder / "best.json", dumps(best))
    options = "\n".join(f"{name} = {_shown(value)}" for name, value in first.values.items())
    facts = {"number": first.number, "measure": measure, "value": first.value}
    write_text(folder / "best.py", BEST_FILE.format(**facts, options=options.replace('"', "'")))


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
