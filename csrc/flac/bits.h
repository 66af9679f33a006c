/* Reading bits, the most significant first. The bytes are followed by FLAC_PADDING readable ones. */
#ifndef SPOOFJAX_FLAC_BITS_H
#define SPOOFJAX_FLAC_BITS_H

#include "info.h"

#include <stdint.h>
#include <string.h>

/* The next bits stand at the top of `cache`; at least 56 of them are real after a refill. A reader
 * that has run over the end gives zeros and is found out by `overrun`. */
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

static inline uint32_t take(reader *r, unsigned n)
{ /* n in 0 .. 32 */
    if (n == 0) return 0;
    refill(r);
    uint32_t v = (uint32_t)(r->cache >> (64 - n));
    r->cache <<= n;
    r->bits -= n;
    return v;
}

static inline int32_t take_signed(reader *r, unsigned n)
{ /* n in 1 .. 32 */
    return (int32_t)(take(r, n) << (32 - n)) >> (32 - n);
}

/* Where the reader stands, in whole bytes; its bits are used up to there. */
static inline const uint8_t *place(const reader *r) { return r->next - (r->bits >> 3); }

static inline int overrun(const reader *r) { return place(r) > r->end; }

/* Zeros before the next one, which is taken too; stops at the end of the data. */
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
