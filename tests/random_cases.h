/* What the harnesses of random cases share: draws, and the program `fuzz SEED CASES SECONDS`.
 *
 * The program stops after that many cases or seconds; its exit status is 1 at a failure. */
#ifndef RANDOM_CASES_H
#define RANDOM_CASES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state;

static inline uint64_t next(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state * 0x2545f4914f6cdd1dull;
}
static inline int below(int n) { return (int)((next() >> 33) % (uint64_t)n); }
static inline int chance(int in) { return below(in) == 0; }
static inline double uniform(double low, double high)
{
    return low + (high - low) * ((double)(next() >> 11) * 0x1p-53);
}

/* Calls one_case(), which returns NULL or what is wrong, as main's arguments say. */
static inline int run_cases(int count, char **arguments, const char *(*one_case)(void))
{
    if (count != 4) return fprintf(stderr, "fuzz SEED CASES SECONDS\n"), 2;
    const uint64_t seed = strtoull(arguments[1], NULL, 10);
    const long cases = atol(arguments[2]);
    const time_t end = time(NULL) + atol(arguments[3]);
    long done = 0;
    for (; done < cases && time(NULL) < end; done++) {
        state = (seed * 1000003 + (uint64_t)done + 1) * 0x9E3779B97F4A7C15ull;
        const char *wrong = one_case();
        if (wrong) {
            fprintf(stderr, "case %ld of seed %s: %s\n", done, arguments[1], wrong);
            return 1;
        }
    }
    printf("%ld cases\n", done);
    return 0;
}

#endif
