"""The short report of a run: Markdown and pictures, from the run's own files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax.evaluation.run_scores import key_path, read_split

# Headline numbers: key in metrics.<split>.json, name, format.
HEADLINES = (
    ("eer", "EER", "{:.2%}"),
    ("min_dcf", "minDCF", "{:.4f}"),
    ("act_dcf", "actDCF", "{:.4f}"),
    ("cllr", "Cllr (bits)", "{:.4f}"),
    ("auc", "AUC", "{:.4f}"),
)


def summary_lines(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the result of every split as lines for a terminal; the alarm comes first."""
    lines = []
    for split, metrics in results.items():
        for reason in alarms_of(metrics):
            lines.append(f"ALARM ({split}): {reason}")
    for split, metrics in results.items():
        numbers = "  ".join(f"{name} {text.format(metrics[key])}" for key, name, text in HEADLINES)
        lines.append(
            f"{split}: {numbers}  ({metrics['bonafide']} bona fide, {metrics['spoof']} spoof)"
        )
    return "\n".join(lines)


def alarms_of(metrics: Mapping[str, Any]) -> list[str]:
    """Return what should make a person stop and look at a split, with advice."""
    return [*metrics["collapse"]["reasons"], *metrics.get("alarms", ())]


def write_report(folder: Path) -> Path:
    """Write report/report.md of a run folder, with its pictures; return the path.

    Reads report/metrics.<split>.json, metrics.jsonl and config.json; what is absent is left out.
    """
    report = folder / "report"
    metrics = {
        split: json.loads(path.read_text())
        for split in ("dev", "eval", "train")
        if (path := report / f"metrics.{split}.json").is_file()
    }
    pictures = _draw(folder, metrics)
    parts = [f"# {folder.name}", _alarms(metrics), _headlines(metrics)]
    parts += [f"![{title}]({name})" for name, title in pictures]
    parts += [_decisions(metrics)]
    for split, values in metrics.items():
        parts += [_breakdown(split, values, "attack"), _breakdown(split, values, "codec")]
    parts.append(_setting(folder))
    path = report / "report.md"
    path.write_text("\n\n".join(part for part in parts if part) + "\n")
    return path


def _draw(folder: Path, metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Draw what there is to draw; return (title, file name) of each picture."""
    from spoofjax.evaluation import pictures

    report, drawn = folder / "report", []
    lines = folder / "metrics.jsonl"
    rows = [json.loads(line) for line in lines.read_text().splitlines()] if lines.is_file() else []
    if rows:
        pictures.save(pictures.training_curves(rows), report / "training.png")
        drawn.append(("Training: loss and dev results by step", "training.png"))
    systems = {}
    for split, values in metrics.items():
        if key_path(folder, values["corpus"], split).is_file():
            scores, keys = read_split(folder, values["corpus"], split)
            systems[split] = (scores.score[keys.label == 1], scores.score[keys.label == 0])
    if systems:
        pictures.save(pictures.det_plot(systems), report / "det.png")
        drawn.append(("Detection error trade-off", "det.png"))
    return drawn


def _alarms(metrics: Mapping[str, Any]) -> str:
    lines = [
        f"> **Alarm on {split}.** {reason}"
        for split, values in metrics.items()
        for reason in alarms_of(values)
    ]
    return "\n>\n".join(lines) or "No alarm: both classes are recognised at the model's own decision."


def _headlines(metrics: Mapping[str, Any]) -> str:
    rows = [
        [split, *(text.format(values[key]) for key, _, text in HEADLINES)]
        + [f"{values['bonafide']:,}", f"{values['spoof']:,}"]
        for split, values in metrics.items()
    ]
    return _table(["split", *(name for _, name, _ in HEADLINES), "bona fide", "spoof"], rows)


def _decisions(metrics: Mapping[str, Any]) -> str:
    classes, measures = ("bonafide", "spoof"), ("precision", "recall", "f1")
    keys = [f"{measure}_{name}" for name in classes for measure in measures]
    head = ["split", "accuracy", 'accuracy of "always spoof"', "balanced accuracy"]
    head += [key.replace("_bonafide", " (bona fide)").replace("_spoof", " (spoof)") for key in keys]
    head = [title.replace("f1", "F1") for title in head]
    columns = ["accuracy", "accuracy_always_spoof", "balanced_accuracy", *keys]
    rows = [
        [split, *("-" if values[key] is None else f"{values[key]:.2%}" for key in columns)]
        for split, values in metrics.items()
    ]
    return "## Decisions at the dev threshold\n\n" + _table(head, rows) if rows else ""


def _breakdown(split: str, values: Mapping[str, Any], what: str) -> str:
    rows = values.get("by", {}).get(what)
    if not rows:
        return ""
    cells = [
        [row[what], "-" if row["eer"] is None else f"{row['eer']:.2%}", row["bonafide"], row["spoof"]]
        for row in rows
    ]
    return f"## {split} by {what}\n\n" + _table([what, "EER", "bona fide", "spoof"], cells)


def _setting(folder: Path) -> str:
    lines = []
    for name in ("config.json", "environment.json", "decision.json", "metrics.jsonl"):
        if (folder / name).is_file():
            lines.append(f"- [{name}](../{name})")
    return "## Files of this run\n\n" + "\n".join(lines)


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
