/* Reading bits, the most significant first, from bytes with FLAC_PADDING readable ones behind. */
#ifndef SPOOFJAX_FLAC_BITS_H
#define SPOOFJAX_FLAC_BITS_H

#include "info.h"

#include <stdint.h>
#include <string.h>

/* The next bits are at the top of `cache`, at least 56 of them after a refill. Beyond the end of
 * the data a reader returns zeros, and `overrun` returns true. */
typedef struct {
    const uint8_t *next, *end;
    uint64_t cache;
    unsigned bits;
} reader;

static inline uint64_t big_endian(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

static inline void refill(reader *r)
{
    if (r->next <= r->end + FLAC_PADDING - 8) {
        r->cache |= big_endian(r->next) >> r->bits;
        r->next += (63 - r->bits) >> 3;
    } else {
        r->next = r->end + FLAC_PADDING; /* marks the overrun; the bits are zeros */
    }
    r->bits |= 56;
}

static inline reader reader_at(const uint8_t *p, const uint8_t *end)
{
    reader r = {p, end, 0, 0};
    refill(&r);
    return r;
}

/* The next n bits, 0 <= n <= 32. */
static inline uint32_t take(reader *r, unsigned n)
{
    if (n == 0) return 0;
    refill(r);
    uint32_t v = (uint32_t)(r->cache >> (64 - n));
    r->cache <<= n;
    r->bits -= n;
    return v;
}

/* The next n bits as a two's complement number, 1 <= n <= 32. */
static inline int32_t take_signed(reader *r, unsigned n)
{
    return (int32_t)(take(r, n) << (32 - n)) >> (32 - n);
}

/* The byte that holds the next bit. */
static inline const uint8_t *position(const reader *r) { return r->next - (r->bits >> 3); }

static inline int overrun(const reader *r) { return position(r) > r->end; }

/* Count the zeros before the next one and take both; stop at the end of the data. */
static inline uint32_t unary(reader *r)
{
    uint32_t zeros = 0;
    for (;;) {
        refill(r);
        if (r->cache) {
            unsigned n = (unsigned)__builtin_clzll(r->cache);
            if (n < r->bits) {
                r->cache = r->cache << n << 1;
                r->bits -= n + 1;
                return zeros + n;
            }
        }
        zeros += r->bits;
        r->cache = 0;
        r->bits = 0;
        if (overrun(r)) return zeros;
    }
}

#endif
