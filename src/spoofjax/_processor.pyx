"""Binding to csrc/base/processor.h."""

cdef extern from "base/processor.h" nogil:
    enum processor_level:
        pass
    int processor_runs(processor_level level)


def runs(int level) -> bool:
    """Return whether this processor can run kernels built for the level, 0 to 2."""
    return processor_runs(<processor_level>level) != 0
