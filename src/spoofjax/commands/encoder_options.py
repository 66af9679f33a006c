"""The options of a speaker encoder, of commands that compare speakers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spoofjax.deployment.speaker_encoder import SpeakerEncoder


def add_encoder(parser: Any, *, is_required: bool = False) -> None:
    """Declare --encoder and --encoder-rate in a parser or a group of options."""
    parser.add_argument(
        "--encoder",
        type=Path,
        required=is_required,
        metavar="FILE",
        help="a speaker encoder as an ONNX file, from a waveform to an embedding",
    )
    parser.add_argument(
        "--encoder-rate",
        type=int,
        default=16_000,
        metavar="HZ",
        help="samples a second that the encoder takes (default 16000)",
    )


def load_encoder(options: argparse.Namespace) -> SpeakerEncoder | None:
    """Return the speaker encoder that the options name, or None. Raises ConfigError."""
    if options.encoder is None:
        return None
    from spoofjax.deployment.speaker_encoder import SpeakerEncoder

    return SpeakerEncoder(options.encoder, options.encoder_rate)
