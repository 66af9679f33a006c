"""The files of a run that say how a detector uses its weights."""

from __future__ import annotations

import shutil
from pathlib import Path

from spoofjax.runs.folder import RunFolder


def copy_settings(source: Path, folder: Path) -> dict[str, str]:
    """Copy the files beside the weights from one detector to another folder.

    Return what each of them holds, by its name.
    """
    run, copy = RunFolder(source), RunFolder(folder)
    files = [
        (run.config, copy.config, "front end, clip and model"),
        (run.decision, copy.decision, "the decision"),
    ]
    if run.training_audio.exists():
        files.append((run.training_audio, copy.training_audio, "levels that training heard"))
    if run.known_attacks.exists():
        files.append((run.known_attacks, copy.known_attacks, "where the traced attacks lie"))
    for path, target, _ in files:
        shutil.copy(path, target)
    return {target.name: what for _, target, what in files}
