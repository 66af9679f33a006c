#include "processor.h"

int processor_runs(enum processor_level level)
{
    if (level == PROCESSOR_BASELINE) return 1;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (level == PROCESSOR_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (level == PROCESSOR_AVX512)
        return processor_runs(PROCESSOR_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return 0;
}
