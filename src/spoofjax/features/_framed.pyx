"""Binding to csrc/features: a plan made from options, and one call without the GIL per batch."""

import numpy as np

cimport cython
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int64_t, uint16_t, uintptr_t

from spoofjax.errors import AudioError, ConfigError
from spoofjax.processor import LEVELS

cdef extern from "base/processor.h" nogil:
    enum processor_level:
        pass

cdef extern from "features/framed.h" nogil:
    ctypedef struct framed_options:
        int frame_length, hop, fft, center
        const float *window
        float pre_emphasis
        int pre_emphasis_frames, remove_dc, magnitude
        int filters
        const float *filter_bank
        float log_scale, eps, floor
        int cepstra
        const float *dct
        int energy, deltas, delta_width, normalize
    ctypedef struct framed_plan:
        pass
    ctypedef struct framed_batch:
        const void *samples
        int int16
        ptrdiff_t clips, length
        const int64_t *lengths
        ptrdiff_t clip_stride, sample_stride
        float *out
        ptrdiff_t frames, out_clip_stride, out_frame_stride
    framed_plan *framed_plan_new(const framed_options *options, processor_level level)
    void framed_plan_free(framed_plan *plan)
    ptrdiff_t framed_frames(const framed_plan *plan, ptrdiff_t samples)
    int framed_coefficients(const framed_plan *plan)
    int framed_run(const framed_plan *plan, const framed_batch *batch, int threads)

cdef extern from "features/rounding.h" nogil:
    ctypedef struct rounding_batch:
        const float *features
        ptrdiff_t items, rows, coefficients
        const float *mean
        const float *deviation
        uint16_t *out
    int rounding_run(const rounding_batch *batch, int threads)


@cython.final
cdef class Plan:
    """The tables of one front end for one build of the kernel; used by any number of threads."""

    cdef framed_plan *plan

    def __cinit__(
        self,
        str level,
        *,
        int frame_length,
        int hop,
        int fft,
        bint center,
        const float[::1] window,
        float pre_emphasis,
        bint pre_emphasis_frames,
        bint remove_dc,
        bint magnitude,
        const float[:, ::1] filter_bank,
        float log_scale,
        float eps,
        float floor,
        const float[:, ::1] dct,
        bint energy,
        int deltas,
        int delta_width,
        int normalize,
    ):
        cdef framed_options o
        cdef int bands = fft // 2 + 1
        if window.shape[0] != frame_length:
            raise ConfigError(
                f"The window has {window.shape[0]} weights for frames of {frame_length}."
            )
        o.frame_length, o.hop, o.fft, o.center = frame_length, hop, fft, center
        o.window = &window[0] if frame_length else NULL
        o.pre_emphasis, o.pre_emphasis_frames = pre_emphasis, pre_emphasis_frames
        o.remove_dc, o.magnitude = remove_dc, magnitude
        o.filters, o.filter_bank = 0, NULL
        if filter_bank is not None:
            if filter_bank.shape[0] < 1 or filter_bank.shape[1] != bands:
                raise ConfigError(
                    f"The filter bank for FFT {fft} must have the shape (filters, {bands})."
                )
            o.filters, o.filter_bank = <int>filter_bank.shape[0], &filter_bank[0, 0]
            bands = o.filters
        o.log_scale, o.eps, o.floor = log_scale, eps, floor
        o.cepstra, o.dct = 0, NULL
        if dct is not None:
            if dct.shape[0] < 1 or dct.shape[1] != bands:
                raise ConfigError(f"The cosine transform must have the shape (cepstra, {bands}).")
            o.cepstra, o.dct = <int>dct.shape[0], &dct[0, 0]
        o.energy, o.deltas, o.delta_width, o.normalize = energy, deltas, delta_width, normalize
        self.plan = framed_plan_new(&o, <processor_level><int>LEVELS.index(level))
        if self.plan == NULL:
            raise ConfigError(
                f"There is no kernel for frame length {frame_length}, hop {hop} and FFT {fft} at "
                f"{level}."
            )

    def __dealloc__(self):
        framed_plan_free(self.plan)

    @property
    def coefficients(self) -> int:
        """Features per frame."""
        return framed_coefficients(self.plan)

    def frames(self, ptrdiff_t samples) -> int:
        """Frames that `samples` samples give."""
        return framed_frames(self.plan, samples)

    def run(self, samples, lengths, out, int threads) -> None:
        """Fill `out`, float32 (clips, frames, coefficients), from (clips, samples).

        `samples` are int16 or float32. `lengths` is None or int64 (clips,), each 0 .. samples. Rows
        beyond a clip's own frames become 0; frames beyond the rows of `out` are dropped. Any strides
        will do, except on the last axis of `out`. Raises AudioError for arrays of another kind.
        """
        cdef framed_batch b
        cdef int status
        cdef bint int16 = samples.dtype == np.int16
        cdef ptrdiff_t item = 2 if int16 else 4
        cdef const int64_t[::1] own
        cdef ptrdiff_t i
        if samples.ndim != 2 or samples.dtype not in (np.int16, np.float32):
            raise AudioError("Samples must be int16 or float32 of shape (clips, samples).")
        if not samples.flags.aligned or any(stride % item for stride in samples.strides):
            samples = np.ascontiguousarray(samples)
        if (
            out.dtype != np.float32 or out.ndim != 3 or not out.flags.writeable
            or not out.flags.aligned or out.shape[0] != samples.shape[0]
            or out.shape[2] != self.coefficients
            or (out.size and out.strides[2] != 4) or any(stride % 4 for stride in out.strides)
        ):
            raise AudioError(
                "The output must be a writeable float32 array of shape (clips, frames, "
                f"{self.coefficients}) whose last axis is contiguous."
            )
        b.lengths = NULL
        if lengths is not None:
            own = lengths
            if own.shape[0] != samples.shape[0]:
                raise AudioError("There must be one length per clip.")
            for i in range(own.shape[0]):
                if own[i] < 0 or own[i] > samples.shape[1]:
                    raise AudioError(
                        f"The length {own[i]} of clip {i} is not in 0..{samples.shape[1]}."
                    )
            if own.shape[0]:
                b.lengths = &own[0]
        b.samples = <const void *><uintptr_t>samples.ctypes.data
        b.int16 = int16
        b.clips, b.length = samples.shape[0], samples.shape[1]
        b.clip_stride = samples.strides[0] // item
        b.sample_stride = samples.strides[1] // item
        b.out = <float *><uintptr_t>out.ctypes.data
        b.frames = out.shape[1]
        b.out_clip_stride = out.strides[0] // 4
        b.out_frame_stride = out.strides[1] // 4
        with nogil:
            status = framed_run(self.plan, &b, threads)
        if status:
            raise MemoryError("There is no memory for the feature kernel's scratch.")


def round_features(
    const float[:, :, ::1] features,
    const float[::1] mean,
    const float[::1] deviation,
    uint16_t[:, :, ::1] out,
    int threads,
) -> None:
    """Fill `out` with the bits of (features - mean) / deviation in bfloat16.

    Both are (clips, frames, coefficients), the statistics (coefficients,). Raises ConfigError for
    statistics of another size.
    """
    cdef rounding_batch b
    cdef int status
    b.items, b.rows, b.coefficients = features.shape[0], features.shape[1], features.shape[2]
    if mean.shape[0] != b.coefficients or deviation.shape[0] != b.coefficients:
        raise ConfigError(
            f"Statistics of {mean.shape[0]} coefficients do not fit features of {b.coefficients}."
        )
    if features.size == 0:
        return
    b.features, b.out = &features[0, 0, 0], &out[0, 0, 0]
    b.mean, b.deviation = &mean[0], &deviation[0]
    with nogil:
        status = rounding_run(&b, threads)
    if status:
        raise MemoryError("There is no memory for rounding features.")
