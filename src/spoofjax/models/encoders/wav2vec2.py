"""Wav2vec 2.0, and XLS-R and MMS, which have its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from spoofjax.models.encoders.encoder import BASE, BASE_FORM, LARGE, Encoder


@dataclass(frozen=True, kw_only=True)
class Wav2Vec2(Encoder):
    """Wav2vec 2.0 (Baevski et al., 2020) and XLS-R (Babu et al., 2021).

    The default is a small random encoder in the form of XLS-R.
    """

    @classmethod
    def base(cls, **changes) -> Self:
        """Return the shape of wav2vec 2.0 base: 94,371,712 parameters."""
        return cls(**{**BASE, **BASE_FORM, **changes})

    @classmethod
    def xls_r_300m(cls, **changes) -> Self:
        """Return the shape of XLS-R 300M, XLSR-53 and MMS 300M: 315,438,720 parameters."""
        return cls(**{**LARGE, **changes})

    @classmethod
    def xls_r_1b(cls, **changes) -> Self:
        """Return the shape of XLS-R 1B and MMS 1B: 962,497,408 parameters."""
        shape = {"width": 1280, "full_depth": 48, "inner": 5120}
        return cls(**{**LARGE, **shape, **changes})

    @classmethod
    def xls_r_2b(cls, **changes) -> Self:
        """Return the shape of XLS-R 2B: 2,159,259,648 parameters."""
        shape = {"width": 1920, "full_depth": 48, "inner": 7680}
        return cls(**{**LARGE, **shape, **changes})
