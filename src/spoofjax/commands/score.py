"""`spoofjax score`: score audio files with a trained detector."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.explanations import Explanations, picture_path, require_files
from spoofjax.commands.judge import Judge, require_same, rule_of
from spoofjax.commands.progress import announce
from spoofjax.commands.run_argument import about_bundled, split_run
from spoofjax.commands.score_options import add_input, add_output, add_rule
from spoofjax.commands.scoring_progress import with_progress
from spoofjax.commands.share import find_share
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from spoofjax.deployment.listener import Source
    from spoofjax.deployment.parquet import ParquetRows
    from spoofjax.deployment.row import Row
    from spoofjax.deployment.row_file import Earlier, RowFile

SUMMARY = "Score audio files with a trained detector."
STANDARD_INPUT = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.usage = "%(prog)s [options] [RUN] FILE ..."
    add_input(parser)
    add_output(parser)
    add_rule(parser)


def run(options: argparse.Namespace) -> int:
    """Score files; return 3 where some of them could not be read or judged."""
    announce("loading the detector")
    from spoofjax.runs.folder import RunFolder

    named, paths = split_run(options.paths)
    if named is None:
        from spoofjax.deployment.bundled import FOLDER

        print(about_bundled(), file=sys.stderr)
        named = FOLDER
    # A wrong folder or option is reported before jax is imported.
    run_folder = RunFolder(named)
    run_folder.experiment()
    if not paths:
        raise ConfigError(f"Name the audio files or folders to score: spoofjax score {named} FILE.")
    if run_folder.decision.is_file():
        rule_of(run_folder.read_decision(), options)
    form = _form(options)
    if options.average < 1:
        raise ConfigError(f"--average must be 1 or more, not {options.average}.")
    if options.explain is not None:
        require_files(paths)
        if options.average > 1:
            raise ConfigError("--explain explains the score of one clip; leave out --average.")
    share = find_share(options.share)
    out = None if options.out is None else share.named(options.out)
    earlier = _earlier(options, out, form)
    sources = share.of(_sources(paths, options, run_folder.experiment().front_end.rate))
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.detector import Detector

    detector = replace(Detector.load(run_folder.path), views=options.average)
    detector.require_audio()
    if options.average > 1 and detector.step_samples is not None:
        raise ConfigError("This detector scores steps of time, too; leave out --average.")
    judge = Judge(detector, rule_of(detector.decision, options), options)
    if form == "text":
        print(f"rule: {judge.rule}\n{judge.heard}", file=sys.stderr)
    if earlier is not None and out is not None:
        require_same(earlier, judge, out)
        sources = _missing(sources, earlier, form)
    explanations = None if options.explain is None else Explanations(options.explain, judge)
    unjudged = 0
    with _rows_to(out, form, earlier, options) as rows:
        judged = with_progress(judge.rows(sources), len(sources), is_quiet=_is_quiet(options))
        for source, row in zip(sources, judged, strict=True):
            unjudged += not row.is_judged
            rows.add(row)
            if options.pictures is not None:
                _draw(row, options.pictures)
            if explanations is not None:
                explanations.add(source, row)
    return 3 if unjudged else 0


def _form(options: argparse.Namespace) -> str:
    """Return the form of the rows. Raises ConfigError where options contradict each other."""
    from spoofjax.deployment.formats import DELIMITERS, format_of

    stated = "jsonl" if options.json else options.format
    if options.json and options.format not in (None, "jsonl"):
        raise ConfigError(f"--json means --format jsonl; leave out --format {options.format}.")
    form = stated or ("text" if options.out is None else format_of(options.out))
    if options.timeline and form in (*DELIMITERS, "parquet"):
        raise ConfigError(f"--timeline needs --format jsonl, json or text: {form} has no place.")
    if form == "parquet":
        from spoofjax.deployment.parquet import require_pyarrow

        require_pyarrow()
        if options.out is None:
            raise ConfigError("--format parquet is no text: name the file with --out FILE.")
    return form


def _rows_to(
    out: Path | None, form: str, earlier: Earlier | None, options: argparse.Namespace
) -> RowFile | ParquetRows:
    """Return what writes the rows."""
    if form == "parquet" and out is not None:
        from spoofjax.deployment.parquet import ParquetRows

        return ParquetRows(out)
    from spoofjax.deployment.row_file import RowFile

    return RowFile(out, form, earlier=earlier, with_timeline=options.timeline)


def _earlier(options: argparse.Namespace, out: Path | None, form: str) -> Earlier | None:
    """Return what --resume continues. Raises ConfigError for a file that would be overwritten."""
    from spoofjax.deployment.row_file import read_earlier

    if options.resume:
        if out is None:
            raise ConfigError("--resume continues the file of --out; give --out FILE.")
        return read_earlier(out, form)
    if out is not None and out.exists():
        raise ConfigError(f"{out} exists. Add --resume to continue it, or choose another --out.")
    return None


def _sources(paths: Sequence[Path], options: argparse.Namespace, rate: int) -> list[Source]:
    """Return the files, the utterances of packed corpora, and standard input where it is named.

    Raises ConfigError for standard input without --rate.
    """
    from spoofjax.audio.blocks import Recording
    from spoofjax.audio.pcm import PcmSound
    from spoofjax.corpora.audio_files import find_audio
    from spoofjax.corpora.packing.plan import is_packed

    packed = [path for path in paths if is_packed(path)]
    files = [path for path in paths if path != STANDARD_INPUT and path not in packed]
    sources: list[Source] = [*find_audio(files)] if files else []
    for folder in packed:
        from spoofjax.corpora.packing.packed_sound import packed_recordings

        sources += packed_recordings(folder, rate)
    if STANDARD_INPUT in paths:
        if options.rate is None:
            raise ConfigError(
                "- reads samples without a header and needs their --rate. For a file with a header "
                "on standard input, name /dev/stdin."
            )
        sound = PcmSound(sys.stdin.buffer, options.rate, options.encoding, "standard input")
        sources.append(Recording(sound, rate))
    return sources


def _missing(sources: Sequence[Source], earlier: Earlier, form: str) -> list[Source]:
    """Return the sources that have no row yet."""
    from spoofjax.deployment.formats import name_in
    from spoofjax.deployment.row import name_of

    as_written = name_in(form)
    return [each for each in sources if as_written(name_of(each)) not in earlier.names]


def _is_quiet(options: argparse.Namespace) -> bool:
    """Whether there is no progress to show, as when rows appear on the same terminal."""
    return options.quiet or (options.out is None and sys.stdout.isatty())


def _draw(row: Row, folder: Path) -> None:
    """Write the picture of a row, unless it has no scores."""
    from spoofjax.report.pictures import save, timeline_plot

    if row.timeline is None:
        return
    edges, probabilities = row.timeline.probabilities(row.prior)
    title = f"{Path(row.file).name}: {row.verdict}"
    figure = timeline_plot(edges, probabilities, row.spoof_above, title)
    save(figure, picture_path(row, folder))
