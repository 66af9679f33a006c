"""What `spoofjax score --explain DIR` writes: a picture and a line of JSON for each file."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.deployment.explaining.methods import METHODS
from spoofjax.errors import AudioError, ConfigError, printable

if TYPE_CHECKING:
    from spoofjax.commands.judge import Judge
    from spoofjax.deployment.listener import Source
    from spoofjax.deployment.row import Row
    from spoofjax.evaluation.pooling import Pooling


def require_files(paths: Sequence[Path]) -> None:
    """Raise ConfigError where a path can be read only once: an explanation reads it again."""
    from spoofjax.audio.special_files import is_stream

    for path in paths:
        if str(path) == "-" or is_stream(path):
            raise ConfigError(
                f"--explain reads a recording twice, which {path} does not allow: name a file."
            )


def add_explain(parser: argparse.ArgumentParser) -> None:
    """Declare where explanations go."""
    parser.add_argument(
        "--explain",
        type=Path,
        metavar="DIR",
        help="draw which times and frequencies the verdict follows from, a PNG and a line of JSON "
        "per file, with a test whether that can be believed; takes seconds per file",
    )
    add_explain_by(parser)


def add_explain_by(parser: argparse.ArgumentParser) -> None:
    """Declare how scores are attributed to cells."""
    parser.add_argument(
        "--explain-by",
        choices=METHODS,
        default=METHODS[0],
        help="whether --explain attributes the score by integrated gradients (the default), or by "
        "Grad-CAM, which is coarser and sooner done",
    )


def picture_path(row: Row, folder: Path) -> Path:
    """Return where a picture of a row goes.

    Files of one name in several folders get different pictures, also after --resume.
    """
    digest = hashlib.sha256(row.file.encode()).hexdigest()[:8]
    return folder / f"{Path(row.file).stem[:100]}-{digest}.png"


class Explanations:
    """Explains rows as they come."""

    def __init__(self, folder: Path, judge: Judge):
        from spoofjax.deployment.explaining.explainer import Explainer
        from spoofjax.deployment.listening import hop_samples

        detector = judge.detector
        self._folder = folder
        self._pooling: Pooling = judge.pooling
        self._explainer = Explainer(detector, judge.rule, judge.options.explain_by)
        starts_only = judge.pooling == "start"
        self._hop = None if starts_only else hop_samples(detector, judge.options.hop)

    def add(self, source: Source, row: Row) -> None:
        """Write the explanation of a row, unless it has no verdict.

        Where it is no evidence or the file cannot be read again, a line on standard error says so.
        """
        from spoofjax.files import write_text
        from spoofjax.report.pictures import explanation_plot, save

        if row.timeline is None or not row.is_judged:
            return
        try:
            explanation = self._explainer.explain_recording(
                source, row.timeline, self._hop, self._pooling
            )
        except AudioError as error:
            print(f"warning: {printable(row.file)}: not explained: {error}", file=sys.stderr)
            return
        if explanation.warning is not None:
            print(f"warning: {printable(row.file)}: {explanation.warning}", file=sys.stderr)
        path = picture_path(row, self._folder)
        title = f"{Path(row.file).name}: {row.verdict}, P(spoof) {row.p_spoof:.3f}"
        save(explanation_plot(explanation, title), path)
        values = {"file": row.file, "verdict": row.verdict, "llr": row.llr, "p_spoof": row.p_spoof}
        line = {**values, "picture": path.name, **explanation.to_json()}
        write_text(path.with_suffix(".json"), json.dumps(line) + "\n")
