"""What a model's `weights` mean: a path, or the name of an entry that was downloaded."""

from __future__ import annotations

from pathlib import Path

from spoofjax.errors import RegistryError, nearest
from spoofjax.registry.entries import entries, require_files
from spoofjax.registry.store import Copy
from spoofjax.tensors.reading import read_tensors
from spoofjax.tensors.stored import Tensors


def resolve(name_or_path: str | Path) -> Path:
    """Return the file or folder of weights that a path or a name of the registry means.

    An existing path takes precedence. Raises RegistryError for an entry that is not downloaded, and
    for a name that neither a file nor an entry has.
    """
    path = path_here(name_or_path)
    if path is not None:
        return path
    name = str(name_or_path)
    known = entries()
    if name in known:
        require_files(known[name])
        raise RegistryError(
            f"The weights {name!r} are not on this machine. Run `spoofjax models get {name}`."
        )
    is_name = len(Path(name).parts) == 1 and not Path(name).suffix
    suggestion = nearest(name, known) if is_name else ""
    raise RegistryError(
        f"There are no weights {name}: neither a file nor a folder, nor a name of the registry."
        f"{suggestion} `spoofjax models list` shows the names."
    )


def path_here(name_or_path: str | Path) -> Path | None:
    """Return the file or folder that a path or a name means, or None where there is none yet."""
    path = Path(name_or_path).expanduser()
    if path.exists():
        return path
    entry = entries().get(str(name_or_path))
    if entry is None:
        return None
    copy = Copy(entry)
    return copy.path if copy.is_complete else None


def read_weights(name_or_path: str | Path) -> Tensors:
    """Return the tensors of the weights that a path or a name of the registry means.

    Raises RegistryError as `resolve` does, and TensorError as `read_tensors` does.
    """
    return read_tensors(resolve(name_or_path))
