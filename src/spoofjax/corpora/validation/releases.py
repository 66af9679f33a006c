"""Counts and checksums of published releases, to tell a complete copy from a damaged one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Release:
    """Counts of (bona fide, spoof) by split, and the md5 of each protocol where it is known."""

    counts: Mapping[str, tuple[int, int]]
    md5: Mapping[str, str] = field(default_factory=dict)


RELEASES = {
    # The read-me of the release (Zenodo 14498691) and the ASVspoof 5 database paper.
    "asvspoof5": Release(
        {"train": (18_797, 163_560), "dev": (31_334, 109_616), "eval": (138_688, 542_086)},
        {
            "train": "cbfa08e2fab1423e828f102bc97a22f0",
            "dev": "e949dee1091a49b04943c548b5cf9860",
            "eval": "50c0591d45a282cb787a5a4614394f67",
        },
    ),
    # Counted in the released protocols.
    "asvspoof2019la": Release(
        {"train": (2_580, 22_800), "dev": (2_548, 22_296), "eval": (7_355, 63_882)}
    ),
    "inthewild": Release({"eval": (19_963, 11_816)}),
}
"""By the names that `validate(release=...)` takes."""
