"""The small detector that ships with spoofjax, and what it is worth by its own results."""

from __future__ import annotations

from pathlib import Path

from spoofjax.runs.folder import RunFolder

FOLDER = Path(__file__).resolve().parent / "demo_detector"
"""An export with the results of its run; `configs/cnn2d.py` trained it on the demo corpus."""


def worth() -> str:
    """Return in one sentence how well the detector does, from the results beside it."""
    run = RunFolder(FOLDER)
    dev, unseen = run.read_metrics("dev"), run.read_metrics("eval")
    return (
        f"It was trained on the demo corpus, a few hundred short clips, with an EER of "
        f"{dev['eer']:.1%} on dev and {unseen['eer']:.1%} on attacks and a language that it has "
        "not heard; on other recordings its verdicts are close to worthless"
    )
