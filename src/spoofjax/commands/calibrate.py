"""`spoofjax calibrate`: turn a run's scores into log-likelihood ratios, decided by costs."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Fit the calibration of a run on its dev scores; its threshold then follows from costs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("--p-spoof", type=float, default=0.05, help="P(spoof) in use")
    parser.add_argument("--miss", type=float, default=1.0, help="cost of rejecting bona fide")
    parser.add_argument(
        "--abstain-cost", type=float, help="cost of giving no verdict; default: always give one"
    )
    parser.add_argument("--false-alarm", type=float, default=10.0, help="cost of accepting a spoof")


def run(options: argparse.Namespace) -> int:
    """Fit on dev and write the decision; `spoofjax evaluate` then judges by it."""
    from spoofjax.evaluation.metrics import Costs
    from spoofjax.runs.calibrating import calibrate_run
    from spoofjax.runs.folder import RunFolder

    costs = Costs(options.p_spoof, options.miss, options.false_alarm)
    print(calibrate_run(RunFolder(options.folder), costs, options.abstain_cost))
    return 0
