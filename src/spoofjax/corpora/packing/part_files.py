"""Files that take their name when they are complete, and what killed processes leave of them."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np

from spoofjax.files import write_synced


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, safe from a power cut too."""
    write_synced(path, text.encode(), beside(path))


def write_array(path: Path, values: np.ndarray) -> None:
    """Write a .npy file in one step, safe from a power cut too."""
    buffer = io.BytesIO()
    np.save(buffer, values)
    write_synced(path, buffer.getvalue(), beside(path))


def beside(path: Path) -> Path:
    """Return where this process writes a file before it takes its name."""
    return path.with_name(f"{path.name}.{os.uname().nodename}-{os.getpid()}.part")


def sweep(folder: Path) -> None:
    """Remove the half-written files that ended processes of this machine left in a folder."""
    for path in folder.glob(f"*.{os.uname().nodename}-*.part"):
        process = path.suffixes[-2].rpartition("-")[2]
        if not process.isdigit() or (int(process) != os.getpid() and _alive(int(process))):
            continue
        path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
