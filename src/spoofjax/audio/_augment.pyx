"""Binding to csrc/audio: one call without the GIL per batch of waveforms."""

from functools import lru_cache

cimport cython
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int64_t, uint64_t

from spoofjax.errors import AudioError
from spoofjax.processor import LEVELS

cdef extern from "base/processor.h" nogil:
    enum processor_level:
        pass

cdef extern from "audio/augment.h" nogil:
    ctypedef struct range_ "range":
        double low, high
    ctypedef struct rawboost_options:
        int algorithm, orders, bands
        range_ centre, width, taps, gain, higher_gain
        double impulses, impulse_gain
        range_ snr
    ctypedef struct channel_options:
        double equalise, noise, low_pass
        int knots
        double gain
        range_ snr, slope
        double narrow
        range_ narrow_hz, wide_hz
    ctypedef struct augment_batch:
        const float *samples
        float *out
        const uint64_t *seeds
        ptrdiff_t clips, length
        double rate
    ctypedef struct filter_plan:
        pass
    filter_plan *filter_plan_new(int half)
    void filter_plan_free(filter_plan *plan)
    int rawboost_half(const rawboost_options *options)
    int CHANNEL_HALF
    int rawboost_run(const filter_plan *plan, const rawboost_options *options,
                     const augment_batch *batch, processor_level level, int threads)
    int channel_run(const filter_plan *plan, const channel_options *options,
                    const augment_batch *batch, processor_level level, int threads)
    filter_plan *room_plan_new()
    int room_run(const filter_plan *plan, const float *responses, ptrdiff_t most,
                 const int64_t *lengths, const augment_batch *batch, processor_level level,
                 int threads)


@cython.final
cdef class _Plan:
    """The tables of filters of up to 2 half + 1 taps, or of room responses where half is 0."""

    cdef filter_plan *plan

    def __cinit__(self, int half):
        self.plan = filter_plan_new(half) if half else room_plan_new()
        if self.plan == NULL:
            raise MemoryError(f"There is no memory for filters of {2 * half + 1} taps.")

    def __dealloc__(self):
        filter_plan_free(self.plan)


_plan = lru_cache(maxsize=8)(_Plan)


cdef augment_batch _batch(const float[:, ::1] samples, float[:, ::1] out, const uint64_t[::1] seeds,
                          double rate) except *:
    cdef augment_batch b
    b.clips, b.length = samples.shape[0], samples.shape[1]
    if out.shape[0] != b.clips or out.shape[1] != b.length or seeds.shape[0] != b.clips:
        raise AudioError(
            f"{b.clips} clips of {b.length} samples need an output of the same shape and as many "
            f"seeds, not {out.shape[0]} x {out.shape[1]} and {seeds.shape[0]}."
        )
    b.samples = &samples[0, 0] if b.clips and b.length else NULL
    b.out = &out[0, 0] if b.clips and b.length else NULL
    b.seeds = &seeds[0] if b.clips else NULL
    b.rate = rate
    return b


cdef range_ _range(limits) except *:
    cdef range_ r
    r.low, r.high = limits
    return r


def rawboost(const float[:, ::1] samples, float[:, ::1] out, const uint64_t[::1] seeds, double rate,
             options, str level, int threads):
    """Fill `out` with RawBoost of `samples`; `options` is a RawBoost."""
    cdef rawboost_options o
    cdef augment_batch b = _batch(samples, out, seeds, rate)
    cdef processor_level build = <processor_level><int>LEVELS.index(level)
    cdef int status
    o.algorithm, o.orders, o.bands = options.algorithm, options.orders, options.bands
    o.centre = _range((options.centre_hz[0], min(options.centre_hz[1], rate / 2)))
    o.width, o.taps = _range(options.width_hz), _range(options.taps)
    o.gain, o.higher_gain = _range(options.gain_db), _range(options.higher_gain_db)
    o.impulses, o.impulse_gain = options.impulse_percent, options.impulse_gain
    o.snr = _range(options.snr_db)
    cdef _Plan plan = _plan(rawboost_half(&o))
    with nogil:
        status = rawboost_run(plan.plan, &o, &b, build, threads)
    if status:
        raise MemoryError("There is no memory for RawBoost's buffers.")


def channel(const float[:, ::1] samples, float[:, ::1] out, const uint64_t[::1] seeds, double rate,
            options, str level, int threads):
    """Fill `out` with variations of `samples`; `options` is a ChannelVariation."""
    cdef channel_options o
    cdef augment_batch b = _batch(samples, out, seeds, rate)
    cdef processor_level build = <processor_level><int>LEVELS.index(level)
    cdef int status
    o.equalise, o.noise, o.low_pass = options.equalise, options.noise, options.low_pass
    o.knots, o.gain = options.knots, options.gain_db
    o.snr, o.slope = _range(options.snr_db), _range(options.slope)
    o.narrow = options.narrow
    o.narrow_hz, o.wide_hz = _range(options.narrow_hz), _range(options.wide_hz)
    cdef _Plan plan = _plan(CHANNEL_HALF)
    with nogil:
        status = channel_run(plan.plan, &o, &b, build, threads)
    if status:
        raise MemoryError("There is no memory for the filters' buffers.")


def room(const float[:, ::1] samples, float[:, ::1] out, const float[:, ::1] responses,
         const int64_t[::1] lengths, str level, int threads):
    """Fill `out` with each clip convolved by the first `lengths` values of its response."""
    cdef augment_batch b
    cdef processor_level build = <processor_level><int>LEVELS.index(level)
    cdef _Plan plan = _plan(0)
    cdef int status
    b.clips, b.length, b.seeds, b.rate = samples.shape[0], samples.shape[1], NULL, 0
    if out.shape[0] != b.clips or out.shape[1] != b.length:
        raise AudioError(
            f"{b.clips} clips of {b.length} samples need an output of the same shape, not "
            f"{out.shape[0]} x {out.shape[1]}."
        )
    if responses.shape[0] != b.clips or lengths.shape[0] != b.clips or responses.shape[1] < 1:
        raise AudioError(f"{b.clips} clips need as many impulse responses and lengths of them.")
    for i in range(b.clips):
        if not 1 <= lengths[i] <= responses.shape[1]:
            raise AudioError(
                f"The length of impulse response {i}, {lengths[i]}, is not in 1..{responses.shape[1]}."
            )
    if b.clips == 0 or b.length == 0:
        return
    b.samples, b.out = &samples[0, 0], &out[0, 0]
    with nogil:
        status = room_run(plan.plan, &responses[0, 0], responses.shape[1], &lengths[0], &b, build,
                          threads)
    if status:
        raise MemoryError("There is no memory for the room's buffers.")
