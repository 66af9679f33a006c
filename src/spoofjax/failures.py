"""Errors of the system, of memory and of jax's devices, in words that help the user.

The command line and the processes of a run pass every exception through `failure_of`, so that no
command has to translate them itself.
"""

from __future__ import annotations

import errno
import os

from spoofjax.errors import SpoofjaxError

SPACE = "Free some space"
REMEDIES = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EROFS: "Choose a folder that can be written to",
    errno.EACCES: "Change its permissions or choose another path",
    errno.EPERM: "Change its permissions or choose another path",
    errno.ENOENT: "Check the path",
    errno.ENOTDIR: "A part of the path is a file where a folder is needed; choose another path",
    errno.EISDIR: "It is a folder where a file is needed; choose another path",
    errno.EEXIST: "Choose another path or remove what is there",
    errno.ENOTEMPTY: "Choose another path or empty the folder",
    errno.ENAMETOOLONG: "Choose a shorter path",
    errno.ELOOP: "Its symbolic links form a circle; remove one of them",
    errno.EMFILE: "Allow more open files with `ulimit -n`",
    errno.EPIPE: "Its reader has ended, so the rest is not printed",
}
"""What to do about the errors of the system that users meet most."""


def failure_of(error: BaseException) -> SpoofjaxError | None:
    """Return the error to show in place of this one, or None for a fault of the program itself."""
    if isinstance(error, SpoofjaxError):
        return error
    if isinstance(error, OSError):
        return SpoofjaxError(describe(error))
    if isinstance(error, MemoryError) or _is_device_memory(error):
        reason = _first_line(error)
        return SpoofjaxError(
            f"There is not enough memory{f' ({reason})' if reason else ''}. Choose a smaller "
            "--batch (or --evaluation.batch), or split a step with --accumulate."
        )
    if isinstance(error, RuntimeError) and "nable to initialize backend" in str(error):
        return SpoofjaxError(_backend(_first_line(error)))
    if isinstance(error, AssertionError) and _fails_in_xla_bridge(error):
        return SpoofjaxError(_backend("no such device"))
    return None


def describe(error: OSError) -> str:
    """Return an error of the system as one line: the path, what is wrong and what to do."""
    path = error.filename
    text = error.strerror or " ".join(map(str, error.args)) or type(error).__name__
    reason = " ".join(text.split()).rstrip(".")
    remedy = REMEDIES.get(error.errno or 0, "Check the path and the free space of its disk")
    name = os.fsdecode(path) if isinstance(path, bytes) else path
    return f"{f'{name}: ' if name is not None else ''}{reason}. {remedy}."


def _is_device_memory(error: BaseException) -> bool:
    # Recognised by its name, because jax may not be imported here.
    return type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError") and (
        "RESOURCE_EXHAUSTED" in str(error) or "Out of memory" in str(error)
    )


def _fails_in_xla_bridge(error: BaseException) -> bool:
    """Whether jax found no device: for some names in JAX_PLATFORMS it fails by an assertion."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename.endswith("xla_bridge.py")


def _backend(reason: str) -> str:
    platforms = os.environ.get("JAX_PLATFORMS", "")
    return (
        f"JAX_PLATFORMS={platforms}: jax cannot use these devices here ({reason}). "
        "Unset JAX_PLATFORMS, or set it to cpu."
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200].rstrip(".")
