/* Levels of the processor's vector instructions, for which the kernels are built. */
#ifndef SPOOFJAX_PROCESSOR_H
#define SPOOFJAX_PROCESSOR_H

enum processor_level {
    PROCESSOR_BASELINE = 0,
    PROCESSOR_AVX2 = 1, /* with FMA */
    PROCESSOR_AVX512 = 2,
    PROCESSOR_LEVELS = 3
};

/* Whether this processor can run kernels built for the level. */
int processor_runs(enum processor_level level);

#endif
