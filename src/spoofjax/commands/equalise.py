"""`spoofjax equalise`: a finished run as one that recognises codecs."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Make a detector that recognises codecs and judges speech through each alike."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a finished run")
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    parser.add_argument(
        "--codecs",
        nargs="+",
        metavar="CODEC",
        help="the codecs to recognise, by the names that Transmission knows (default: all that "
        "this machine can code)",
    )
    parser.add_argument(
        "--utterances",
        type=int,
        default=200,
        metavar="N",
        help="utterances of each class of dev that are passed through every codec at each of its "
        "bit rates (default 200)",
    )
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "dev is passed through each codec at each of its bit rates. What bona fide speech scores "
        "more or less through it is taken off the score of a clip, by how likely each is. "
        "--data.root DIR says where the corpus is now. `score`, `evaluate` and `export` take the "
        "result as they take a run."
    )


def run(options: argparse.Namespace) -> int:
    """Write the equalised run and print its results."""
    from spoofjax import config_files
    from spoofjax.audio.codecs.table import CODECS
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.corpora.splits import training_splits
    from spoofjax.errors import ConfigError
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.own_corpus import expected_where_it_was
    from spoofjax.training.equalising import codec_aware, write_equalised

    if options.utterances < 1:
        raise ConfigError(f"--utterances is {options.utterances}; it must be at least 1.")
    source = RunFolder(options.folder)
    own = config_files.override(
        source.experiment(), options.overrides, program="spoofjax equalise RUN"
    )
    here = [name for name, codec in CODECS.items() if not codec.missing()]
    experiment = codec_aware(own, tuple(dict.fromkeys(options.codecs or here)))
    with expected_where_it_was(source):
        manifests = training_splits(experiment.data)
    use_compilation_cache()
    from spoofjax.report.markdown import summary_lines

    results = write_equalised(
        options.folder, experiment, manifests, options.out, options.utterances
    )
    print(summary_lines(results))
    return 0
