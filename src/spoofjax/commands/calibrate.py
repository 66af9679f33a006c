"""`spoofjax calibrate`: fit a run's calibration, with which decisions follow from costs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.evaluation.metrics import Costs

SUMMARY = "Fit the calibration of a run on its dev scores; its threshold then follows from costs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "--p-spoof", type=float, default=0.05, help="probability of a spoof in use (default 0.05)"
    )
    parser.add_argument(
        "--miss", type=float, default=1.0, help="cost of rejecting bona fide (default 1)"
    )
    parser.add_argument(
        "--abstain-cost", type=float, help="cost of giving no verdict (default: always give one)"
    )
    parser.add_argument(
        "--false-alarm", type=float, default=10.0, help="cost of accepting a spoof (default 10)"
    )


def run(options: argparse.Namespace) -> int:
    """Fit on dev and write the decision, which `spoofjax evaluate` then applies to all splits."""
    from spoofjax.errors import RunError
    from spoofjax.evaluation.decision import calibrated
    from spoofjax.evaluation.metrics import Costs
    from spoofjax.evaluation.rule import Rule
    from spoofjax.files import write_json
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.scores import read_split

    costs = Costs(options.p_spoof, options.miss, options.false_alarm)
    run = RunFolder(options.folder).require()
    metrics = run.split_metrics("dev")
    if not metrics.is_file():
        raise RunError(f"{run.path} has no dev scores: `spoofjax evaluate {run.path}` first.")
    scores, keys = read_split(run, run.read_metrics("dev")["corpus"], "dev")
    decision = run.read_decision()
    decision = calibrated(decision, scores.score, keys.label, costs, options.abstain_cost)
    write_json(run.decision, decision)
    print(*_lines(decision, scores.score, keys.label, costs), sep="\n")
    print(f"verdicts: {Rule.of(decision)}")
    print(f"`spoofjax evaluate {run.path}` applies it to the other splits.")
    return 0


def _lines(
    decision: Mapping[str, Any], scores: np.ndarray, labels: np.ndarray, costs: Costs
) -> list[str]:
    """Return what the calibration is and how good it is on the scores it was fitted on."""
    from spoofjax.evaluation.calibration import Affine
    from spoofjax.evaluation.metrics import act_dcf, cllr, min_cllr, min_dcf

    calibration, abstain = Affine.from_json(decision["calibration"]), decision["abstain"]
    bonafide, spoof = calibration(scores[labels == 1]), calibration(scores[labels == 0])
    lines = [f"warning: {text}" for text in calibration.warnings]
    lines += [
        f"llr = {calibration.scale[0]:.6g} * score {calibration.offset:+.6g}; "
        f"threshold {decision['threshold']:.6g}",
        f"dev actDCF {act_dcf(bonafide, spoof, costs):.4f} "
        f"(minDCF {min_dcf(bonafide, spoof, costs):.4f}), "
        f"Cllr {cllr(bonafide, spoof):.4f} bits (min {min_cllr(bonafide, spoof):.4f})",
    ]
    if abstain is not None:
        lines.append(f"no verdict from {abstain[0]:.6g} up to {abstain[1]:.6g}")
    return lines
