"""A few clips of a channel: the audio files of a folder, with labels where something tells them."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import UNKNOWN, Manifest
from spoofjax.corpora.own_data.recordings import describe
from spoofjax.corpora.readers.table import Table
from spoofjax.errors import CorpusError

log = logging.getLogger("spoofjax")


def clips_in(folder: Path, labels: Path | None = None) -> Manifest:
    """Return the audio files of a folder as one split.

    `labels` is a table with the columns file and label, whose paths start at the folder. Without
    one, folders such as bonafide/ and spoof/ tell the labels, and files outside them are left out
    with a warning; if no folder names a class, all labels are unknown. Raises CorpusError for a
    folder that is missing or has no audio, or that has folders of one class only, and as Table
    does.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {folder.absolute()}.")
    if labels is not None:
        table = Table(root=str(folder), eval=str(labels.absolute()), name="clips")
        return table.manifest("eval")
    paths = walk_audio(folder)
    if not paths:
        raise CorpusError(f"{folder.absolute()} has no audio file.")
    recordings = describe(paths)
    if not recordings:
        return _manifest(folder, paths, [UNKNOWN] * len(paths))
    classes = {one.label for one in recordings}
    if len(classes) == 1:
        word, other = ("bona fide", "spoof/") if 1 in classes else ("spoofed", "bonafide/")
        raise CorpusError(
            f"By the names of its folders, {folder.absolute()} has {word} clips only. Add clips in "
            f"{other}, or name a folder whose files have no labels."
        )
    if len(recordings) < len(paths):
        log.warning(
            "%s: %d files that are in no folder of a class are left out",
            folder, len(paths) - len(recordings),
        )  # fmt: skip
    return _manifest(folder, [one.path for one in recordings], [one.label for one in recordings])


def _manifest(folder: Path, paths: list[str], labels: list[int]) -> Manifest:
    ids = np.array(paths)
    return Manifest.of("clips", ids, np.array(labels, np.int8), Files.under(str(folder), ids))
