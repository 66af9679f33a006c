#include "flac.h"

#include <string.h>

/* ---------------------------------------------------------------- checksums */

static uint8_t crc8_table[256];
static uint16_t crc16_table[8][256];

/* Filled when the library is loaded, before any thread can ask. */
__attribute__((constructor)) static void make_tables(void) {
    for (int i = 0; i < 256; i++) {
        uint8_t c8 = (uint8_t)i;
        uint16_t c16 = (uint16_t)(i << 8);
        for (int bit = 0; bit < 8; bit++) {
            c8 = (uint8_t)((c8 << 1) ^ (c8 & 0x80 ? 0x07 : 0));
            c16 = (uint16_t)((c16 << 1) ^ (c16 & 0x8000 ? 0x8005 : 0));
        }
        crc8_table[i] = c8;
        crc16_table[0][i] = c16;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++) {
            uint16_t c = crc16_table[k - 1][i];
            crc16_table[k][i] = (uint16_t)((c << 8) ^ crc16_table[0][c >> 8]);
        }
}

static uint8_t crc8(const uint8_t *p, size_t n) {
    uint8_t c = 0;
    while (n--) c = crc8_table[c ^ *p++];
    return c;
}

static uint16_t crc16(const uint8_t *p, size_t n) {
    uint16_t c = 0;
    for (; n >= 8; n -= 8, p += 8)
        c = (uint16_t)(crc16_table[7][p[0] ^ (c >> 8)] ^ crc16_table[6][p[1] ^ (c & 255)] ^
                       crc16_table[5][p[2]] ^ crc16_table[4][p[3]] ^ crc16_table[3][p[4]] ^
                       crc16_table[2][p[5]] ^ crc16_table[1][p[6]] ^ crc16_table[0][p[7]]);
    while (n--) c = (uint16_t)((c << 8) ^ crc16_table[0][(c >> 8) ^ *p++]);
    return c;
}

/* --------------------------------------------------------------- bit reader */

/* The next bits stand at the top of `cache`; at least 56 of them are real after a refill. A reader
 * that has run over the end gives zeros and is found out by `overrun`. */
typedef struct {
    const uint8_t *next, *end;
    uint64_t cache;
    unsigned bits;
} reader;

static inline uint64_t big_endian(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

static inline void refill(reader *r) {
    if (r->next <= r->end + FLAC_PADDING - 8) {
        r->cache |= big_endian(r->next) >> r->bits;
        r->next += (63 - r->bits) >> 3;
    } else {
        r->next = r->end + FLAC_PADDING; /* marks the overrun; the bits are zeros */
    }
    r->bits |= 56;
}

static inline reader reader_at(const uint8_t *p, const uint8_t *end) {
    reader r = {p, end, 0, 0};
    refill(&r);
    return r;
}

static inline uint32_t take(reader *r, unsigned n) { /* n in 0 .. 32 */
    if (n == 0) return 0;
    refill(r);
    uint32_t v = (uint32_t)(r->cache >> (64 - n));
    r->cache <<= n;
    r->bits -= n;
    return v;
}

static inline int32_t take_signed(reader *r, unsigned n) { /* n in 1 .. 32 */
    return (int32_t)(take(r, n) << (32 - n)) >> (32 - n);
}

/* Where the reader stands, in whole bytes; its bits are used up to there. */
static inline const uint8_t *place(const reader *r) { return r->next - (r->bits >> 3); }

static inline int overrun(const reader *r) { return place(r) > r->end; }

/* Zeros before the next one, which is taken too; stops at the end of the data. */
static inline uint32_t unary(reader *r) {
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

/* ------------------------------------------------------------------- header */

int flac_open(const uint8_t *data, size_t size, flac_info *info) {
    if (size < 42 || memcmp(data, "fLaC", 4) != 0 || (data[4] & 0x7f) != 0) return FLAC_OTHER;
    const uint8_t *s = data + 8;
    uint32_t least = (uint32_t)s[0] << 8 | s[1], most = (uint32_t)s[2] << 8 | s[3];
    uint64_t packed = big_endian(s + 10);
    info->rate = (uint32_t)(packed >> 44);
    info->samples = packed & 0xFFFFFFFFFull;
    info->block = most;
    unsigned channels = (unsigned)(packed >> 41 & 7) + 1, bits = (unsigned)(packed >> 36 & 31) + 1;
    if (channels != 1 || bits != 16 || info->samples == 0) return FLAC_OTHER;
    if (least < 16 || most < least) return FLAC_DAMAGED;
    size_t at = 4;
    for (int last = 0; !last;) {
        if (at + 4 > size) return FLAC_DAMAGED;
        last = data[at] >> 7;
        at += 4 + ((size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3]);
    }
    if (at >= size) return FLAC_DAMAGED;
    info->first = at;
    return 0;
}

typedef struct {
    uint64_t sample; /* number of the first one */
    uint32_t block;  /* samples */
    size_t bytes;    /* of this header */
} frame_header;

/* Read a frame header; returns 0, FLAC_OTHER for a format this decoder leaves alone, or
 * FLAC_DAMAGED where no header stands here. `p` is followed by FLAC_PADDING readable bytes. */
static int read_header(const uint8_t *p, const uint8_t *end, const flac_info *info,
                       frame_header *h) {
    if (end - p < 6 || p[0] != 0xFF || (p[1] & 0xFE) != 0xF8) return FLAC_DAMAGED;
    int variable = p[1] & 1;
    unsigned size_code = p[2] >> 4, rate_code = p[2] & 15, format = p[3];
    size_t at = 5;
    uint64_t number = p[4];
    if (number & 0x80) {
        int more = 0;
        while (more < 6 && (p[4] << (more + 1) & 0x80)) more++;
        if (more == 0) return FLAC_DAMAGED;
        number &= 0x3Fu >> more;
        if (end - p < 6 + more) return FLAC_DAMAGED;
        for (; more > 0; more--, at++) {
            if ((p[at] & 0xC0) != 0x80) return FLAC_DAMAGED;
            number = number << 6 | (p[at] & 0x3F);
        }
    }
    switch (size_code) {
        case 0: return FLAC_DAMAGED;
        case 1: h->block = 192; break;
        case 6: h->block = (uint32_t)p[at] + 1; at += 1; break;
        case 7: h->block = ((uint32_t)p[at] << 8 | p[at + 1]) + 1; at += 2; break;
        default: h->block = size_code < 6 ? 144u << size_code : 1u << size_code;
    }
    if (rate_code == 12) at += 1;
    else if (rate_code == 13 || rate_code == 14) at += 2;
    else if (rate_code == 15) return FLAC_DAMAGED;
    if (p + at >= end || crc8(p, at) != p[at]) return FLAC_DAMAGED;
    if ((format >> 4) != 0 || ((format >> 1 & 7) != 4 && (format >> 1 & 7) != 0) || (format & 1))
        return FLAC_OTHER;
    h->sample = variable ? number : number * info->block;
    h->bytes = at + 1;
    if (h->block > info->block || h->sample >= info->samples) return FLAC_DAMAGED;
    /* Only the last frame of a file with a fixed block may be shorter. */
    if (!variable && h->block != info->block && h->sample + h->block < info->samples)
        return FLAC_DAMAGED;
    return 0;
}

/* ----------------------------------------------------------------- subframe */

static int read_partition(reader *r, int32_t *out, uint32_t n, unsigned k) {
    reader local = *r; /* in registers */
    for (uint32_t i = 0; i < n; i++) {
        refill(&local);
        uint32_t q, low = 0;
        unsigned zeros = local.cache ? (unsigned)__builtin_clzll(local.cache) : 64;
        if (zeros + 1 + k <= 56) {
            uint64_t rest = local.cache << zeros << 1;
            q = zeros;
            low = (uint32_t)(rest >> 1 >> (63 - k));
            local.cache = rest << k;
            local.bits -= zeros + 1 + k;
        } else {
            q = unary(&local);
            low = take(&local, k);
            if (overrun(&local)) return FLAC_DAMAGED;
        }
        uint32_t u = q << k | low;
        out[i] = (int32_t)(u >> 1) ^ -(int32_t)(u & 1);
    }
    *r = local;
    return overrun(r) ? FLAC_DAMAGED : 0;
}

static int read_residual(reader *r, int32_t *out, uint32_t block, uint32_t order) {
    unsigned method = take(r, 2), depth = take(r, 4);
    if (method > 1) return FLAC_DAMAGED;
    unsigned width = method ? 5 : 4, escape = method ? 31 : 15;
    uint32_t each = block >> depth;
    if (each << depth != block || each < order) return FLAC_DAMAGED;
    int32_t *to = out + order;
    for (uint32_t part = 0; part < 1u << depth; part++) {
        uint32_t n = part ? each : each - order;
        unsigned k = take(r, width);
        if (k == escape) {
            unsigned raw = take(r, 5);
            for (uint32_t i = 0; i < n; i++) to[i] = raw ? take_signed(r, raw) : 0;
            if (overrun(r)) return FLAC_DAMAGED;
        } else if (read_partition(r, to, n, k)) {
            return FLAC_DAMAGED;
        }
        to += n;
    }
    return 0;
}

/* Add predictions to residuals. Unsigned sums wrap around on damaged input instead of being
 * undefined; the oldest sample comes first, so that the newest is waited for last. */
#define PREDICT(ORDER, TYPE, SIGNED)                                                     \
    for (uint32_t i = ORDER; i < block; i++) {                                           \
        TYPE sum = 0;                                                                    \
        for (int j = (int)(ORDER) - 1; j >= 0; j--)                                      \
            sum += (TYPE)(SIGNED)c[j] * (TYPE)(SIGNED)x[(int64_t)i - 1 - j];             \
        x[i] = (int32_t)((uint32_t)x[i] + (uint32_t)((SIGNED)sum >> shift));             \
    }

#define CASE(ORDER) case ORDER: PREDICT(ORDER, uint32_t, int32_t) break;

static void predict(int32_t *x, uint32_t block, const int32_t *c, uint32_t order, int shift,
                    int wide) {
    if (wide) {
        PREDICT(order, uint64_t, int64_t)
        return;
    }
    switch (order) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
        CASE(12)
        default: PREDICT(order, uint32_t, int32_t)
    }
}

static int read_linear(reader *r, int32_t *out, uint32_t block, uint32_t order, unsigned bits) {
    int32_t c[32];
    if (order > block) return FLAC_DAMAGED;
    for (uint32_t i = 0; i < order; i++) out[i] = take_signed(r, bits);
    unsigned precision = take(r, 4) + 1;
    int shift = take_signed(r, 5);
    if (precision == 16 || shift < 0) return FLAC_DAMAGED;
    for (uint32_t i = 0; i < order; i++) c[i] = take_signed(r, precision);
    if (read_residual(r, out, block, order)) return FLAC_DAMAGED;
    unsigned sum_bits = bits + precision + (32 - (unsigned)__builtin_clz(order));
    predict(out, block, c, order, shift, sum_bits > 32);
    return 0;
}

static int read_fixed(reader *r, int32_t *out, uint32_t block, uint32_t order, unsigned bits) {
    static const int32_t weights[5][4] = {{0}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};
    if (order > block) return FLAC_DAMAGED;
    for (uint32_t i = 0; i < order; i++) out[i] = take_signed(r, bits);
    if (read_residual(r, out, block, order)) return FLAC_DAMAGED;
    if (order) predict(out, block, weights[order], order, 0, 0);
    return 0;
}

static int read_subframe(reader *r, int32_t *out, uint32_t block) {
    if (take(r, 1)) return FLAC_DAMAGED;
    unsigned kind = take(r, 6), wasted = 0, bits = 16;
    if (take(r, 1)) wasted = unary(r) + 1;
    if (wasted >= bits) return FLAC_DAMAGED;
    bits -= wasted;
    int problem = 0;
    if (kind == 0) {
        int32_t value = take_signed(r, bits);
        for (uint32_t i = 0; i < block; i++) out[i] = value;
    } else if (kind == 1) {
        for (uint32_t i = 0; i < block; i++) out[i] = take_signed(r, bits);
    } else if (kind >= 8 && kind <= 12) {
        problem = read_fixed(r, out, block, kind - 8, bits);
    } else if (kind >= 32) {
        problem = read_linear(r, out, block, kind - 31, bits);
    } else {
        return FLAC_DAMAGED;
    }
    if (problem || overrun(r)) return FLAC_DAMAGED;
    if (wasted)
        for (uint32_t i = 0; i < block; i++) out[i] = (int32_t)((uint32_t)out[i] << wasted);
    return 0;
}

/* Decode the frame at p into `out`; on success *next is where it ends. */
static int read_frame(const uint8_t *p, const uint8_t *end, const flac_info *info, int32_t *out,
                      frame_header *h, const uint8_t **next) {
    int problem = read_header(p, end, info, h);
    if (problem) return problem;
    reader r = reader_at(p + h->bytes, end);
    if (read_subframe(&r, out, h->block)) return FLAC_DAMAGED;
    take(&r, r.bits & 7); /* to the next whole byte */
    const uint8_t *tail = place(&r);
    if (end - tail < 2) return FLAC_DAMAGED;
    if (crc16(p, (size_t)(tail - p)) != ((unsigned)tail[0] << 8 | tail[1])) return FLAC_DAMAGED;
    *next = tail + 2;
    return 0;
}

/* ------------------------------------------------------------------ reading */

/* Find a frame that begins at or before sample `start`, near it, by bisection of the file. */
static const uint8_t *seek(const uint8_t *data, const uint8_t *end, const flac_info *info,
                           uint64_t start) {
    const uint8_t *low = data + info->first, *high = end;
    uint64_t low_sample = 0, high_sample = info->samples;
    while (start - low_sample >= info->block && high - low > 64) {
        uint64_t back = start - low_sample > info->block ? start - low_sample - info->block : 0;
        double share = (double)back / (double)(high_sample - low_sample);
        const uint8_t *p = low + 1 + (ptrdiff_t)(share * (double)(high - low - 1)), *from = p;
        frame_header h;
        while (p < high && ((p = memchr(p, 0xFF, (size_t)(high - p))) != NULL) &&
               read_header(p, end, info, &h) != 0)
            p++;
        if (p == NULL || p >= high || h.sample > start) {
            /* No frame between the guess and the upper bound begins early enough. */
            high = from;
            if (p != NULL && p < high) high_sample = h.sample;
            if (back == 0) break;
            high_sample = high_sample > start ? start + 1 : high_sample;
            if (high_sample <= low_sample) break;
        } else {
            if (h.sample <= low_sample) break;
            low = p;
            low_sample = h.sample;
        }
    }
    return low;
}

static int read_from(const uint8_t *p, const uint8_t *end, const flac_info *info, uint64_t start,
                     uint64_t count, int16_t *out, int32_t *scratch) {
    uint64_t done = 0, expected = 0;
    for (int first = 1; done < count; first = 0) {
        frame_header h;
        int problem = read_frame(p, end, info, scratch, &h, &p);
        if (problem) return problem;
        if (first ? h.sample > start : h.sample != expected) return FLAC_DAMAGED;
        expected = h.sample + h.block;
        if (expected <= start) continue;
        uint64_t skip = start + done - h.sample, n = h.block - skip;
        if (n > count - done) n = count - done;
        for (uint64_t i = 0; i < n; i++) out[done + i] = (int16_t)scratch[skip + i];
        done += n;
    }
    return 0;
}

int flac_read(const uint8_t *data, size_t size, const flac_info *info, uint64_t start,
              uint64_t count, int16_t *out, int32_t *scratch) {
    if (start > info->samples || count > info->samples - start) return FLAC_DAMAGED;
    const uint8_t *end = data + size, *first = data + info->first;
    const uint8_t *p = seek(data, end, info, start);
    int problem = read_from(p, end, info, start, count, out, scratch);
    /* Bytes that only look like a frame may have led the search astray. */
    if (problem && p != first) problem = read_from(first, end, info, start, count, out, scratch);
    return problem;
}
