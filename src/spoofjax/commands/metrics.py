"""`spoofjax metrics`: the official numbers of a score file, whoever made it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

SUMMARY = "Judge a score file against its key: official numbers with confidence intervals."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("--scores", type=Path, required=True, help="a score file")
    parser.add_argument("--keys", type=Path, required=True, help="its key or protocol")
    parser.add_argument("--against", type=Path, help="another system's scores, to compare with")
    parser.add_argument("--asv-scores", type=Path, help="ASV scores, for the tandem numbers")
    parser.add_argument("--subset", default="eval", help="of a 2021 key (default eval)")
    parser.add_argument("--resamples", type=int, default=1000, help="of the bootstrap; 0: none")
    parser.add_argument("--by-speaker", action="store_true", help="resample whole speakers")
    parser.add_argument("--sasv", action="store_true", help="the files are those of track 2")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Judge the scores; print a table or JSON."""
    import json

    found = _sasv(options) if options.sasv else _countermeasure(options)
    print(json.dumps(found) if options.json else _as_text(found))
    return 0


def _sasv(options: argparse.Namespace) -> dict[str, Any]:
    from spoofjax.evaluation.sasv import read_sasv, sasv_summary

    return sasv_summary(read_sasv(options.scores, options.keys))


def _countermeasure(options: argparse.Namespace) -> dict[str, Any]:
    from spoofjax.errors import ScoreError
    from spoofjax.evaluation import bootstrap
    from spoofjax.evaluation.breakdown import breakdown
    from spoofjax.evaluation.collapse import collapse
    from spoofjax.evaluation.keys import read_keys
    from spoofjax.evaluation.metrics import eer, summary
    from spoofjax.evaluation.scores import join, read_scores
    from spoofjax.evaluation.tandem import read_asv_scores, tandem

    keys = read_keys(options.keys, options.subset)
    scores, labels = join(read_scores(options.scores), keys).score, keys.label
    bonafide, spoof = scores[labels == 1], scores[labels == 0]
    found: dict[str, Any] = summary(scores, labels, threshold=eer(bonafide, spoof)[1])
    found["collapse"] = collapse(scores, labels).to_json()
    speakers = None
    if options.by_speaker:
        if "speaker" not in keys.columns:
            raise ScoreError(f"{options.keys} has no speakers; leave --by-speaker out.")
        speakers = keys.columns["speaker"].codes
    how = {"speakers": speakers, "resamples": options.resamples}
    if options.resamples:
        found["intervals"] = bootstrap.to_json(bootstrap.intervals(scores, labels, **how))
    if options.against:
        other = join(read_scores(options.against), keys).score
        how["resamples"] = options.resamples or 1000
        found["difference"] = bootstrap.to_json(bootstrap.compare(scores, other, labels, **how))
    if options.asv_scores:
        found["tandem"] = tandem(bonafide, spoof, read_asv_scores(options.asv_scores))
    columns = {name: c for name, c in keys.columns.items() if name != "speaker"}
    found["by"] = breakdown(scores, labels, columns)
    return found


def _as_text(found: dict[str, Any]) -> str:
    lines = [f"ALARM: {reason}" for reason in found.get("collapse", {}).get("reasons", ())]
    ranges = found.get("intervals", {})
    for name, value in found.items():
        if isinstance(value, (int, float)):
            around = ranges.get(name)
            note = f"   95 % in [{around['low']:.6g}, {around['high']:.6g}]" if around else ""
            lines.append(f"{name:24} {value:<12.8g}{note}")
    for name, value in found.get("difference", {}).items():
        lines.append(
            f"{name + ' difference':24} {value['difference']:<12.6g}   95 % in "
            f"[{value['low']:.6g}, {value['high']:.6g}]   p = {value['p_value']:.4f}"
        )
    for name, value in found.get("tandem", {}).items():
        lines.append(f"{name:24} {value:.8g}")
    for name, rows in found.get("by", {}).items():
        if " x " in name:
            continue
        lines.append(f"\nEER by {name}")
        for row in rows:
            rate = "-" if row["eer"] is None else f"{row['eer']:.4%}"
            lines.append(f"  {row[name]:22} {rate:>10}   {row['bonafide']} / {row['spoof']}")
    return "\n".join(lines)
