"""Published numbers, and whether they follow from the score files that they name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.errors import ScoreError, nearest
from spoofjax.evaluation.arena import arena_eer
from spoofjax.evaluation.keys import read_keys
from spoofjax.evaluation.metrics import eer, summary
from spoofjax.evaluation.scores import join, read_scores
from spoofjax.evaluation.tables import read_trials
from spoofjax.evaluation.tandem import read_asv_scores, tandem
from spoofjax.files import sha256_of

FILES = ("scores", "keys", "asv_scores")
TEXTS = ("system", "subset", "sha256")
NUMBER = re.compile(r"[-+]?(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?\s*(%?)")


@dataclass(frozen=True)
class Published:
    """A published number and the half of its last digit, to which it may be rounded."""

    text: str
    value: float
    rounding: float

    @classmethod
    def of(cls, text: str) -> Published:
        """Read a number such as '3.51' or '3.51 %'. Raises ScoreError for anything else."""
        match = NUMBER.fullmatch(text.strip())
        if not match or not (match[1] or match[2]):
            raise ScoreError(f"{text!r} is not a number.")
        scale = 0.01 if match[4] else 1.0
        last_digit = 10.0 ** (int(match[3] or 0) - len(match[2] or ""))
        number = float(text.strip().removesuffix("%"))
        return cls(text.strip(), scale * number, scale * last_digit / 2)

    def is_met_by(self, value: float, tolerance: float | None) -> bool:
        """Whether a value rounds to this number, or lies within a tolerance of it."""
        distance = self.rounding if tolerance is None else tolerance
        # The factor lets a value count that is half a digit away but for rounding.
        return abs(value - self.value) <= distance * (1 + 1e-9)


@dataclass(frozen=True)
class Claim:
    """What a row of a published table says about one score file."""

    name: str
    scores: Path
    keys: Path
    numbers: Mapping[str, Published]
    asv_scores: Path | None = None
    subset: str = "eval"
    sha256: str = ""


@dataclass(frozen=True)
class Check:
    """One published fact about a system and what was recomputed, both as text."""

    system: str
    name: str
    published: str
    recomputed: str
    is_met: bool


def read_claims(path: Path) -> list[Claim]:
    """Read a table with a header: `scores`, `keys`, and a column for each published metric.

    Files are relative to the folder of the table. Columns that may be missing: `system` (a name),
    `sha256` (of the score file), `asv_scores` (for the t-DCFs) and `subset` (of a 2021 key). A
    metric has its name in `spoofjax metrics --json`, or eer_percent, or arena_eer_percent. Raises
    ScoreError with file and line.
    """
    table = read_trials(path)
    header, body = table.rows[0], table.body()
    for name in ("scores", "keys"):
        if name not in header:
            raise ScoreError(f"{table.line(0)}: no column {name!r} in the header.")
    claims = []
    for index, row in enumerate(body.rows):
        cells = {
            name: cell for name, cell in zip(header, row, strict=True) if cell not in ("", "-")
        }
        texts = {name: cells.pop(name, "") for name in (*FILES, *TEXTS)}
        try:
            numbers = {name: Published.of(cell) for name, cell in cells.items()}
        except ScoreError as error:
            raise ScoreError(f"{body.line(index)}: {error}") from error
        files = {name: path.parent / texts[name] for name in FILES if texts[name]}
        if not {"scores", "keys"} <= files.keys():
            raise ScoreError(f"{body.line(index)} names no scores or no keys.")
        claims.append(
            Claim(
                name=texts["system"] or files["scores"].name,
                numbers=numbers,
                subset=texts["subset"] or "eval",
                sha256=texts["sha256"],
                **files,
            )
        )
    return claims


def check_claim(claim: Claim, tolerance: float | None = None) -> list[Check]:
    """Recompute what is claimed of a score file; the hash comes first where there is one.

    A number is met if the recomputed one rounds to it, or lies within `tolerance`. Raises
    ScoreError where the files cannot be read or a claimed metric does not exist.
    """
    checks = []
    if claim.sha256:
        digest = sha256_of(claim.scores)
        is_met = digest == claim.sha256.lower()
        checks.append(Check(claim.name, "sha256", claim.sha256, digest, is_met))
    values = recomputed(claim)
    for name, published in claim.numbers.items():
        value = values.get(name)
        if not isinstance(value, int | float):
            remedy = " The t-DCFs need a column asv_scores." if "tdcf" in name else ""
            raise ScoreError(
                f"{claim.name}: there is no metric {name!r}.{nearest(name, values)}{remedy}"
            )
        is_met = published.is_met_by(value, tolerance)
        checks.append(Check(claim.name, name, published.text, f"{value:.10g}", is_met))
    return checks


def recomputed(claim: Claim) -> dict[str, Any]:
    """Return all metrics of a claim's score file by name."""
    keys = read_keys(claim.keys, claim.subset)
    try:
        scores = join(read_scores(claim.scores), keys).score
    except ScoreError as error:
        is_named = str(error).startswith(str(claim.scores))
        raise error if is_named else ScoreError(f"{claim.scores}: {error}") from error
    bonafide, spoof = scores[keys.label == 1], scores[keys.label == 0]
    rate, threshold = eer(bonafide, spoof)
    values = summary(scores, keys.label, threshold=threshold)
    values["eer_percent"] = 100 * rate
    values["arena_eer_percent"] = 100 * arena_eer(bonafide, spoof)
    values["n_trials"] = len(scores)
    if claim.asv_scores is not None:
        values |= tandem(bonafide, spoof, read_asv_scores(claim.asv_scores))
    return {name: value for name, value in values.items() if _is_finite(value)}


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
