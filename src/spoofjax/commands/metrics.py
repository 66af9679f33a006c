"""`spoofjax metrics`: the official numbers of a score file from any system."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoofjax.commands.groups import add_by

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.evaluation.keys import Keys

SUMMARY = "Judge a score file against its key: official numbers with confidence intervals."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("--scores", type=Path, required=True, help="a score file")
    parser.add_argument("--keys", type=Path, required=True, help="its key or protocol")
    parser.add_argument(
        "--against", type=Path, help="the scores of another system, to compare with"
    )
    parser.add_argument("--asv-scores", type=Path, help="ASV scores, for the tandem numbers")
    parser.add_argument(
        "--subset", default="eval", help="which trials of a 2021 key (default eval)"
    )
    parser.add_argument(
        "--resamples",
        type=int,
        default=1000,
        help="resamples of the bootstrap (default 1000; 0: no intervals)",
    )
    parser.add_argument(
        "--by-speaker", action="store_true", help="resample whole speakers instead of utterances"
    )
    add_by(parser, "every column but the speaker")
    parser.add_argument("--sasv", action="store_true", help="read files of ASVspoof 5, track 2")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Compute the numbers; print a table or JSON."""
    import json

    from spoofjax.errors import ConfigError

    if options.sasv and options.by:
        raise ConfigError("--by does not work with --sasv: a key of track 2 has no such columns.")
    results = _sasv(options) if options.sasv else _countermeasure(options)
    print(json.dumps(results) if options.json else _as_text(results, options.by))
    return 0


def _sasv(options: argparse.Namespace) -> dict[str, Any]:
    from spoofjax.evaluation.findings import to_json
    from spoofjax.evaluation.sasv import read_sasv, sasv_summary
    from spoofjax.evaluation.sasv_findings import sasv_findings

    results = sasv_summary(read_sasv(options.scores, options.keys))
    return {**results, "findings": to_json(sasv_findings(results))}


def _countermeasure(options: argparse.Namespace) -> dict[str, Any]:
    from spoofjax.evaluation import bootstrap
    from spoofjax.evaluation.breakdown import breakdown
    from spoofjax.evaluation.collapse import collapse, usual_threshold
    from spoofjax.evaluation.findings import Finding, findings, to_json
    from spoofjax.evaluation.keys import read_keys
    from spoofjax.evaluation.metrics import eer, summary
    from spoofjax.evaluation.resampling import few_speakers, lone_speaker
    from spoofjax.evaluation.scores import join, read_scores
    from spoofjax.evaluation.tandem import read_asv_scores, tandem

    keys = read_keys(options.keys, options.subset)
    scores, labels = join(read_scores(options.scores), keys).score, keys.label
    bonafide, spoof = scores[labels == 1], scores[labels == 0]
    results: dict[str, Any] = summary(scores, labels, threshold=eer(bonafide, spoof)[1])
    results["collapse"] = collapse(scores, labels, usual_threshold(scores)).to_json()
    speakers = _speakers(options, keys)
    problem = lone_speaker(speakers, labels) if speakers is not None else ""
    doubt = few_speakers(speakers, labels) if speakers is not None else ""
    settings = {"speakers": speakers, "resamples": options.resamples}
    if options.resamples and not problem:
        results["intervals"] = bootstrap.to_json(bootstrap.intervals(scores, labels, **settings))
    if options.against and not problem:
        other = join(read_scores(options.against), keys).score
        settings["resamples"] = options.resamples or 1000
        results["difference"] = bootstrap.to_json(
            bootstrap.compare(scores, other, labels, **settings)
        )
    if options.asv_scores:
        results["tandem"] = tandem(bonafide, spoof, read_asv_scores(options.asv_scores))
    columns = keys.columns
    if not options.by:
        columns = {name: column for name, column in columns.items() if name != "speaker"}
    results["by"] = breakdown(scores, labels, columns, options.by)
    # The scale of another system's scores is unknown, so they are not taken for LLRs.
    remarks = findings(results, are_llrs=False)
    if problem or doubt:
        remarks.append(Finding(problem or doubt, is_alarm=False))
    results["findings"] = to_json(remarks)
    return results


def _speakers(options: argparse.Namespace, keys: Keys) -> np.ndarray | None:
    """Return the speakers to resample, int32 (utterances,), or None to resample utterances."""
    from spoofjax.errors import ScoreError

    if not options.by_speaker:
        return None
    if "speaker" not in keys.columns:
        raise ScoreError(f"{options.keys} has no speakers; omit --by-speaker.")
    return keys.columns["speaker"].codes


def _remark_lines(results: dict[str, Any]) -> list[str]:
    """Return the alarms, then the notes; the reversal of scores before what follows from it."""
    from spoofjax.errors import printable
    from spoofjax.evaluation.findings import is_reversed

    alarms, notes = results["findings"]["alarms"], results["findings"]["notes"]
    if "collapse" in results:  # unlike the results of track 2
        collapse = results["collapse"]["reasons"]
        alarms = [*alarms, *collapse] if is_reversed(results) else [*collapse, *alarms]
    lines = [*(f"ALARM: {alarm}" for alarm in alarms), *(f"note: {note}" for note in notes)]
    # Findings name attacks and codecs, as the key spells them.
    return [printable(line) for line in lines]


def _as_text(results: dict[str, Any], groups: list[str] | None) -> str:
    from spoofjax.evaluation.breakdown import columns_of
    from spoofjax.report.lines import group_lines

    lines = _remark_lines(results)
    ranges = results.get("intervals", {})
    for name, value in results.items():
        if isinstance(value, (int, float)):
            interval = ranges.get(name)
            note = ""
            if interval:
                note = f"   95 % in [{interval['low']:.6g}, {interval['high']:.6g}]"
            lines.append(f"{name:24} {value:<12.8g}{note}")
    for name, value in results.get("difference", {}).items():
        lines.append(
            f"{name + ' difference':24} {value['difference']:<12.6g}   95 % in "
            f"[{value['low']:.6g}, {value['high']:.6g}]   p = {value['p_value']:.4f}"
        )
    for name, value in results.get("tandem", {}).items():
        lines.append(f"{name:24} {value:.8g}")
    by = results.get("by", {})
    # Crossings are many and long, so they are printed only on request.
    lines += group_lines({g: rows for g, rows in by.items() if groups or len(columns_of(g)) == 1})
    return "\n".join(lines)
