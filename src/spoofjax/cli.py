"""The `spoofjax` command: parse, load, call one function. Heavy imports wait until they are needed.

Exit status: 0 done, 1 bad input, 2 usage, 3 some files failed, 75 stopped by the scheduler with a
checkpoint, 76 a process of the run was lost or nothing moved (after both: --resume).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from spoofjax.errors import ConfigError, SpoofjaxError

EPILOG = """examples:
  spoofjax train configs/cnn_lstm.py
  spoofjax train configs/cnn_lstm.py --data.root /corpora/ASVspoof5 --optimizer.learning-rate 3e-4
  spoofjax evaluate runs/my-run
  spoofjax score runs/my-run recordings/ --json

exit status: 0 done, 1 bad input, 2 usage, 3 some files failed; and of training:
75 stopped by SIGTERM after writing a checkpoint, 76 a process was lost or nothing moved
(start the run again with --resume after both)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = build_parser()
    options, rest = parser.parse_known_args(argv)
    if rest and not getattr(options, "takes_overrides", False):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.overrides = rest
    try:
        return options.run(options) or 0
    except SpoofjaxError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="spoofjax",
        description="Train, evaluate and use detectors of spoofed speech.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run, summary: str, **more) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=summary, description=summary, allow_abbrev=False, **more
        )
        sub.set_defaults(run=run)
        return sub

    sub = command(
        "train",
        train,
        "Train, evaluate and report the experiment of a configuration file.",
        epilog="Every field of the experiment is an option too, e.g. --data.root DIR, "
        "--optimizer.learning-rate 3e-4, --steps 500; `spoofjax train CONFIG --help` lists them.",
        add_help=False,
    )
    sub.add_argument("-h", "--help", action="store_true", help="this, and the experiment's options")
    sub.add_argument("config", nargs="?", type=Path, help="a configs/*.py file")
    sub.add_argument("--out", type=Path, help="run folder (default runs/CONFIG-DATE-TIME)")
    sub.add_argument("--resume", action="store_true", help="continue the run in --out, if any")
    sub.add_argument(
        "--dry-run", action="store_true", help="read one batch, show the figures, and stop"
    )
    sub.add_argument("--quiet", action="store_true", help="no progress, only the result")
    sub.add_argument(
        "--seeds", type=int, metavar="N", help="train N seeds in OUT/seed-1 ... and summarise them"
    )
    hosts = sub.add_argument_group(
        "several processes (found without these under Slurm and Open MPI; see docs/cluster.md)"
    )
    hosts.add_argument("--coordinator", metavar="HOST:PORT", help="where process 0 listens")
    hosts.add_argument("--processes", type=int, metavar="N", help="how many processes there are")
    hosts.add_argument("--process", type=int, metavar="I", help="this one, from 0")
    sub.set_defaults(takes_overrides=True, parser=sub)

    sub = command("evaluate", evaluate, "Score labelled splits with a run's best checkpoint.")
    sub.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    sub.add_argument(
        "--split",
        action="append",
        choices=("train", "dev", "eval"),
        help="which split (repeatable; default dev and eval)",
    )
    sub.set_defaults(takes_overrides=True)
    sub.epilog = "--data.root DIR and the other fields of the corpus evaluate on another one."

    sub = command("score", score, "Score audio files with a trained detector.")
    sub.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    sub.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="audio files or folders")
    sub.add_argument("--json", action="store_true", help="one JSON object per file on stdout")
    sub.add_argument(
        "--prior", type=float, default=0.5, help="P(bona fide) before listening (default 0.5)"
    )
    sub.add_argument("--threads", type=int, help="threads that read and compute features")

    sub = command("features", features, "Write the features of one audio file as a .npy array.")
    sub.add_argument("file", type=Path, help="an audio file")
    sub.add_argument("--out", type=Path, required=True, help="the .npy file to write")
    sub.add_argument("--config", type=Path, help="take the front end of this configuration")
    sub.add_argument("--plot", type=Path, help="also draw a picture (.png)")

    sub = command("export", export, "Write a run's detector as safetensors, JSON and StableHLO.")
    sub.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    sub.add_argument("--out", type=Path, required=True, help="the folder to write")
    sub.set_defaults(takes_overrides=True)
    sub.epilog = "--data.root DIR says where the corpus lies now, for the check on 8 utterances."

    sub = command(
        "pack",
        pack,
        "Decode a corpus once into shards that training reads many times faster than FLAC.",
    )
    sub.add_argument(
        "corpus", type=Path, metavar="CORPUS", help="a configs/*.py file or an ASVspoof 5 folder"
    )
    sub.add_argument("--out", type=Path, required=True, help="the folder to write or go on with")
    sub.add_argument("--format", choices=("arrayrecord", "npy"), default="arrayrecord")
    sub.add_argument(
        "--split", action="append", choices=("train", "dev", "eval"), help="repeatable; default all"
    )
    sub.add_argument("--rate", type=int, help="samples per second (default the configuration's)")
    sub.add_argument("--resample", action="store_true", help="bring files of other rates to it")
    sub.add_argument(
        "--on-error", choices=("stop", "skip"), default="stop", help="unreadable files"
    )
    sub.add_argument("--shard-rows", type=int, default=1024, help="utterances per shard")
    sub.add_argument("--shard-index", type=int, default=0, help="this job of an array, from 0")
    sub.add_argument("--shard-count", type=int, default=1, help="jobs in the array")
    sub.add_argument("--threads", type=int, help="threads that decode (default one per core)")
    sub.add_argument("--verify", action="store_true", help="compare checksums; mend what differs")
    sub.add_argument("--quiet", action="store_true", help="no progress, only the result")
    sub.set_defaults(takes_overrides=True)

    sub = command("info", info, "Show versions, devices and the SIMD level in use.")
    sub.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def train(options: argparse.Namespace) -> int:
    """Train one experiment: the main job."""
    from spoofjax import config_files

    if options.help or options.config is None:
        options.parser.print_help(sys.stdout if options.help else sys.stderr)
        if options.help and options.config is not None:
            print()
            config_files.load_config(options.config, ["--help"])
        return 0 if options.help else 2
    experiment = config_files.load_config(options.config, options.overrides)
    from spoofjax.training import hosts

    place = hosts.find(os.environ, options.coordinator, options.processes, options.process)
    if place is not None and options.out is None:
        raise ConfigError("A run of several processes needs --out, a folder that all of them see.")
    out = options.out or default_out(options.config)
    # Corpus and folder are checked before jax is imported, so that a mistake is told at once.
    from spoofjax.corpora.splits import training_splits
    from spoofjax.training.run_folder import RunFolder

    manifests = training_splits(experiment.data)
    if place is None and options.seeds is None:
        RunFolder(out).check(experiment, options.resume)
    from spoofjax.training.compilation import use_compilation_cache

    use_compilation_cache()
    if options.dry_run:
        from spoofjax.training.dry_run import dry_run

        print(dry_run(experiment, manifests))
        return 0
    with hosts.joined(place, experiment.parallel):
        first = hosts.is_first()
        if first:
            print(f"run folder: {out}", file=sys.stderr)
        text = _train(experiment, manifests, out, options)
        if first:
            print(f"{text}\nrun folder: {out}", flush=True)
    return 0


def _train(experiment, manifests, out: Path, options: argparse.Namespace) -> str:
    """Train one run or several seeds; return the summary to print."""
    how = {"resume": options.resume, "quiet": options.quiet}
    if options.seeds is not None:
        from spoofjax.training.seeds import summary_lines, train_seeds

        return summary_lines(train_seeds(experiment, manifests, out, options.seeds, **how))
    from spoofjax.evaluation.report import summary_lines
    from spoofjax.training.loop import train as run

    return summary_lines(run(experiment, manifests, out, **how))


def default_out(config: Path) -> Path:
    """Return runs/<config>-<date>-<time>."""
    return Path("runs") / f"{config.stem}-{time.strftime('%Y%m%d-%H%M%S')}"


def evaluate(options: argparse.Namespace) -> int:
    """Evaluate a run on labelled splits."""
    from spoofjax import config_files
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.training.run_folder import RunFolder

    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax evaluate RUN"
    )
    manifests = chosen_splits(experiment.data, options.split)
    from spoofjax.training.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.evaluation.report import summary_lines
    from spoofjax.training.evaluate import evaluate_best

    print(summary_lines(evaluate_best(run, experiment, manifests)))
    return 0


def score(options: argparse.Namespace) -> int:
    """Score files; 3 where some of them could not be read."""
    from spoofjax.corpora.files import find_audio
    from spoofjax.training.run_folder import RunFolder

    RunFolder(options.folder).experiment()  # before jax is imported, so that mistakes show at once
    files = find_audio(options.paths)
    from spoofjax.training.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.scoring import score_files, to_line

    detector = Detector.load(options.folder)
    failed = 0
    for row in score_files(detector, files, options.prior, options.threads):
        failed += row.error is not None
        print(row.to_json() if options.json else to_line(row), flush=True)
    return 3 if failed else 0


def features(options: argparse.Namespace) -> int:
    """Compute the features of one file."""
    import numpy as np

    from spoofjax.audio.reading import read
    from spoofjax.features.front_end import LogLinear

    if options.config is None:
        front_end = LogLinear()
    else:
        from spoofjax.config_files import load_config

        front_end = load_config(options.config).front_end
    matrix = front_end(read(options.file, front_end.rate))
    if options.out.suffix != ".npy":
        raise SpoofjaxError(f"--out must name a .npy file, not {options.out}.")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(options.out, matrix)
    if options.plot:
        from spoofjax.features.picture import draw

        draw(matrix, front_end, options.plot)
    print(f"{options.out}: {matrix.shape[0]} frames x {matrix.shape[-1]} coefficients, float32")
    return 0


def export(options: argparse.Namespace) -> int:
    """Export a run's best checkpoint."""
    from spoofjax import config_files
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.training.compilation import use_compilation_cache
    from spoofjax.training.run_folder import RunFolder

    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax export RUN"
    )
    manifests = chosen_splits(experiment.data, None)
    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.export import CHECKED_UTTERANCES, export_run

    manifest = next(iter(manifests.values()))
    files = [manifest.path(row) for row in range(min(CHECKED_UTTERANCES, len(manifest)))]
    facts = export_run(Detector.load(options.folder), options.folder, files, options.out)
    print(
        f"{options.out}: checked on {facts['checked_utterances']} utterances, "
        f"largest difference {facts['largest_difference']:.1e}"
    )
    return 0


def pack(options: argparse.Namespace) -> int:
    """Pack a corpus; 3 where some files could not be read."""
    from spoofjax.corpora.packing_command import run

    return run(options)


def info(options: argparse.Namespace) -> int:
    """Show what this installation is made of."""
    import json

    from spoofjax.information import as_text, collect

    found = collect()
    print(json.dumps(found) if options.json else as_text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
