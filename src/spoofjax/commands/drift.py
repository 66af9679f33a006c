"""`spoofjax drift`: whether files are like what a run was trained on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.progress import announce
from spoofjax.errors import ConfigError, printable

if TYPE_CHECKING:
    from spoofjax.corpora.manifest import Manifest
    from spoofjax.deployment.detector import Detector
    from spoofjax.guards.drift import Comparison, Drift
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.heard import Heard

SUMMARY = "Say whether files are like what a run was trained on, and what differs."
MOST = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a finished run")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="audio files, or folders of them"
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        metavar="PATH",
        help="instead of files: a Python file that defines `data` or `config`, a table, a "
        "protocol, or a folder",
    )
    parser.add_argument("--split", default="eval", help="the split of --corpus (default eval)")
    parser.add_argument(
        "--most",
        type=int,
        default=MOST,
        metavar="N",
        help=f"look at no more than N of the files, drawn evenly (default {MOST:,})",
    )
    parser.add_argument("--out", type=Path, help="write the distances of every file as TSV")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "Without files, only what the run heard is measured and kept in RUN, for machines without "
        "its corpus. Options such as --data.root DIR say where that corpus is now."
    )


def run(options: argparse.Namespace) -> int:
    """Compare; 3 where some files could not be read."""
    import json

    announce(f"measuring for {options.folder}")
    if options.files and options.corpus is not None:
        raise ConfigError("Name either files or --corpus, not both.")
    if options.most < 1:
        raise ConfigError(f"--most must be 1 or more, not {options.most}.")
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.runs.folder import RunFolder

    run_folder = RunFolder(options.folder).require()
    manifest = _manifest(options)
    use_compilation_cache()
    from spoofjax.deployment.detector import Detector

    detector = Detector.load(run_folder.path)
    detector.require_audio()
    heard = _heard(run_folder, detector, options)
    if manifest is None:
        print(printable(f"{run_folder.heard}: {len(heard.train_traits)} utterances of train"))
        return 0
    from spoofjax.errors import AudioError
    from spoofjax.guards.drift import drift_of
    from spoofjax.guards.heard import measured

    files = measured(detector, manifest)
    if not len(files.rows):
        raise AudioError(f"None of the {len(manifest)} files can be read.")
    drift = drift_of(heard, files, detector.experiment.front_end.rate)
    if options.out is not None:
        _write(options.out, manifest.take(files.rows), drift)
    unreadable = len(manifest) - len(files.rows)
    if options.json:
        print(json.dumps({"files": len(files.rows), "unreadable": unreadable, **drift.to_json()}))
    else:
        print(*map(printable, _lines(drift, len(files.rows))), sep="\n")
    if unreadable:
        print(f"{unreadable} files cannot be read and are left out", file=sys.stderr)
    return 3 if unreadable else 0


def _manifest(options: argparse.Namespace) -> Manifest | None:
    """Return the utterances to compare; None where none are named."""
    import numpy as np

    from spoofjax.corpora.audio_files import find_audio
    from spoofjax.corpora.file_table import Files
    from spoofjax.corpora.manifest import UNKNOWN, Manifest
    from spoofjax.guards.material import spread

    if options.corpus is not None:
        from spoofjax.corpora.opening import open_corpus

        corpus, _ = open_corpus(options.corpus, options.split)
        manifest = corpus.manifest(options.split)
    elif options.files:
        paths = np.array([str(path) for path in find_audio(options.files)])
        label = np.full(len(paths), UNKNOWN)
        manifest = Manifest.of("files", paths, label, Files.under("", paths))
    else:
        return None
    return manifest.take(spread(len(manifest), options.most))


def _heard(run: RunFolder, detector: Detector, options: argparse.Namespace) -> Heard:
    """Return what the run heard: as it was kept, or measured now on its corpus and kept."""
    from spoofjax import config_files
    from spoofjax.guards.heard import heard_by
    from spoofjax.runs.heard import read_heard, write_heard
    from spoofjax.runs.own_corpus import expected_where_it_was

    heard = read_heard(run.heard)
    if heard is not None and heard.fingerprint == detector.fingerprint:
        return heard
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax drift RUN"
    )
    with expected_where_it_was(run):
        heard = heard_by(detector, experiment.data)
    write_heard(run.heard, heard)
    return heard


def _lines(drift: Drift, files: int) -> list[str]:
    word = "unlike" if drift.is_unlike else "like"
    lines = [f"{files:,} files, {word} what the run was trained on"]
    lines.append(f"  sound      {_figures(drift.sound)}")
    if drift.embedding is not None:
        lines.append(f"  embedding  {_figures(drift.embedding)}")
    if drift.probe_auroc is not None:
        lines.append(f"  a probe on sound tells them from dev with AUROC {drift.probe_auroc:.2f}")
    return lines + [f"  {text}" for text in drift.differences]


def _figures(part: Comparison) -> str:
    return (
        f"{part.beyond:.0%} farther from train than 95 % of dev; AUROC of the distance against dev "
        f"{part.auroc:.2f}"
    )


def _write(path: Path, manifest: Manifest, drift: Drift) -> None:
    """Write id, distances and whether one of them is beyond its limit, one file a line."""
    from spoofjax.files import write_text

    parts = {"sound": drift.sound, "embedding": drift.embedding}
    columns = {name: part for name, part in parts.items() if part is not None}
    lines = ["\t".join(["id", *columns, "beyond"])]
    for row, name in enumerate(manifest.keys().tolist()):
        distances = [part.distances[row] for part in columns.values()]
        is_beyond = any(part.distances[row] > part.limit for part in columns.values())
        lines.append("\t".join([name, *(f"{d:.4f}" for d in distances), str(int(is_beyond))]))
    write_text(path, "\n".join(lines) + "\n")
