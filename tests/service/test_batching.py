"""Windows of several requests share forward passes."""

import asyncio
import threading

import numpy as np
import pytest

from spoofjax.service.batching import Batcher


def run(work):
    return asyncio.run(asyncio.wait_for(work(), 20))


def means(clips, valid):
    return clips.mean(axis=1)


def test_requests_that_wait_share_a_forward_pass():
    sizes = []
    batcher = Batcher(means, sizes.append)

    async def work():
        async with batcher.running():
            requests = [batcher.results([np.full(8, n, np.float32)], [8]) for n in range(20)]
            return await asyncio.gather(*requests)

    assert run(work) == [[float(n)] for n in range(20)]
    assert sum(sizes) == 20
    assert len(sizes) <= 3


def test_windows_are_scored_while_larger_batches_are_compiled():
    may_compile, sizes = threading.Event(), []

    def compile_slowly(clips, valid):
        if not clips.any() and len(clips) > 1:  # the compilation of a larger batch
            may_compile.wait(20)
        return means(clips, valid)

    batcher = Batcher(compile_slowly, sizes.append)
    batcher.warm(8)

    async def score(count):
        clips = [np.full(8, n + 1, np.float32) for n in range(count)]
        assert await batcher.results(clips, [8] * count) == [n + 1.0 for n in range(count)]

    async def work():
        async with batcher.running():
            await score(5)
            assert sizes == [1] * 5
            assert not batcher.is_warm
            may_compile.set()
            while sizes[-1] < 16:
                await score(32)
            assert batcher.is_warm

    run(work)


def test_clips_of_different_lengths_get_their_own_scores():
    batcher = Batcher(means)

    async def work():
        async with batcher.running():
            clips = [np.full(n % 3 + 4, n, np.float32) for n in range(10)]
            return await batcher.results(clips, [len(clip) for clip in clips])

    assert run(work) == [float(n) for n in range(10)]


def test_a_failure_reaches_those_who_were_in_the_batch_and_no_others():
    def fail_once(clips, valid):
        if len(clips[0]) == 3:
            raise MemoryError("too much")
        return means(clips, valid)

    batcher = Batcher(fail_once)

    async def work():
        async with batcher.running():
            with pytest.raises(MemoryError):
                await batcher.results([np.ones(3, np.float32)], [3])
            return await batcher.results([np.ones(4, np.float32)], [4])

    assert run(work) == [1.0]


def test_a_request_that_has_given_up_is_not_computed():
    sizes = []
    batcher = Batcher(means, sizes.append)

    async def work():
        given_up = asyncio.ensure_future(batcher.results([np.ones(4, np.float32)] * 5, [4] * 5))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        async with batcher.running():
            return await batcher.results([np.ones(4, np.float32)], [4])

    assert run(work) == [1.0]
    assert sizes == [1]
