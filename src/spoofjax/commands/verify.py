"""`spoofjax verify`: voice authentication with a countermeasure and speaker verification."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoofjax.commands.encoder_options import add_encoder, load_encoder

if TYPE_CHECKING:
    from spoofjax.deployment.speaker_encoder import SpeakerEncoder

SUMMARY = "Accept a speaker, or reject as impostor or spoof, by the scores of two systems."
COSTS = {
    "p-target": "prior of target trials",
    "p-nontarget": "prior of nontarget trials",
    "p-spoof": "prior of spoofed trials",
    "miss": "cost of rejecting a target",
    "false-alarm": "cost of accepting a nontarget",
    "false-alarm-spoof": "cost of accepting a spoof",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions of this command and their options."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    fit = actions.add_parser("fit", help="calibrate both systems on dev trials")
    _add_trials(fit, needs_keys=True)
    fit.add_argument("--out", type=Path, required=True, help="the file to write (JSON)")
    for name, meaning in COSTS.items():
        fit.add_argument(f"--{name}", type=float, help=f"{meaning} (default: that of ASVspoof 5)")
    trials = actions.add_parser("trials", help="decide about a file of trials")
    _add_verifier(trials)
    _add_trials(trials, needs_keys=False)
    trials.add_argument("--out", type=Path, help="write every trial with its decision (TAB)")
    file = actions.add_parser("file", help="decide about one recording")
    file.add_argument("folder", type=Path, metavar="RUN", help="a run folder or an export")
    file.add_argument("file", type=Path, metavar="FILE", help="an audio file")
    _add_verifier(file)
    file.add_argument("--asv-score", type=float, help="speaker verification's score of the file")
    speaker = file.add_argument_group("a speaker encoder, instead of --asv-score")
    add_encoder(speaker)
    speaker.add_argument(
        "--enrol", type=Path, nargs="+", metavar="FILE", help="recordings of the claimed speaker"
    )
    score = actions.add_parser("score", help="score the claims of trials by a speaker encoder")
    help = "trials with the columns spk and filename; others, such as cm-score, are copied"
    score.add_argument("--trials", type=Path, required=True, metavar="FILE", help=help)
    help = "each speaker and the files of that speaker, separated by commas"
    score.add_argument("--enrolment", type=Path, required=True, metavar="FILE", help=help)
    help = "the folder of the audio files"
    score.add_argument("--audio", type=Path, required=True, metavar="DIR", help=help)
    add_encoder(score, is_required=True)
    help = "the trials with the column asv-score (TAB)"
    score.add_argument("--out", type=Path, required=True, help=help)
    for action in (fit, trials, file, score):
        action.add_argument("--json", action="store_true", help="print one JSON object")


def _add_trials(parser: argparse.ArgumentParser, *, needs_keys: bool) -> None:
    help = "trials with the columns spk, filename, cm-score and asv-score"
    parser.add_argument("--scores", type=Path, required=True, help=help)
    help = "the kind of each trial: target, nontarget or spoof"
    parser.add_argument("--keys", type=Path, required=needs_keys, help=help)


def _add_verifier(parser: argparse.ArgumentParser) -> None:
    help = "what `spoofjax verify fit` wrote"
    parser.add_argument("--verifier", type=Path, required=True, metavar="FILE", help=help)


def run(options: argparse.Namespace) -> int:
    """Carry out one action."""
    actions = {"fit": _fit, "trials": _trials, "file": _file, "score": _score}
    return actions[options.action](options)


def _fit(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from spoofjax.evaluation.sasv import read_sasv
    from spoofjax.evaluation.tandem import TandemCosts
    from spoofjax.evaluation.verification import Verifier

    given = {name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name in COSTS}
    costs = replace(TandemCosts(), **{k: v for k, v in given.items() if v is not None})
    trials = read_sasv(options.scores, options.keys)
    verifier = Verifier.fit(trials, costs)
    verifier.write(options.out)
    results = {**verifier.evaluated(trials), "verifier": str(options.out)}
    _print(results, options.json)
    for system, calibration in (("cm", verifier.cm), ("asv", verifier.asv)):
        for warning in calibration.warnings:
            print(f"note: the calibration of {system}: {warning}", file=sys.stderr)
    return 0


def _trials(options: argparse.Namespace) -> int:
    from spoofjax.evaluation.sasv import read_sasv
    from spoofjax.evaluation.verification import (
        DECISIONS,
        Verifier,
        decided,
        write_decisions,
    )

    verifier = Verifier.read(options.verifier)
    rows = decided(verifier, options.scores)
    if options.out:
        write_decisions(rows, options.out)
    results: dict[str, Any] = {"threshold": verifier.threshold, "trials": len(rows)}
    decisions = [row.decision for row in rows]
    results["decisions"] = {name: decisions.count(name) for name in DECISIONS}
    if options.keys:
        results |= verifier.evaluated(read_sasv(options.scores, options.keys))
    _print(results, options.json)
    return 0


def _file(options: argparse.Namespace) -> int:
    import json

    from spoofjax.evaluation.rule import Rule
    from spoofjax.evaluation.verification import Verifier
    from spoofjax.runs.folder import RunFolder

    # Wrong options, a wrong folder and wrong files are reported before jax is imported.
    encoder = _encoder(options)
    RunFolder(options.folder).experiment()
    verifier = Verifier.read(options.verifier)
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.row import to_line
    from spoofjax.deployment.scoring import score_files

    detector = Detector.load(options.folder)
    [row] = score_files(detector, [options.file], Rule.of(detector.decision))
    if row.score is None or not row.is_judged:
        print(to_line(row), file=sys.stderr)
        return 3
    asv_score = options.asv_score if encoder is None else _compared(encoder, options)
    answer = verifier.answer(row.score, asv_score)
    answer = {"file": row.file, **answer}
    if options.json:
        print(json.dumps(answer))
    else:
        print(
            f"{to_line(row)}\nspeaker verification's score {asv_score:+.3f}\n"
            f"{answer['decision']}: joint LLR {answer['joint_llr']:+.3f}, accepted "
            f"from {answer['threshold']:+.3f}"
        )
    return 0


def _encoder(options: argparse.Namespace) -> SpeakerEncoder | None:
    """Return the speaker encoder, or None where a score was given. Raises ConfigError."""
    from spoofjax.errors import ConfigError

    if (options.asv_score is None) == (options.encoder is None):
        raise ConfigError("Give either --asv-score, or --encoder with --enrol.")
    if (options.enrol is None) != (options.encoder is None):
        raise ConfigError("--encoder and --enrol are needed together.")
    return load_encoder(options)


def _compared(encoder: SpeakerEncoder, options: argparse.Namespace) -> float:
    """Return the score of the test file by a speaker encoder; say where it hears less than all."""
    from spoofjax.deployment.speaker_encoder import MOST_SECONDS, speaker_score
    from spoofjax.errors import printable

    enrolments = [encoder.enrol_file(path) for path in options.enrol]
    test = encoder.embed_file(options.file)
    for path, (_, origin) in zip([*options.enrol, options.file], [*enrolments, test], strict=True):
        if (origin.seconds or 0) > MOST_SECONDS:
            text = f"note: the speaker of {path} is judged by the first {MOST_SECONDS} s."
            print(printable(text), file=sys.stderr)
    return speaker_score(test[0], [embedding for embedding, _ in enrolments])


def _score(options: argparse.Namespace) -> int:
    from spoofjax.commands.progress import progress_on_terminal
    from spoofjax.deployment.speaker_trials import write_speaker_scores

    encoder = load_encoder(options)
    assert encoder is not None
    paths = options.trials, options.enrolment, options.audio, options.out
    count = write_speaker_scores(encoder, *paths, progress=progress_on_terminal())
    _print({"trials": count, "scores": str(options.out)}, options.json)
    return 0


def _print(results: dict[str, Any], is_json: bool) -> None:
    import json

    if is_json:
        print(json.dumps(results))
        return
    for name, value in results.items():
        if isinstance(value, dict):
            counts = ", ".join(f"{count:,} {decision}" for decision, count in value.items())
            print(f"{name:24} {counts}")
        else:
            print(f"{name:24} {value:.6g}" if isinstance(value, float) else f"{name:24} {value}")
