"""The tables of a page as plain values, which its templates turn into HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spoofjax.evaluation.bootstrap import Difference, Interval
from spoofjax.evaluation.seeds import is_better_when_higher
from spoofjax.report.markdown import HEADLINES
from spoofjax.report.numbers import Comparison, Spread
from spoofjax.runs.record import RunRecord

SIGNIFICANT = 0.05
"""A comparison with a p-value below this has a coloured cell."""


# ------------------------------------------------------------------------ headline numbers
def headline_rows(
    runs: Sequence[RunRecord], spreads: Sequence[Mapping[str, Spread]]
) -> list[dict[str, Any]]:
    """Return a row for every split and run; all cells of a metric share one scale."""
    rows = []
    for split in dict.fromkeys(split for run in runs for split in run.metrics):
        for number, (run, by_split) in enumerate(zip(runs, spreads, strict=True)):
            if split in run.metrics:
                spread = by_split.get(split, Spread({}, {}))
                rows.append(_headline_row(number, run, split, spread))
    for index in range(len(HEADLINES) if rows else 0):
        _add_positions([row["cells"][index] for row in rows])
    return rows


def _headline_row(number: int, run: RunRecord, split: str, spread: Spread) -> dict[str, Any]:
    values = run.metrics[split]
    cells = []
    for key, name, text in HEADLINES:
        utterances, speakers = spread.utterances.get(key), spread.speakers.get(key)
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
    row = {"run": run.name, "number": number, "split": split, "corpus": values["corpus"]}
    return {**row, "cells": cells, **counts}


def _range(interval: Interval | None, text: str) -> str:
    if interval is None:
        return ""
    low, high = text.format(interval.low), text.format(interval.high)
    return f"{low.removesuffix('%')} to {high}"


def _add_positions(cells: Sequence[dict[str, Any]]) -> None:
    """Add where the value and the ends of the interval lie, in per cent of the cells' scale."""
    ends = [cell[key] for cell in cells for key in ("low", "high") if cell[key] is not None]
    ends += [cell["value"] for cell in cells]
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    for cell in cells:
        for key in ("low", "high", "value"):
            cell[f"at_{key}"] = None if cell[key] is None else 100 * (cell[key] - low) / width


# ------------------------------------------------------------------------ comparisons
def comparison_rows(
    runs: Sequence[RunRecord], comparisons: Iterable[Comparison]
) -> list[dict[str, Any]]:
    """Return a row for every split and every run except the first, with a cell for every metric."""
    numbers = {run.name: number for number, run in enumerate(runs)}
    rows = []
    for comparison in comparisons:
        cells = [
            _difference_cell(key, comparison.utterances[key], comparison.speakers.get(key))
            for key, _, _ in HEADLINES
            if key in comparison.utterances
        ]
        rows.append(
            {
                "run": comparison.run,
                "number": numbers[comparison.run],
                "split": comparison.split,
                "cells": cells,
                "problem": comparison.problem,
            }
        )
    return rows


def _difference_cell(
    key: str, by_utterance: Difference, by_speaker: Difference | None
) -> dict[str, Any]:
    """Return one metric's difference as text; the verdict is empty unless both p-values are low."""
    scale, unit, form = (100, " points", "{:+.2f}") if key == "eer" else (1, "", "{:+.4f}")
    low, high, middle = (
        form.format(scale * value).replace("-", "\N{MINUS SIGN}")
        for value in (by_utterance.low, by_utterance.high, by_utterance.difference)
    )
    verdict = ""
    if max(by_utterance.p_value, by_speaker.p_value if by_speaker else 0) < SIGNIFICANT:
        is_better = (by_utterance.difference > 0) == is_better_when_higher(key)
        verdict = "better" if is_better else "worse"
    return {
        "text": middle + unit,
        "interval": f"{low} to {high}",
        "p": probability(by_utterance.p_value),
        "p_by_speaker": probability(by_speaker.p_value) if by_speaker else "",
        "verdict": verdict,
    }


def probability(value: float) -> str:
    """Return a p-value as text; below what 1,000 resamples can resolve, as a bound."""
    return "p < 0.001" if value < 0.00105 else f"p = {value:.3f}"


def seed_rows(summary: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each split: mean and deviation over seeds of every headline number."""
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
    """Return what each split consists of, from the corpus if it is available, else from the key."""
    rows = []
    for run, of_corpus in zip(runs, counts, strict=True):
        for split in dict.fromkeys(("train", "dev", "eval", *run.metrics)):
            of_split = _counts_of_split(run, split, of_corpus.get(split))
            if of_split is not None:
                rows.append({"run": run.name, "split": split, **_data_row(of_split)})
    is_same = all(r["cells"] == s["cells"] for r in rows for s in rows if r["split"] == s["split"])
    if len(runs) > 1 and is_same:  # the usual case: all runs use the same data
        rows = [{**row, "run": "all"} for row in {row["split"]: row for row in rows}.values()]
    return rows


def _counts_of_split(
    run: RunRecord, split: str, of_corpus: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return the counts of a split, or None where neither a key nor the corpus has them.

    Where the corpus has other utterances than the key that was scored, the key alone counts.
    """
    if split not in run.scored:
        return of_corpus
    of_key = _counts_of_key(run, split)
    if of_corpus is None or of_corpus["utterances"] != of_key["utterances"]:
        return of_key
    return {**of_key, **of_corpus}


def _counts_of_key(run: RunRecord, split: str) -> dict[str, Any]:
    scored = run.scored[split]
    tallies = {name: column.tally() for name, column in scored.keys.columns.items()}
    return {
        "utterances": len(scored.keys),
        "bonafide": int((scored.keys.label == 1).sum()),
        "spoof": int((scored.keys.label == 0).sum()),
        "speakers": len(tallies.get("speaker", ())),
        "corpora": {scored.metrics["corpus"]: len(scored.keys)},
        "attacks": tallies.get("attack", {}),
        "codecs": tallies.get("codec", {}),
        "languages": tallies.get("language", {}),
    }


def _data_row(counts: Mapping[str, Any]) -> dict[str, Any]:
    numbers = [f"{counts[key]:,}" for key in ("utterances", "bonafide", "spoof", "speakers")]
    tallies = [_tally(counts[key]) for key in ("attacks", "codecs", "languages")]
    return {"cells": [*numbers, *tallies], "corpus": ", ".join(counts["corpora"])}


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items()) or "none"
