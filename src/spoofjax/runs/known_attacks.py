"""Where the attacks that a run traces lie among its embeddings: a file of arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.evaluation.rejection import DISTANCE, LOGIT
from spoofjax.files import replacement
from spoofjax.runs.folder import RunFolder


def write_known_attacks(run: RunFolder, known_attacks: KnownAttacks) -> None:
    """Write the file of a run in one step."""
    with replacement(run.known_attacks) as temporary, temporary.open("wb") as file:
        np.savez(file, **known_attacks._asdict())  # type: ignore[arg-type]


def read_known_attacks(run: RunFolder, decision: Mapping[str, Any]) -> KnownAttacks | None:
    """Read what the run's decision was made with; None where it rejects no attacks by distance.

    Raises RunError where the file is missing or damaged.
    """
    # Decisions of earlier versions, which do not say so, reject by the largest logit.
    if decision.get("tracing", {}).get("score", LOGIT) != DISTANCE:
        return None
    try:
        with np.load(run.known_attacks, allow_pickle=False) as file:
            known_attacks = KnownAttacks(*(file[name] for name in KnownAttacks._fields))
    except FileNotFoundError:
        raise _unusable(run.known_attacks, "is missing") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _unusable(run.known_attacks, f"is damaged: {error}") from error
    problem = known_attacks.problem()
    if problem:
        raise _unusable(run.known_attacks, f"is damaged: {problem}")
    return known_attacks


def _unusable(path: Path, why: str) -> RunError:
    return RunError(
        f"{path} {why}. It says where the traced attacks lie; copy it from the run again, or let "
        "`spoofjax evaluate RUN --split dev` write it."
    )
