"""Codecs that PyAV brings (extra `media`): AAC, AMR, G.722, G.723.1 and Opus for calls."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from spoofjax.errors import AudioError

FRAME = 320
"""Samples that are passed at a time to an encoder that takes any number."""
INT16 = np.float32(32768)


def coder(
    encoder: str, decoder: str, options: dict[str, str]
) -> Callable[[np.ndarray, int, float], np.ndarray]:
    """Return the round trip of a codec, by ffmpeg's names of encoder, decoder and options."""

    def code(samples: np.ndarray, rate: int, kilobits: float) -> np.ndarray:
        import av.error  # type: ignore[import-not-found]  # extra `media`

        try:
            packets, extradata = _encoded(encoder, options, samples, rate, kilobits)
            return _decoded(decoder, packets, extradata, rate)
        except av.error.FFmpegError as error:
            raise AudioError(f"PyAV could not code a clip by {encoder}: {error}.") from error

    return code


def missing(encoder: str, decoder: str) -> Callable[[], str]:
    """Return a function that says whether PyAV, or its encoder or decoder, is missing."""

    def text() -> str:
        if importlib.util.find_spec("av") is None:
            return "PyAV is not installed (pip install 'spoofjax[media]')"
        import av.codec.codec  # type: ignore[import-not-found]  # extra `media`

        directions: tuple[tuple[str, Literal["r", "w"]], ...] = ((encoder, "w"), (decoder, "r"))
        for name, mode in directions:
            try:
                av.codec.Codec(name, mode)
            except av.codec.codec.UnknownCodecError:
                return f"PyAV {av.__version__} was built without {name}"
        return ""

    return text


def _encoded(
    encoder: str, options: dict[str, str], samples: np.ndarray, rate: int, kilobits: float
) -> tuple[list[Any], bytes | None]:
    """Return the packets of a clip, and what a decoder must be told."""
    import av  # type: ignore[import-not-found]  # extra `media`

    context: Any = av.CodecContext.create(encoder, "w")
    context.sample_rate, context.layout = rate, "mono"
    context.format = context.codec.audio_formats[0].name
    context.time_base = Fraction(1, rate)
    context.bit_rate = round(1000 * kilobits)
    context.thread_count = 1
    context.options = options
    context.open()
    frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = rate, 0
    resampler = av.AudioResampler(
        format=context.format, layout="mono", rate=rate, frame_size=context.frame_size or FRAME
    )
    frames = [*resampler.resample(frame), *resampler.resample(None), None]
    return [packet for one in frames for packet in context.encode(one)], context.extradata


def _decoded(decoder: str, packets: list[Any], extradata: bytes | None, rate: int) -> np.ndarray:
    import av  # type: ignore[import-not-found]  # extra `media`

    context: Any = av.CodecContext.create(decoder, "r")
    context.sample_rate, context.layout = rate, "mono"
    context.thread_count = 1
    if extradata:
        context.extradata = extradata
    frames = [frame for packet in [*packets, None] for frame in context.decode(packet)]
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    if samples.dtype == np.int16:
        samples = samples / INT16
    if frames[0].sample_rate != rate:  # Opus is always decoded at 48 kHz
        import soxr

        samples = soxr.resample(samples, frames[0].sample_rate, rate)
    return samples.astype(np.float32, copy=False)
