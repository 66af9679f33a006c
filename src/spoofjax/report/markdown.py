"""The short report of a run: Markdown and pictures, made from the files in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spoofjax.errors import printable
from spoofjax.evaluation.bootstrap import Interval
from spoofjax.evaluation.breakdown import columns_of
from spoofjax.evaluation.pooling import summary_of
from spoofjax.evaluation.rule import Rule
from spoofjax.files import write_text
from spoofjax.report.localisation import HEAD, localisation_rows
from spoofjax.report.markup import in_markdown, in_table
from spoofjax.report.remarks import remarks, remarks_of_run
from spoofjax.report.tracing import (
    MEASURES,
    confusion_table,
    tracing_figures,
    tracing_lines,
    tracing_note,
    tracing_rows,
)
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.record import RunRecord

HEADLINES = (
    ("eer", "EER", "{:.2%}"),
    ("min_dcf", "minDCF", "{:.4f}"),
    ("act_dcf", "actDCF", "{:.4f}"),
    ("cllr", "Cllr (bits)", "{:.4f}"),
    ("auc", "AUC", "{:.4f}"),
)
"""The headline numbers: key in the metrics of a split, name and format."""

DECISIONS = (
    ("accuracy", "accuracy"),
    ("accuracy_always_spoof", 'accuracy of "always spoof"'),
    ("balanced_accuracy", "balanced accuracy"),
    ("precision_bonafide", "precision (bona fide)"),
    ("recall_bonafide", "recall (bona fide)"),
    ("f1_bonafide", "F1 (bona fide)"),
    ("precision_spoof", "precision (spoof)"),
    ("recall_spoof", "recall (spoof)"),
    ("f1_spoof", "F1 (spoof)"),
)
"""The accuracy family: key in the metrics of a split, and name."""

CALM = (
    "both classes are recognised at the model's own decision, and no attack or other condition "
    "that was looked at is missed"
)
"""What a report says where there is no remark."""

Intervals = Mapping[str, Mapping[str, Interval]]
"""Bootstrap intervals by split and metric."""


def summary_lines(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the result of every split as lines for a terminal; alarms and notes come first."""
    lines = [
        printable(f"{'ALARM' if remark.is_alarm else 'note'} ({remark.split}): {remark.text}")
        for remark in remarks(results)
    ]
    for split, metrics in results.items():
        numbers = "  ".join(f"{name} {text.format(metrics[key])}" for key, name, text in HEADLINES)
        counts = f"{metrics['bonafide']} bona fide, {metrics['spoof']} spoof"
        lines.append(f"{printable(split)}: {numbers}  ({counts})")
    lines += map(printable, tracing_lines(results))
    return "\n".join(lines)


def percent(value: float | None) -> str:
    """Return a fraction in per cent, or '-' where it is undefined."""
    return "-" if value is None else f"{value:.2%}"


def write_report(folder: Path, intervals: Intervals | None = None) -> Path:
    """Write report/report.md of a run folder, with its pictures; return its path.

    Sections whose data the run does not have yet are left out. Raises RunError where a file is
    damaged.
    """
    return write_markdown(RunRecord.read(folder), intervals or {})


def write_markdown(run: RunRecord, intervals: Intervals, folder: Path | None = None) -> Path:
    """Write the report of a run that has been read already, see `write_report`.

    It and its pictures go to `folder`, by default the run's own folder of reports.
    """
    path = RunFolder(run.folder).markdown
    if folder is not None:
        path = folder / path.name
    parts = [f"# {in_markdown(run.name)}", _remarks(run), _headlines(run.metrics, intervals)]
    parts += [f"![{title}]({name})" for name, title in _draw(run, path.parent)]
    parts += [_decisions(run)]
    parts += _tracing(run, path.parent)
    for split, values in run.metrics.items():
        parts += [
            _breakdown(split, rows, group)
            for group, rows in values.get("by", {}).items()
            if len(columns_of(group)) == 1  # crossings are on the page, which has room for them
        ]
    parts += [_localisation(*each) for each in run.metrics.items()]
    parts.append(_files(run.folder))
    write_text(path, "\n\n".join(part for part in parts if part) + "\n")
    return path


def _draw(run: RunRecord, folder: Path) -> list[tuple[str, str]]:
    """Draw the pictures that the run has data for; return (file name, title) of each."""
    from spoofjax.report import pictures

    drawings = []
    if run.history:
        pictures.save(pictures.training_curves(run.history), folder / "training.png")
        drawings.append(("training.png", "Training: loss and dev results by step"))
    if run.scored:
        systems = {split: scored.classes for split, scored in run.scored.items()}
        pictures.save(pictures.det_plot(systems), folder / "det.png")
        drawings.append(("det.png", "Detection error trade-off"))
    return drawings


def _remarks(run: RunRecord) -> str:
    if not run.metrics:
        return "This run has not been evaluated: `spoofjax evaluate RUN`."
    lines = [
        f"> **{'Alarm' if is_alarm else 'Note'} on {split}.** {in_markdown(text)}"
        for split, text, is_alarm in remarks_of_run(run)
    ]
    return "\n>\n".join(lines) or f"No alarm: {CALM}."


def _headlines(metrics: Mapping[str, Any], intervals: Intervals) -> str:
    if not metrics:
        return ""
    rows = []
    for split, values in metrics.items():
        row = [split, values["corpus"]]
        for key, _, text in HEADLINES:
            interval = intervals.get(split, {}).get(key)
            note = ""
            if interval:
                note = f" [{text.format(interval.low)}, {text.format(interval.high)}]"
            row.append(text.format(values[key]) + note)
        rows.append([*row, f"{values['bonafide']:,}", f"{values['spoof']:,}"])
    table = _table(
        ["split", "corpus", *(name for _, name, _ in HEADLINES), "bona fide", "spoof"], rows
    )
    note = "\n\nIn brackets: 95 % bootstrap intervals over utterances." if intervals else ""
    return table + note


def _decisions(run: RunRecord) -> str:
    if not run.metrics:
        return ""
    head = ["split", *(name for _, name in DECISIONS)]
    rows = [
        [split, *(percent(values[key]) for key, _ in DECISIONS)]
        for split, values in run.metrics.items()
    ]
    parts = ["## Decisions at the threshold", _table(head, rows)]
    if run.decision:
        parts.insert(1, f"Verdicts: {Rule.of(run.decision)}. {summary_of(run.decision)}".rstrip())
    return "\n\n".join(parts)


def _breakdown(split: str, rows: Sequence[Mapping[str, Any]], column: str) -> str:
    if not rows:
        return ""
    cells = [[row[column], percent(row["eer"]), row["bonafide"], row["spoof"]] for row in rows]
    return f"## {split} by {column}\n\n" + _table([column, "EER", "bona fide", "spoof"], cells)


def _localisation(split: str, values: Mapping[str, Any]) -> str:
    if "localisation" not in values:
        return ""
    table = _table(list(HEAD), localisation_rows(values["localisation"]))
    return f"## {split}, which parts are spoofed\n\n" + table


def _tracing(run: RunRecord, folder: Path) -> list[str]:
    """Return the parts about traced attacks, and draw their pictures into the folder."""
    from spoofjax.report import pictures

    rows = [
        [row["split"], *row["cells"], f"{row['known']:,}", f"{row['unknown']:,}"]
        for row in tracing_rows([run])
    ]
    if not rows:
        return []
    head = ["split", *(name for _, name, _ in MEASURES), "known", "unknown"]
    parts = ["## Attacks", f"{_table(head, rows)}\n\n{tracing_note([run])}"]
    for number, (split, values) in enumerate(run.metrics.items()):
        if "tracing" in values:
            parts += [f"### {in_markdown(split)}", _table(*confusion_table(values["tracing"]))]
            for name, caption, figure in tracing_figures(run, split):
                file = f"{name}.{number}.png"
                pictures.save(figure, folder / file)
                parts.append(f"![{in_markdown(caption)}]({file})")
    return parts


def _files(folder: Path) -> str:
    run = RunFolder(folder)
    paths = (run.config, run.environment, run.decision, run.metrics)
    lines = [f"- [{path.name}](../{path.name})" for path in paths if path.is_file()]
    return "## Files of this run\n\n" + "\n".join(lines)


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(in_table(str(cell)) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
