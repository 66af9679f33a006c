"""Importing grain and no more than grain."""

from __future__ import annotations

import sys

ORBAX = "orbax.checkpoint"


def import_grain() -> None:
    """Import grain without the handlers that it registers with orbax where orbax is installed.

    Nothing here uses them: batches follow from their step, so there is no iterator to save. With
    them comes all of orbax, a fifth of a second that can wait for the first checkpoint. Does
    nothing where grain or orbax is imported already. For a command's main thread, since orbax
    cannot be imported while this runs.
    """
    if "grain" in sys.modules or ORBAX in sys.modules:
        return
    sys.modules[ORBAX] = None  # type: ignore[assignment]  # read by import as "not there"
    try:
        import grain  # noqa: F401
    finally:
        del sys.modules[ORBAX]
