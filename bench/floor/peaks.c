/* What the processor can do in a cycle, with vectors of the width that LANES chooses. Every function
 * returns ticks of the time-stamp counter. */
#include "base/lanes.h"

#include <x86intrin.h>

/* Let the compiler neither drop nor move what defines x. */
#define KEEP(x) __asm__ volatile("" : "+v"(x))
#define EIGHT(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7)
#define TWELVE(M) EIGHT(M) M(8) M(9) M(10) M(11)

/* The time of `cycles` cycles: multiplications of integers that wait for each other, three each. */
uint64_t floor_clock(uint64_t cycles)
{
    uint64_t a = cycles;
    const uint64_t begin = __rdtsc();
    for (uint64_t i = 0; i < cycles; i += 12)
        __asm__ volatile("imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0" : "+r"(a));
    return __rdtsc() - begin;
}

/* 12 * n fused multiply-adds. */
uint64_t floor_multiply_add(ptrdiff_t n)
{
    V k = S(0.5f);
    KEEP(k);
#define DEFINE(j) V a##j = k;
    TWELVE(DEFINE)
    const uint64_t begin = __rdtsc();
    for (ptrdiff_t i = 0; i < n; i++) {
#define ADD(j) a##j = FMA(a##j, k, k), ({ KEEP(a##j); });
        TWELVE(ADD)
    }
    return __rdtsc() - begin;
}

/* 12 * n shuffles of two vectors. */
uint64_t floor_shuffle(ptrdiff_t n)
{
    V k = S(0.5f);
    KEEP(k);
    TWELVE(DEFINE)
    const uint64_t begin = __rdtsc();
    for (ptrdiff_t i = 0; i < n; i++) {
#define MIX(j) a##j = UNPACK_LO(a##j, k), ({ KEEP(a##j); });
        TWELVE(MIX)
    }
    return __rdtsc() - begin;
}

/* Load `vectors` vectors, a multiple of eight, n times. */
uint64_t floor_read(const V *p, ptrdiff_t vectors, ptrdiff_t n)
{
    const uint64_t begin = __rdtsc();
    for (ptrdiff_t r = 0; r < n; r++)
        for (ptrdiff_t i = 0; i < vectors; i += 8) {
#define READ(j) __asm__ volatile("" ::"v"(*(const volatile V *)&p[i + j]));
            EIGHT(READ)
        }
    return __rdtsc() - begin;
}

/* Store so many. */
uint64_t floor_write(V *p, ptrdiff_t vectors, ptrdiff_t n)
{
    const V x = S(1.0f);
    const uint64_t begin = __rdtsc();
    for (ptrdiff_t r = 0; r < n; r++)
        for (ptrdiff_t i = 0; i < vectors; i += 8) {
#define WRITE(j) *(volatile V *)&p[i + j] = x;
            EIGHT(WRITE)
        }
    return __rdtsc() - begin;
}
