"""`spoofjax calibrate RUN --on DIR`: a calibration for the channel of a few clips."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spoofjax.commands.progress import announce

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.corpora.manifest import Manifest
    from spoofjax.evaluation.calibration import Affine
    from spoofjax.evaluation.metrics import Costs
    from spoofjax.runs.folder import RunFolder

SHARES = (0.25, 0.75)
"""Other shares of bona fide clips, for which the shift is shown, too."""


def add_clips(parser: argparse.ArgumentParser) -> None:
    """Declare the options of clips."""
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="with --on DIR: a table with the columns file and label (default: folders such as "
        "DIR/bonafide and DIR/spoof; without them, the clips have no labels)",
    )
    parser.add_argument(
        "--bonafide-share",
        type=float,
        metavar="P",
        help="the share of clips without labels that is bona fide (default 0.5)",
    )


class Clips(NamedTuple):
    """The clips of a folder that could be read."""

    folder: Path
    scores: np.ndarray
    """float64 (clips,): raw scores."""
    labels: np.ndarray
    """int8 (clips,): 1 bona fide, 0 spoof, -1 unknown."""
    unreadable: int

    @property
    def are_labelled(self) -> bool:
        """Whether the clips have labels."""
        return bool((self.labels >= 0).all())

    @property
    def chosen_on(self) -> dict[str, str]:
        """What a decision that is chosen on these clips records of them."""
        name = self.folder.resolve().name
        kind = "clips" if self.are_labelled else "clips without labels"
        return {"corpus": name, "chosen_on": f"{len(self.scores)} {kind} of {name}"}


def calibrate_on_clips(
    run: RunFolder, folder: Path, costs: Costs, options: argparse.Namespace
) -> int:
    """Change the run's own calibration by what the clips tell; return 3 if some are unreadable."""
    from spoofjax.corpora.own_data.clips import clips_in
    from spoofjax.errors import ConfigError, printable
    from spoofjax.evaluation.decision import costs_rejecting, with_calibration
    from spoofjax.evaluation.rule import Rule
    from spoofjax.files import write_json

    if options.overrides:
        raise ConfigError(f"{' '.join(options.overrides)}: --on DIR takes no such options.")
    manifest = clips_in(folder, options.labels)
    if manifest.labelled and options.bonafide_share is not None:
        raise ConfigError("--bonafide-share is for clips without labels, and these have some.")
    if options.rejected is not None and not manifest.labelled:
        raise ConfigError("--rejected needs clips with labels, and these have none.")
    own = _own_calibration(run, needs_dev=not manifest.labelled)
    clips = _heard(run, folder, manifest)
    if clips.are_labelled:
        calibration = _by_labels(own, clips, costs)
    else:
        share = 0.5 if options.bonafide_share is None else options.bonafide_share
        calibration = _by_shift(own, clips, share)
    if options.rejected is not None:
        bonafide = clips.scores[clips.labels == 1]
        costs = costs_rejecting(calibration, bonafide, options.rejected, costs)
    decision = with_calibration(
        run.read_decision(), calibration, costs, options.abstain_cost, clips.chosen_on
    )
    print(f"llr = {calibration.scale[0]:.6g} * score {calibration.offset:+.6g}; ", end="")
    print(f"threshold {decision['threshold']:.6g}")
    print(printable(f"verdicts: {Rule.of(decision)}"), flush=True)
    if options.set_decision:
        # The calibration of recordings joined from dev is void with that of dev.
        decision.pop("recordings", None)
        if options.pooling is not None:
            decision["pooling"] = options.pooling
        write_json(run.decision, decision)
        print(printable(f"`spoofjax evaluate {run.path}` applies it to all splits."))
    else:
        print("The run's decision stays as it is; --set-decision replaces it by this one.")
    return 3 if clips.unreadable else 0


class Own(NamedTuple):
    """A run's own calibration, and the dev scores and labels it comes from, where it has them."""

    calibration: Affine
    scores: Any = None
    labels: Any = None


def _own_calibration(run: RunFolder, *, needs_dev: bool) -> Own:
    """Return the calibration on the run's own dev split, else that of its decision."""
    from spoofjax.errors import RunError
    from spoofjax.evaluation.calibration import Affine, fit
    from spoofjax.runs.results import own_results
    from spoofjax.runs.scores import read_labelled

    if run.split_metrics("dev").is_file():
        dev = own_results(run, run.read_metrics("dev")["corpus"], "dev")
        scores, keys = read_labelled(dev.scores, dev.key)
        return Own(fit(scores.score, keys.label), scores.score, keys.label)
    calibration = run.read_decision()["calibration"]
    if needs_dev or calibration is None:
        lacks = "dev scores" if needs_dev else "neither dev scores nor a calibration"
        raise RunError(
            f"{run.path} has {lacks} of its own, which clips could change. Evaluate and calibrate "
            "it on a labelled corpus first."
        )
    return Own(Affine.from_json(calibration))


def _heard(run: RunFolder, folder: Path, manifest: Manifest) -> Clips:
    """Score the clips as evaluation does. Raises AudioError if none of them can be read."""
    import numpy as np

    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.errors import AudioError, printable

    announce(f"listening to {len(manifest)} clips")
    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.manifest_outputs import manifest_outputs

    detector = Detector.load(run.path)
    detector.require_audio()
    scores = manifest_outputs(detector, manifest).scores
    is_read = np.isfinite(scores)
    if not is_read.any():
        raise AudioError(f"None of the {len(manifest)} clips of {folder} can be read.")
    for name in manifest.ids[~is_read].tolist():
        print(printable(f"left out, since it cannot be read: {name}"), file=sys.stderr)
    return Clips(folder, scores[is_read], manifest.label[is_read], int((~is_read).sum()))


def _by_labels(own: Own, clips: Clips, costs: Costs) -> Affine:
    """Return the calibration adapted to labelled clips; print how much it gains on others."""
    from spoofjax.evaluation.adaptation import adapted, held_out_llr
    from spoofjax.evaluation.metrics import act_dcf, cllr, eer

    scores, labels = clips.scores, clips.labels
    held_out = held_out_llr(own.calibration, scores, labels)
    before, after = (
        (llr[labels == 1], llr[labels == 0]) for llr in (own.calibration(scores), held_out)
    )
    print(f"{len(scores)} clips: {len(after[0])} bona fide, {len(after[1])} spoof")
    print(
        f"each judged without itself: Cllr {cllr(*before):.4f} -> {cllr(*after):.4f} bits, actDCF "
        f"{act_dcf(*before, costs):.4f} -> {act_dcf(*after, costs):.4f}"
    )
    print(f"EER {100 * eer(*before)[0]:.1f} %, which no calibration changes")
    if cllr(*after) >= cllr(*before):
        print("warning: the clips give no reason to change the run's own calibration.")
    return adapted(own.calibration, scores, labels)


def _by_shift(own: Own, clips: Clips, share: float) -> Affine:
    """Return the calibration shifted as unlabelled clips suggest; print what that assumes."""
    from spoofjax.evaluation.unlabelled_shift import shifted

    def at(share: float) -> Affine:
        return shifted(own.calibration, clips.scores, own.scores, own.labels, share)

    result, offset = at(share), own.calibration.offset
    print(
        f"{len(clips.scores)} clips without labels, of which {share:.0%} are taken to be bona fide:"
        f" the LLR changes by {result.offset - offset:+.3f}"
    )
    low, high = (f"by {at(other).offset - offset:+.3f} if {other:.0%} were" for other in SHARES)
    print(
        f"warning: it would change {low}, and {high}. Only labels tell which share is right, and "
        "whether the change helps. The EER stays as it is."
    )
    return result
