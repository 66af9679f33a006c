/* The levels of vector instructions that the kernels are built for. */
#ifndef SPOOFJAX_PROCESSOR_H
#define SPOOFJAX_PROCESSOR_H

enum processor_level {
    PROCESSOR_BASELINE = 0,
    PROCESSOR_AVX2 = 1, /* with FMA */
    PROCESSOR_AVX512 = 2,
    PROCESSOR_LEVELS = 3
};

/* Return whether this processor can run kernels built for the level. */
int processor_runs(enum processor_level level);

#endif
