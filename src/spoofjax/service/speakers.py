"""Whether uploaded recordings have one speaker, by a speaker encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spoofjax.audio.judging import Origin
from spoofjax.deployment.speaker_encoder import SpeakerEncoder, speaker_score
from spoofjax.errors import AudioError
from spoofjax.service.decoding import decode
from spoofjax.service.limits import Limits
from spoofjax.service.refusals import Refusal


def compare_speakers(
    encoder: SpeakerEncoder, test: bytes, enrolments: Sequence[bytes], limits: Limits
) -> float:
    """Return the score of speaker verification of an uploaded file, from -1 to 1.

    Raises Refusal: 413 for too long a file, 422 for one that cannot be used or embedded.
    """
    try:
        embedding = encoder.embed(decode(test, encoder.rate, limits).samples)
        enrolled = [
            _enrolled(encoder, data, limits, f"Enrolment recording {number}")
            for number, data in enumerate(enrolments, 1)
        ]
        return speaker_score(embedding, enrolled)
    except AudioError as error:
        raise Refusal(422, str(error)) from None


def _enrolled(encoder: SpeakerEncoder, data: bytes, limits: Limits, name: str) -> np.ndarray:
    """Return the embedding of an enrolment recording. Raises Refusal, and AudioError."""
    try:
        samples, recording = decode(data, encoder.rate, limits)
    except Refusal as refusal:
        raise Refusal(refusal.status, f"{name}: {refusal.text}") from None
    frames = sum(block.frames for block in recording.blocks)
    energy = sum(block.energy for block in recording.blocks)
    loudest = float(np.sqrt(np.max(energy) / frames))
    origin = Origin(recording.rate, recording.channels, loudest, len(samples) / encoder.rate)
    return encoder.enrol(samples, origin, name)
