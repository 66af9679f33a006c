"""A detector that answers many requests at once: decoding in threads, scoring in batches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from spoofjax.audio.blocks import Recording
from spoofjax.audio.clips import most_samples
from spoofjax.audio.judging import prepare_judging
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.judged import Judged
from spoofjax.deployment.listener import Listener, clip_of
from spoofjax.deployment.listening import hop_samples
from spoofjax.deployment.speaker_encoder import SpeakerEncoder
from spoofjax.deployment.timeline import Timeline
from spoofjax.deployment.windows import Window
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.pooling import Pooling
from spoofjax.evaluation.rule import Rule
from spoofjax.service.answers import answer_of, attack_of, judged
from spoofjax.service.batching import SIZES, Batcher
from spoofjax.service.counters import Counters
from spoofjax.service.decoding import decode
from spoofjax.service.limits import Limits
from spoofjax.service.pictures import pictures
from spoofjax.service.refusals import Refusal
from spoofjax.service.speakers import compare_speakers


class Engine:
    """Judges recordings with one detector and one rule."""

    def __init__(
        self,
        detector: Detector,
        rule: Rule,
        limits: Limits,
        counters: Counters,
        *,
        pooling: Pooling | None = None,
        threads: int | None = None,
        note: str = "",
    ):
        """`note` is added to what every answer says of the worth of a verdict."""
        detector.require_audio()
        self.detector, self.rule, self.limits = detector, rule, limits
        self.pooling: Pooling = pooling or detector.pooling
        self.rate = detector.experiment.front_end.rate
        self.window = most_samples(detector.experiment.clip)
        """Samples that the detector hears at once."""
        self.hop = hop_samples(detector, None)
        """Samples from one window to the next."""
        self.note = note
        self._counters = counters
        self._batcher = Batcher(
            lambda clips, valid: detector.judge(clips, valid, threads).rows(), counters.add_batch
        )
        self._pool = ThreadPoolExecutor(threads or 2, "decode")
        self._places = asyncio.Semaphore(limits.concurrency)

    def warm(self) -> None:
        """Compile the network for one window; for more of them, it is compiled while it runs."""
        prepare_judging()
        self._batcher.warm(self.window)

    @property
    def is_warm(self) -> bool:
        """Whether the network is compiled for batches of every size."""
        return self._batcher.is_warm

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Context in which requests are answered."""
        async with self._batcher.running():
            try:
                yield
            finally:
                self._pool.shutdown(wait=False, cancel_futures=True)

    async def judge(self, data: bytes, *, has_pictures: bool = True) -> dict[str, Any]:
        """Return the answer about an audio file.

        Raises Refusal for a file that cannot be used, and where the answer takes too long.
        """
        async with self._turn():
            return await self._judge(data, has_pictures)

    async def judge_claim(
        self, data: bytes, enrolments: Sequence[bytes], encoder: SpeakerEncoder
    ) -> tuple[dict[str, Any], float | None]:
        """Return the answer about an audio file, and how alike its speaker is to those enrolled.

        The second is None where the file cannot be judged. Raises Refusal as `judge` does.
        """
        async with self._turn():
            answer = await self._judge(data, has_pictures=False)
            if answer["p_spoof"] is None:
                return answer, None
            arguments = (encoder, data, enrolments, self.limits)
            return answer, await self._in_thread(compare_speakers, *arguments)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Context of one answer, which begins when there is a place. Raises Refusal (429)."""
        try:
            async with asyncio.timeout(self.limits.answer_seconds), self._places:
                yield
        except TimeoutError:
            seconds = f"{self.limits.answer_seconds:g} s"
            raise Refusal(
                429, f"The answer takes more than {seconds}, because of the load. Try again later."
            ) from None

    async def _judge(self, data: bytes, has_pictures: bool) -> dict[str, Any]:
        decoded = await self._in_thread(decode, data, self.rate, self.limits)
        timeline = await self._listen(decoded.recording)
        answer = answer_of(timeline, self.rule, self.pooling)
        if self.note:
            answer["limits"] += f" {self.note}"
        if has_pictures:
            answer["pictures"] = await self._in_thread(pictures, decoded.samples, self.rate)
        self._counters.add_verdict(answer["verdict"], timeline.seconds)
        return answer

    async def judge_window(self, window: Window) -> dict[str, Any]:
        """Return the verdict on a part of a stream, from `start` to `end` in seconds."""
        clip = await self._in_thread(clip_of, self.detector, window)
        [heard] = await self._batcher.results([clip.samples], [clip.valid])
        [score], [llr] = heard.score.tolist(), to_llr(self.detector.decision, heard.score).tolist()
        end = (window.start + len(window.samples)) / self.rate
        times = {"start": round(window.start / self.rate, 3), "end": round(end, 3)}
        answer = judged(score, llr, clip.reason, self.rule)
        return {**times, **answer, **attack_of(answer, self.detector.attribution(heard))}

    async def _listen(self, recording: Recording) -> Timeline:
        """Return the timeline of a recording, in windows as `spoofjax score` hears them.

        Raises Refusal (422) where there is nothing to hear.
        """
        listener = Listener(self.detector, recording, self.hop)
        while not listener.is_finished:
            # A long recording scores few windows at a time, so that others have their turn.
            clips = await self._in_thread(listener.take, SIZES[-1])
            rows = await self._batcher.results(
                [clip.samples for clip in clips], [clip.valid for clip in clips]
            )
            if rows:
                # The timeline is one of windows, as that of a page that listens by itself.
                listener.add(Judged.joined(rows)._replace(steps=None), clips)
        timeline = listener.result()
        if isinstance(timeline, str):
            raise Refusal(422, timeline)
        return timeline

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
