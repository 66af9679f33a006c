"""The program of an export, read only if it is the one that was written."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from jax import export

from spoofjax.errors import RunError
from spoofjax.json_files import read_json

PROGRAM = "model.stablehlo"
FACTS = "export.json"


class Facts(TypedDict):
    """export.json: what is needed to read and to call the program."""

    jax: str
    platforms: list[str]
    inputs: dict[str, Any]
    """The shapes of the inputs by name; a text stands for a size of any number."""
    sha256: NotRequired[str]
    """Of the program; older exports have none."""


def load_program(folder: str | Path) -> export.Exported:
    """Return the program of an export, which `call` runs.

    `call(features, lengths)` gives the scores (batch,) of features float32 (batch, frames,
    coefficients) of the sizes that export.json gives, and int32 (batch,) valid frames. That of
    `export --to stablehlo` is `call(waveform, lengths)` and gives (score, llr), see
    exporting.scorer. The parser of such programs may crash on damaged ones, so the
    file is compared with its checksum first. Raises RunError where a file is missing or damaged, or
    where another version of jax wrote the program in a form that this one does not read.
    """
    path, facts = Path(folder) / PROGRAM, read_json(Path(folder) / FACTS, Facts)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing. Export the run again.") from error
    if "sha256" in facts and checksum(data) != facts["sha256"]:
        raise RunError(
            f"{path} is damaged: it differs from the checksum in {FACTS}. Copy the export again, "
            "or export the run again."
        )
    try:
        return export.deserialize(bytearray(data))
    except Exception as error:  # whatever the parsers of jax and XLA report
        raise RunError(
            f"{path} cannot be read by this version of jax; it was written by {facts['jax']}. "
            "Export the run again."
        ) from error


def checksum(program: bytes) -> str:
    """Return the SHA-256 of a program, in hexadecimal digits."""
    return hashlib.sha256(program).hexdigest()
