"""RUN before the files of `score`: a run, an export, or nothing for the detector that ships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def split_run(paths: Sequence[Path]) -> tuple[Path | None, list[Path]]:
    """Return the folder of the detector, or None where no run is named, and the files to score.

    The first path means a run unless it is a file, is called like an audio file, is a folder with
    audio in it, or is -, which stands for standard input.
    """
    from spoofjax.corpora.audio_files import AUDIO_SUFFIXES, list_audio
    from spoofjax.runs.folder import RunFolder

    first = paths[0]
    if RunFolder(first).exists:
        return first, list(paths[1:])
    if first.is_dir():
        is_audio = bool(list_audio(first))
    else:
        is_named = first.suffix.lower() in AUDIO_SUFFIXES or first == Path("-")
        is_audio = is_named or first.exists()
    return (None, list(paths)) if is_audio else (first, list(paths[1:]))


def about_bundled() -> str:
    """Return what a user must know who scores without a run: one line about each choice."""
    from spoofjax.deployment.bundled import worth
    from spoofjax.registry.entries import entries

    names = [entry.name for entry in entries().values() if entry.imports_as]
    return (
        f"warning: no run is named, so the small detector that comes with spoofjax judges. "
        f"{worth()}.\n"
        f"Published detectors are {', '.join(names)}: `spoofjax models show NAME` says how to get "
        "one. For a detector of your own: `spoofjax train FOLDER`, with real/ and fake/ in it."
    )
