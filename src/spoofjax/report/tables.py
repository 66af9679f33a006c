"""The tables of a report as plain values: rows, cells, and where each number's mark stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spoofjax.evaluation.bootstrap import HIGHER_IS_BETTER, Difference, Interval
from spoofjax.report.markdown import HEADLINES
from spoofjax.report.numbers import Comparison, Spread
from spoofjax.runs.record import RunRecord

SURE = 0.05
"""A comparison's p-value from which its cell is coloured."""


# ------------------------------------------------------------------------ headline numbers
def headline_rows(
    runs: Sequence[RunRecord], spreads: Sequence[Mapping[str, Spread]]
) -> list[dict[str, Any]]:
    """Return a row for every split and run; each metric's cells share one scale."""
    rows = []
    for split in dict.fromkeys(split for run in runs for split in run.metrics):
        for number, (run, around) in enumerate(zip(runs, spreads, strict=True)):
            if split in run.metrics:
                rows.append(_headline_row(number, run, split, around.get(split, Spread({}, {}))))
    for index in range(len(HEADLINES) if rows else 0):
        _place([row["cells"][index] for row in rows])
    return rows


def _headline_row(number: int, run: RunRecord, split: str, around: Spread) -> dict[str, Any]:
    values = run.metrics[split]
    cells = []
    for key, name, text in HEADLINES:
        utterances, speakers = around.utterances.get(key), around.speakers.get(key)
        cells.append(
            {
                "name": name,
                "value": values[key],
                "text": text.format(values[key]),
                "low": utterances.low if utterances else None,
                "high": utterances.high if utterances else None,
                "interval": _range(utterances, text),
                "by_speaker": _range(speakers, text),
            }
        )
    counts = {key: f"{values[key]:,}" for key in ("bonafide", "spoof")}
    return {"run": run.name, "number": number, "split": split, "cells": cells, **counts}


def _range(found: Interval | None, text: str) -> str:
    if found is None:
        return ""
    low, high = text.format(found.low), text.format(found.high)
    return f"{low.removesuffix('%')} to {high}"


def _place(cells: Sequence[dict[str, Any]]) -> None:
    """Give cells with an interval the place of its ends and its value, in per cent of the scale."""
    ends = [cell[key] for cell in cells for key in ("low", "high") if cell[key] is not None]
    ends += [cell["value"] for cell in cells]
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    for cell in cells:
        for key in ("low", "high", "value"):
            cell[f"at_{key}"] = None if cell[key] is None else 100 * (cell[key] - low) / width


# ------------------------------------------------------------------------ comparisons
def comparison_rows(
    runs: Sequence[RunRecord], compared: Iterable[Comparison]
) -> list[dict[str, Any]]:
    """Return a row for every split and run but the first, a cell for every metric."""
    numbers = {run.name: number for number, run in enumerate(runs)}
    rows = []
    for one in compared:
        cells = [
            _difference(key, one.utterances[key], one.speakers.get(key))
            for key, _, _ in HEADLINES
            if key in one.utterances
        ]
        rows.append(
            {
                "run": one.run,
                "number": numbers[one.run],
                "split": one.split,
                "cells": cells,
                "problem": one.problem,
            }
        )
    return rows


def _difference(key: str, found: Difference, by_speaker: Difference | None) -> dict[str, Any]:
    scale, unit, form = (100, " points", "{:+.2f}") if key == "eer" else (1, "", "{:+.4f}")
    low, high, middle = (
        form.format(scale * value).replace("-", "\N{MINUS SIGN}")
        for value in (found.low, found.high, found.difference)
    )
    least = max(found.p_value, by_speaker.p_value if by_speaker else 0)
    verdict = ""
    if least < SURE:
        verdict = (
            "better" if (found.difference > 0) == key.startswith(HIGHER_IS_BETTER) else "worse"
        )
    return {
        "text": middle + unit,
        "interval": f"{low} to {high}",
        "p": probability(found.p_value),
        "p_by_speaker": probability(by_speaker.p_value) if by_speaker else "",
        "verdict": verdict,
    }


def probability(value: float) -> str:
    """Return a p-value as text; the smallest that the resamples can show as a bound."""
    return "p < 0.001" if value < 0.00105 else f"p = {value:.3f}"


def seed_rows(summary: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return mean and spread over seeds of every headline number, a row for each split."""
    return [
        {
            "split": split,
            "runs": values["runs"],
            "cells": [
                f"{text.format(values[key]['mean'])} ± {text.format(values[key]['std'])}"
                for key, _, text in HEADLINES
            ],
        }
        for split, values in summary.items()
    ]


# ------------------------------------------------------------------------ data
def data_rows(
    runs: Sequence[RunRecord], counts: Sequence[Mapping[str, Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """Return what each split is made of: from the corpus where at hand, else from the key."""
    rows = []
    for run, known in zip(runs, counts, strict=True):
        for split in ("train", "dev", "eval"):
            if split in run.judged:
                found = _counts_of_key(run, split)
                if split in known and known[split]["utterances"] == found["utterances"]:
                    found = {**found, **known[split]}
            elif split in known:
                found = known[split]
            else:
                continue
            rows.append({"run": run.name, "split": split, **_data_row(found)})
    same = all(r["cells"] == s["cells"] for r in rows for s in rows if r["split"] == s["split"])
    if len(runs) > 1 and same:  # the usual case: all runs on the same data
        rows = [{**row, "run": "all"} for row in {row["split"]: row for row in rows}.values()]
    return rows


def _counts_of_key(run: RunRecord, split: str) -> dict[str, Any]:
    judged = run.judged[split]
    tallies = {name: column.tally() for name, column in judged.keys.columns.items()}
    return {
        "utterances": len(judged.keys),
        "bonafide": int((judged.keys.label == 1).sum()),
        "spoof": int((judged.keys.label == 0).sum()),
        "speakers": len(tallies.get("speaker", ())),
        "corpora": {judged.metrics["corpus"]: len(judged.keys)},
        "attacks": tallies.get("attack", {}),
        "codecs": tallies.get("codec", {}),
        "languages": tallies.get("language", {}),
    }


def _data_row(found: Mapping[str, Any]) -> dict[str, Any]:
    numbers = [f"{found[key]:,}" for key in ("utterances", "bonafide", "spoof", "speakers")]
    lists = [_tally(found[key]) for key in ("attacks", "codecs", "languages")]
    return {"cells": [*numbers, *lists], "corpus": ", ".join(found["corpora"])}


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items()) or "none"
