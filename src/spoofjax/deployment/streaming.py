"""Live audio: a verdict on the latest seconds of each stream at every hop.

    streams = Streams(detector)
    for verdict in streams.push({"call 1": samples}):
        print(verdict.stream, verdict.end, verdict.p_spoof)

A verdict at time t is about the last `window` seconds before t, or about all that has arrived where
that is less, and equals the verdict on a file with these samples. So every sample counts in a
verdict after at most one hop, and after a change from bona fide to spoofed speech it takes `window`
seconds until the verdict is about the latter alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spoofjax.audio.clips import most_samples
from spoofjax.audio.judging import LEAST_SECONDS, Origin, prepare_judging
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.judged import Judged
from spoofjax.deployment.listener import Clip, clip_of
from spoofjax.deployment.listening import hop_samples, judged_clips
from spoofjax.deployment.windows import Window
from spoofjax.errors import AudioError
from spoofjax.evaluation.attribution import attack_fields
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.rule import Rule

HOP_SECONDS = 0.5
"""Seconds from one verdict to the next, where nothing else is stated."""


@dataclass(frozen=True)
class Verdict:
    """What is known of a stream at one moment."""

    stream: Hashable
    """The name of the stream."""
    start: float
    end: float
    """The part that was heard, in seconds from the start of the stream."""
    score: float
    """The model's raw score of this part; higher = more bona fide."""
    llr: float | None = None
    """Natural-log likelihood ratio, bona fide over spoof; None where it cannot be judged."""
    p_spoof: float | None = None
    verdict: str = "unknown"
    """'bonafide', 'spoof' or 'unknown'."""
    reason: str | None = None
    """Why the part cannot be judged, such as silence."""
    mean_llr: float | None = None
    """The mean LLR of all parts of the stream so far that could be judged."""
    attack: str | None = None
    """By which attack this part was made, or 'unknown'; only for detectors that trace attacks, and
    for parts that are not called bona fide."""
    likeliest_attack: str | None = None
    """The likeliest of the attacks that the detector traces, also where the attack is unknown."""
    attack_score: float | None = None
    """The rejection score; a low one speaks for an attack that is not traced."""


class Streams:
    """Any number of streams that one detector listens to.

    `hop` is the time in seconds from one verdict to the next. Windows that become complete in the
    same call are scored together, at most `batch` at a time. The model is compiled before the first
    call, for exactly this batch: choose 1 for a single stream, and about as many as there are
    streams for several. Raises ConfigError for a hop that is not positive or exceeds a window.
    """

    def __init__(
        self,
        detector: Detector,
        rule: Rule | None = None,
        *,
        hop: float = HOP_SECONDS,
        batch: int = 1,
        threads: int | None = None,
    ):
        detector.require_audio()
        self._detector, self._batch, self._threads = detector, batch, threads
        self._rule = rule or Rule.of(detector.decision)
        self._hop, self._size = hop_samples(detector, hop), most_samples(detector.experiment.clip)
        self._streams: dict[Hashable, Stream] = {}
        prepare_judging()
        for samples in detector.experiment.clip.buckets or (self._size,):
            self._judge([Clip(np.zeros(samples, np.float32), samples, None)])

    @property
    def rate(self) -> int:
        """Samples per second of what `push` takes."""
        return self._detector.experiment.front_end.rate

    @property
    def window(self) -> float:
        """Seconds that a verdict is about, once as much has arrived."""
        return self._size / self.rate

    @property
    def hop(self) -> float:
        """Seconds from one verdict to the next."""
        return self._hop / self.rate

    def push(self, chunks: Mapping[Hashable, np.ndarray]) -> list[Verdict]:
        """Take the next samples of some streams; return the verdicts that are due, in order.

        `chunks` maps names to float32 (n,), mono, of any length. A new name begins a stream. Raises
        AudioError for other arrays, and for NaN and infinities; then no stream is changed.
        """
        for name, samples in chunks.items():
            if samples.ndim != 1 or samples.dtype != np.float32 or not np.isfinite(samples).all():
                raise AudioError(f"The samples of {name} must be float32 (n,), and finite.")
        due: list[tuple[Hashable, Window]] = []
        for name, samples in chunks.items():
            if name not in self._streams:
                self._streams[name] = Stream(self.rate, self._size, self._hop)
            due += [(name, window) for window in self._streams[name].windows(samples)]
        clips = [clip_of(self._detector, window) for _, window in due]
        return [
            self._verdict(name, window, clip, judged)
            for (name, window), clip, judged in zip(due, clips, self._judge(clips), strict=True)
        ]

    def end(self, name: Hashable) -> None:
        """Forget a stream."""
        self._streams.pop(name, None)

    def _judge(self, clips: list[Clip]) -> list[Judged]:
        """Return what the detector says of each clip alone."""
        return judged_clips(self._detector, clips, self._batch, self._threads).rows()

    def _verdict(self, name: Hashable, window: Window, clip: Clip, judged: Judged) -> Verdict:
        """Return the verdict on a window; `judged` is about its clip alone."""
        stream, [score] = self._streams[name], judged.score.tolist()
        begin, end = window.start / self.rate, (window.start + len(window.samples)) / self.rate
        if clip.reason is not None:
            return Verdict(name, begin, end, score, reason=clip.reason, mean_llr=stream.mean_llr)
        llr = float(to_llr(self._detector.decision, np.array([score]))[0])
        stream.llrs = stream.llrs.including(llr)
        verdict = self._rule.verdict(llr)
        return Verdict(
            name,
            begin,
            end,
            score,
            llr,
            self._rule.p_spoof(llr),
            verdict,
            mean_llr=stream.mean_llr,
            **attack_fields(self._detector.attribution(judged), verdict),
        )


class _Sum(NamedTuple):
    """A sum, and of how many numbers."""

    total: float = 0.0
    count: int = 0

    def including(self, value: float) -> _Sum:
        return _Sum(self.total + value, self.count + 1)


class Stream:
    """The latest samples of a stream, and the windows that they complete."""

    def __init__(self, rate: int, size: int, hop: int):
        """`size` and `hop` are samples of a window, and from one window to the next."""
        self._rate, self._size, self._hop = rate, size, hop
        self._latest, self._total = np.zeros(0, np.float32), 0
        # Shorter parts are not judged, so the first verdict comes with the first hop after that.
        self._next_end = -(-round(LEAST_SECONDS * rate) // hop) * hop
        self.llrs = _Sum()

    @property
    def mean_llr(self) -> float | None:
        return self.llrs.total / self.llrs.count if self.llrs.count else None

    def windows(self, samples: np.ndarray) -> Iterator[Window]:
        """Take the next samples; yield the windows that end among them."""
        first = self._total - len(self._latest)
        held = np.concatenate((self._latest, samples))
        self._total += len(samples)
        self._latest = held[-self._size :]
        while self._next_end <= self._total:
            end, self._next_end = self._next_end, self._next_end + self._hop
            start = max(end - self._size, 0)
            origin = Origin(self._rate, seconds=end / self._rate)
            yield Window(start, held[start - first : end - first], origin)
