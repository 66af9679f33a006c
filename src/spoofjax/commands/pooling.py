"""How `spoofjax calibrate` chooses the pooling of a run, and calibrates whole recordings."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoofjax.evaluation.pooling import POOLINGS

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.corpora.manifest import Manifest
    from spoofjax.evaluation.keys import Keys
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.results import Results


def add_pooling(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the pooling."""
    parser.add_argument(
        "--pooling",
        choices=POOLINGS,
        help="how `spoofjax score` combines the windows of a file (default: as suits utterances "
        "of the split and recordings joined from them best)",
    )
    parser.add_argument(
        "--recordings",
        type=int,
        default=60,
        metavar="N",
        help="join N recordings of each kind: bona fide, spoofed, spoofed in part (default 60); "
        "with 0, no audio is read, and the pooling stays as it is or as --pooling says",
    )
    parser.set_defaults(takes_overrides=True)
    parser.epilog = "Options such as --data.root DIR say where the corpus of the run is now."


def with_pooling(
    decision: Mapping[str, Any],
    run: RunFolder,
    place: Results,
    scores: np.ndarray,
    keys: Keys,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Return a decision with a pooling and the calibration of whole recordings; say which.

    `scores`, float64 (utterances,), and `keys` are those of `place`, on which the decision was
    calibrated. Where the audio cannot be heard, the pooling stays, and the reason is printed.
    """
    from spoofjax.errors import SpoofjaxError, printable
    from spoofjax.evaluation.pooling import summary_of
    from spoofjax.features.embeddings import Embeddings

    # A calibration of recordings by the scores of earlier weights or of another corpus is void.
    result = {key: value for key, value in decision.items() if key != "recordings"}
    if options.recordings and not isinstance(run.experiment().front_end, Embeddings):
        try:
            result |= _chosen(result, run, place, scores, keys, options)
        except SpoofjaxError as error:
            print(printable(f"The pooling was not chosen on recordings: {error}"))
    if options.pooling is not None:
        result["pooling"] = options.pooling
    if text := summary_of(result):
        print(printable(text))
    return result


def _chosen(
    decision: Mapping[str, Any],
    run: RunFolder,
    place: Results,
    scores: np.ndarray,
    keys: Keys,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Return the parts of a decision that concern recordings of several windows."""
    from dataclasses import replace

    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.commands.progress import announce, progress_on_terminal
    from spoofjax.errors import ConfigError
    from spoofjax.evaluation.recordings import choose_pooling

    if options.recordings < 0:
        raise ConfigError(f"--recordings must be at least 0, not {options.recordings}.")
    manifest = _manifest(run, place, keys, options)
    announce(f"listening to recordings joined from {place.title}")
    use_compilation_cache()
    from spoofjax.deployment.choosing import hear_recordings
    from spoofjax.deployment.detector import Detector

    detector = replace(Detector.load(run.path), decision=dict(decision))
    heard = hear_recordings(
        detector, manifest, scores, joined=options.recordings, progress=progress_on_terminal()
    )
    return choose_pooling(heard, decision, place.title)


def _manifest(run: RunFolder, place: Results, keys: Keys, options: argparse.Namespace) -> Manifest:
    """Return the utterances that have the scores of `place`, in the order of their key."""
    import numpy as np

    from spoofjax import config_files
    from spoofjax.corpora.opening import open_corpus
    from spoofjax.errors import CorpusError
    from spoofjax.evaluation.keys import Keys
    from spoofjax.runs.own_corpus import expected_where_it_was

    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax calibrate RUN"
    )
    corpus = experiment.data
    if place.origin is not None:
        [root, *others] = place.origin["root"] or [""]
        if not root or others:
            raise CorpusError(f"{place.title} is not a corpus of one folder.")
        corpus, _ = open_corpus(Path(root), place.split)
    with expected_where_it_was(run):
        manifest = corpus.manifest(place.split)
    # Utterances that could not be read have no scores.
    manifest = manifest.take(np.isin(Keys.of(manifest).ids, keys.ids))
    if not np.array_equal(Keys.of(manifest).ids, keys.ids):
        raise CorpusError(f"{place.title} has other utterances than when it was scored.")
    return manifest
