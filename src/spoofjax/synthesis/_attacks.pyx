"""Binding to csrc/synthesis: one call without the GIL per clip.

An attack returns float32 (samples,), the copy of a clip as if its RMS were 1; `samples` are
float32 (samples,), finite. The matrices are those of `tables`.
"""

cimport cython
import numpy as np
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, uint64_t

from spoofjax.processor import LEVELS, simd_level

cdef extern from "base/processor.h" nogil:
    enum processor_level:
        pass

cdef extern from "synthesis/attacks.h" nogil:
    int BINS, PITCH_BINS, LAGS, MOST_ORDER
    ctypedef struct phase_options:
        float amount
        int first_bin
    ctypedef struct griffin_lim_options:
        int iterations
        float momentum
        int bands
        const int32_t *starts
        const float *weights
    ctypedef struct prediction_options:
        int order
        const float *correlate
        const float *cosines
        const float *sines
        const float *emphasis
        const float *pitch
    ctypedef struct cepstral_options:
        int order
        const float *analyse
        const float *logs
        const float *phases
        int first_bin
        const float *pitch
    ctypedef struct harmonic_options:
        float voiced_hz
        const float *pitch
    ctypedef struct peak_options:
        int peaks
        const float *weights
    ctypedef struct warp_options:
        int order
        const float *analyse
        const float *before
        const float *after
        float pitch
        const int32_t *sources
    enum attack_kind:
        PHASES, GRIFFIN_LIM, PREDICTION, CEPSTRAL, HARMONICS, PEAKS, WARP
    ctypedef struct attack:
        attack_kind kind
        int hop
        phase_options phases
        griffin_lim_options griffin_lim
        prediction_options prediction
        cepstral_options cepstral
        harmonic_options harmonics
        peak_options peaks
        warp_options warp
    ctypedef struct copy_plan:
        pass
    copy_plan *copy_plan_new()
    void copy_plan_free(copy_plan *plan)
    int copy_run(const copy_plan *plan, const attack *options, const float *samples, float *out,
                 ptrdiff_t length, uint64_t seed, processor_level level)
    void level_of(const float *samples, ptrdiff_t length, double *mean, double *rms)
    ptrdiff_t pitch_frames(ptrdiff_t length, int hop)
    int pitch_run(const copy_plan *plan, const float *pitch, int hop, const float *samples,
                  ptrdiff_t length, float *f0, int32_t *is_voiced, processor_level level)


@cython.final
cdef class _Plan:
    """The tables of the transforms."""

    cdef copy_plan *plan

    def __cinit__(self):
        self.plan = copy_plan_new()
        if self.plan == NULL:
            raise MemoryError("There is no memory for the tables of the attacks.")

    def __dealloc__(self):
        copy_plan_free(self.plan)


cdef _Plan _plan = _Plan()


cdef const float *_matrix(const float[:, ::1] values, int rows, int columns) except NULL:
    """Return the first element of a matrix of this shape."""
    if values.shape[0] != rows or values.shape[1] != columns:
        raise ValueError(f"A table has the shape {values.shape[0]} x {values.shape[1]}.")
    return &values[0, 0]


cdef _copy(const attack *options, const float[::1] samples, uint64_t seed):
    copy = np.empty(samples.shape[0], np.float32)
    cdef float[::1] out = copy
    cdef processor_level level = <processor_level><int>LEVELS.index(simd_level())
    cdef int status = 0
    if samples.shape[0]:
        with nogil:
            status = copy_run(_plan.plan, options, &samples[0], &out[0], samples.shape[0], seed,
                              level)
    if status:
        raise MemoryError("There is no memory to copy a clip.")
    return copy


def mean_and_rms(const float[::1] samples):
    """Return two floats, the mean and the RMS around it; NaN where a sample is NaN or infinite."""
    cdef double mean = 0, rms = 0
    if samples.shape[0]:
        with nogil:
            level_of(&samples[0], samples.shape[0], &mean, &rms)
    return mean, rms


def randomise_phases(const float[::1] samples, uint64_t seed, int hop, float amount, int first_bin):
    """Turn phases by up to `amount` turns, from `first_bin` on."""
    cdef attack a
    a.kind, a.hop = PHASES, hop
    a.phases.amount, a.phases.first_bin = amount, first_bin
    return _copy(&a, samples, seed)


def griffin_lim(const float[::1] samples, uint64_t seed, int hop, int iterations, float momentum,
                const int32_t[::1] starts, weights):
    """Find phases anew; `starts` and `weights` are those of mel filters, or None."""
    cdef attack a
    cdef int bands
    a.kind, a.hop = GRIFFIN_LIM, hop
    a.griffin_lim.iterations, a.griffin_lim.momentum = iterations, momentum
    a.griffin_lim.bands = 0
    if starts is not None:
        bands = <int>starts.shape[0] - 1
        if not 0 < bands < BINS or starts[0] != 0 or starts[bands] != BINS:
            raise ValueError("The mel filters do not fit the spectra.")
        a.griffin_lim.bands, a.griffin_lim.starts = bands, &starts[0]
        a.griffin_lim.weights = _matrix(weights, 4, BINS)
    return _copy(&a, samples, seed)


def predict(const float[::1] samples, uint64_t seed, int hop, int order, tables, pitch):
    """Drive an all-pole filter of `order` poles by pulses and noise."""
    cdef attack a
    a.kind, a.hop = PREDICTION, hop
    a.prediction.order = min(order, MOST_ORDER)
    correlate, cosines, sines, emphasis = tables
    a.prediction.correlate = _matrix(correlate, BINS, order + 1)
    a.prediction.cosines = _matrix(cosines, order + 1, BINS)
    a.prediction.sines = _matrix(sines, order + 1, BINS)
    a.prediction.emphasis = _matrix(emphasis, 2, BINS)
    a.prediction.pitch = _matrix(pitch, PITCH_BINS, LAGS)
    return _copy(&a, samples, seed)


def mel_cepstral(const float[::1] samples, uint64_t seed, int hop, int order, tables, pitch,
                 int first_bin):
    """Drive a mel-cepstral filter by pulses and noise; keep the bins below `first_bin`."""
    cdef attack a
    a.kind, a.hop = CEPSTRAL, hop
    a.cepstral.order, a.cepstral.first_bin = min(order, MOST_ORDER), min(first_bin, BINS)
    analyse, logs, phases = tables
    a.cepstral.analyse = _matrix(analyse, BINS, order + 1)
    a.cepstral.logs = _matrix(logs, order + 1, BINS)
    a.cepstral.phases = _matrix(phases, order + 1, BINS)
    a.cepstral.pitch = _matrix(pitch, PITCH_BINS, LAGS)
    return _copy(&a, samples, seed)


def harmonics(const float[::1] samples, uint64_t seed, int hop, float voiced_hz, pitch):
    """Keep magnitudes at multiples of the pitch below `voiced_hz`, and noise above."""
    cdef attack a
    a.kind, a.hop = HARMONICS, hop
    a.harmonics.voiced_hz = voiced_hz
    a.harmonics.pitch = _matrix(pitch, PITCH_BINS, LAGS)
    return _copy(&a, samples, seed)


def peaks(const float[::1] samples, int hop, int count, weights):
    """Keep the strongest peaks of each spectrum; ranks are magnitudes times weights (1, BINS)."""
    cdef attack a
    a.kind, a.hop = PEAKS, hop
    a.peaks.peaks = count
    a.peaks.weights = _matrix(weights, 1, BINS)
    return _copy(&a, samples, 0)


def warp(const float[::1] samples, int hop, int order, analyse, before, after, float pitch,
         const int32_t[::1] sources):
    """Apply gains that are series of mel cepstra; between the two, shift the pitch."""
    cdef attack a
    cdef int k
    a.kind, a.hop = WARP, hop
    a.warp.order, a.warp.pitch = min(order, MOST_ORDER), pitch
    a.warp.analyse = _matrix(analyse, BINS, order + 1)
    a.warp.before = _matrix(before, order + 1, BINS)
    a.warp.after = _matrix(after, order + 1, BINS)
    if sources.shape[0] != BINS:
        raise ValueError(f"There are {sources.shape[0]} sources.")
    for k in range(BINS):
        if not 0 <= sources[k] < BINS:
            raise ValueError(f"The source {sources[k]} is no bin.")
    a.warp.sources = &sources[0]
    return _copy(&a, samples, 0)


def pitch_of(const float[::1] samples, int hop, pitch):
    """Return float32 (frames,), the pitch in Hz, and int32 (frames,), whether each is voiced."""
    cdef ptrdiff_t frames = pitch_frames(samples.shape[0], hop)
    f0, is_voiced = np.empty(frames, np.float32), np.empty(frames, np.int32)
    cdef float[::1] f0_view = f0
    cdef int32_t[::1] voiced_view = is_voiced
    cdef const float *matrix = _matrix(pitch, PITCH_BINS, LAGS)
    cdef processor_level level = <processor_level><int>LEVELS.index(simd_level())
    cdef int status = 0
    if samples.shape[0]:
        with nogil:
            status = pitch_run(_plan.plan, matrix, hop, &samples[0], samples.shape[0], &f0_view[0],
                               &voiced_view[0], level)
    if status:
        raise MemoryError("There is no memory to measure a pitch.")
    return f0, is_voiced
