"""`spoofjax calibrate`: fit a run's calibration, with which decisions follow from costs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoofjax.commands.calibrate_clips import add_clips, calibrate_on_clips
from spoofjax.commands.pooling import add_pooling, with_pooling

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.evaluation.metrics import Costs
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.results import Results

SUMMARY = "Fit the calibration of a run on labelled scores; its threshold then follows from costs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "--on",
        metavar="NAME|DIR",
        help="fit on the scores of another corpus, a folder of RUN/elsewhere such as calls.eval, "
        "instead of the run's own dev scores; or adapt the run's own calibration to a few clips of "
        "another channel, the audio files of a folder; the decision stays unless --set-decision is "
        "given",
    )
    add_clips(parser)
    parser.add_argument(
        "--set-decision",
        action="store_true",
        help="with --on: make this calibration the run's decision",
    )
    parser.add_argument(
        "--p-spoof", type=float, default=0.05, help="probability of a spoof in use (default 0.05)"
    )
    miss = parser.add_mutually_exclusive_group()
    miss.add_argument(
        "--miss", type=float, default=1.0, help="cost of rejecting bona fide (default 1)"
    )
    miss.add_argument(
        "--rejected",
        type=float,
        metavar="SHARE",
        help="the cost of rejecting bona fide at which this share of it, such as 0.05, is rejected",
    )
    parser.add_argument(
        "--abstain-cost", type=float, help="cost of giving no verdict (default: always give one)"
    )
    parser.add_argument(
        "--false-alarm", type=float, default=10.0, help="cost of accepting a spoof (default 10)"
    )
    add_pooling(parser)


def run(options: argparse.Namespace) -> int:
    """Fit and write the decision, which `spoofjax evaluate` then applies to all splits."""
    from spoofjax.errors import ConfigError, printable
    from spoofjax.evaluation.calibration import fit
    from spoofjax.evaluation.decision import costs_rejecting, with_calibration
    from spoofjax.evaluation.metrics import Costs
    from spoofjax.evaluation.rule import Rule
    from spoofjax.files import write_json
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.scores import read_labelled

    if options.set_decision and options.on is None:
        raise ConfigError("--set-decision goes with --on: without it the decision is always set.")
    costs = Costs(options.p_spoof, options.miss, options.false_alarm)
    run = RunFolder(options.folder).require()
    if options.on is not None and _names_clips(run, options.on):
        return calibrate_on_clips(run, Path(options.on), costs, options)
    if not (options.labels is options.bonafide_share is None):
        raise ConfigError("--labels and --bonafide-share go with --on DIR, a folder of clips.")
    place = _own_dev(run) if options.on is None else _elsewhere(run, options.on)
    scores, keys = read_labelled(place.scores, place.key)
    calibration = fit(scores.score, keys.label)
    if options.rejected is not None:
        bonafide = scores.score[keys.label == 1]
        costs = costs_rejecting(calibration, bonafide, options.rejected, costs)
    decision = with_calibration(
        run.read_decision(), calibration, costs, options.abstain_cost, place.chosen_on
    )
    print(*map(printable, _lines(place.title, decision, scores.score, keys.label, costs)), sep="\n")
    print(printable(f"verdicts: {Rule.of(decision)}"), flush=True)
    if place.is_own or options.set_decision:
        decision = with_pooling(decision, run, place, scores.score, keys, options)
        write_json(run.decision, decision)
        print(printable(f"`spoofjax evaluate {run.path}` applies it to the other splits."))
    else:
        print("The run's decision stays as it is; --set-decision replaces it by this one.")
    return 0


def _names_clips(run: RunFolder, name: str) -> bool:
    """Whether a name is that of a folder of clips, and not of results in RUN/elsewhere."""
    from spoofjax.runs.results import all_elsewhere

    return Path(name).is_dir() and all(name != place.folder.name for place in all_elsewhere(run))


def _own_dev(run: RunFolder) -> Results:
    """Return the run's own results on dev. Raises RunError where it has none."""
    from spoofjax.errors import RunError
    from spoofjax.runs.results import own_results

    if not run.split_metrics("dev").is_file():
        if run.imported.is_file():
            raise RunError(
                f"{run.path} was imported and has no dev scores of its own: `spoofjax evaluate "
                f"{run.path} --corpus PATH`, then `spoofjax calibrate {run.path} --on NAME "
                "--set-decision`, where NAME is the folder that evaluate names."
            )
        raise RunError(f"{run.path} has no dev scores: `spoofjax evaluate {run.path}` first.")
    return own_results(run, run.read_metrics("dev")["corpus"], "dev")


def _elsewhere(run: RunFolder, name: str) -> Results:
    """Return the results in the folder `name` of RUN/elsewhere. Raises RunError."""
    from spoofjax.errors import RunError, nearest
    from spoofjax.runs.results import all_elsewhere

    places = {place.folder.name: place for place in all_elsewhere(run)}
    if name not in places:
        raise RunError(
            f"{run.elsewhere} has no results {name!r}.{nearest(name, places)} There are: "
            f"{', '.join(places) or 'none'}. `spoofjax evaluate {run.path} --corpus PATH` makes "
            "them. Nor is there a folder of clips of that name."
        )
    return places[name]


def _lines(
    title: str,
    decision: Mapping[str, Any],
    scores: np.ndarray,
    labels: np.ndarray,
    costs: Costs,
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
        f"{title}: actDCF {act_dcf(bonafide, spoof, costs):.4f} "
        f"(minDCF {min_dcf(bonafide, spoof, costs):.4f}), "
        f"Cllr {cllr(bonafide, spoof):.4f} bits (min {min_cllr(bonafide, spoof):.4f})",
        f"{100 * float((bonafide < costs.threshold).mean()):.1f} % of bona fide are rejected, "
        f"{100 * float((spoof >= costs.threshold).mean()):.1f} % of spoofs accepted",
    ]
    if abstain is not None:
        lines.append(f"no verdict from {abstain[0]:.6g} up to {abstain[1]:.6g}")
    return lines
