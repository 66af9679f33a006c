#include "frame.h"

#include "bits.h"
#include "checksum.h"

int flac_frame_header(const uint8_t *p, const uint8_t *end, const flac_info *info, flac_frame *h)
{
    /* Fourteen bits that mark a frame, one that is 0, one that says whether blocks vary in size. */
    if (end - p < 6 || p[0] != 0xFF || (p[1] & 0xFE) != 0xF8) return FLAC_DAMAGED;
    int is_variable = p[1] & 1;
    unsigned size_code = p[2] >> 4, rate_code = p[2] & 15, format = p[3];
    size_t at = 5;
    uint64_t number = p[4]; /* of the first sample, or of the frame where all blocks are equal */
    if (number & 0x80) {
        int bytes = 0; /* how many bytes follow, encoded as in UTF-8 */
        while (bytes < 6 && (p[4] << (bytes + 1) & 0x80)) bytes++;
        if (bytes == 0) return FLAC_DAMAGED;
        number &= 0x3Fu >> bytes;
        if (end - p < 6 + bytes) return FLAC_DAMAGED;
        for (; bytes > 0; bytes--, at++) {
            if ((p[at] & 0xC0) != 0x80) return FLAC_DAMAGED;
            number = number << 6 | (p[at] & 0x3F);
        }
    }
    switch (size_code) {
    case 0: return FLAC_DAMAGED;
    case 1: h->block = 192; break;
    case 6:
        h->block = (uint32_t)p[at] + 1;
        at += 1;
        break;
    case 7:
        h->block = ((uint32_t)p[at] << 8 | p[at + 1]) + 1;
        at += 2;
        break;
    default: h->block = size_code < 6 ? 144u << size_code : 1u << size_code;
    }
    /* The file's header has the rate: skip where it is repeated. */
    if (rate_code == 12) at += 1;
    else if (rate_code == 13 || rate_code == 14) at += 2;
    else if (rate_code == 15) return FLAC_DAMAGED;
    if (p + at >= end || flac_crc8(p, at) != p[at]) return FLAC_DAMAGED;
    /* One channel, and 16 bits or as many as the file's header says. */
    if ((format >> 4) != 0 || ((format >> 1 & 7) != 4 && (format >> 1 & 7) != 0) || (format & 1))
        return FLAC_OTHER;
    h->sample = is_variable ? number : number * info->block;
    h->bytes = at + 1;
    if (h->block > info->block || h->sample >= info->samples) return FLAC_DAMAGED;
    /* Only the last frame of a file with a fixed block may be shorter. */
    if (!is_variable && h->block != info->block && h->sample + h->block < info->samples)
        return FLAC_DAMAGED;
    return 0;
}

/* Read n residuals in Rice codes of k low bits: the quotient as zeros before a one, then the low
 * bits; the lowest bit of the value is the sign. */
static int read_partition(reader *r, int32_t *out, uint32_t n, unsigned k)
{
    reader local = *r; /* a copy that the compiler keeps in registers */
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

/* Read the residuals out[order .. block-1], in partitions that each have a Rice parameter. */
static int read_residual(reader *r, int32_t *out, uint32_t block, uint32_t order)
{
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

/* Add predictions to residuals. Sums are unsigned, because signed overflow, which damaged input
 * causes, is undefined. The newest sample is added last, because the loop has to wait for it. */
#define PREDICT(ORDER, TYPE, SIGNED)                                         \
    for (uint32_t i = ORDER; i < block; i++) {                               \
        TYPE sum = 0;                                                        \
        for (int j = (int)(ORDER) - 1; j >= 0; j--)                          \
            sum += (TYPE)(SIGNED)c[j] * (TYPE)(SIGNED)x[(int64_t)i - 1 - j]; \
        x[i] = (int32_t)((uint32_t)x[i] + (uint32_t)((SIGNED)sum >> shift)); \
    }

#define CASE(ORDER) \
    case ORDER: PREDICT(ORDER, uint32_t, int32_t) break;

static void predict(int32_t *x, uint32_t block, const int32_t *c, uint32_t order, int shift,
                    int wide)
{
    if (wide) {
        PREDICT(order, uint64_t, int64_t)
        return;
    }
    switch (order) {
        CASE(1)
        CASE(2)
        CASE(3)
        CASE(4)
        CASE(5)
        CASE(6)
        CASE(7)
        CASE(8)
        CASE(9)
        CASE(10)
        CASE(11)
        CASE(12)
    default: PREDICT(order, uint32_t, int32_t)
    }
}

/* Read `order` samples, the coefficients of a linear prediction from them, and the residuals. */
static int read_linear(reader *r, int32_t *out, uint32_t block, uint32_t order, unsigned bits)
{
    int32_t c[32];
    if (order > block) return FLAC_DAMAGED;
    for (uint32_t i = 0; i < order; i++) out[i] = take_signed(r, bits);
    unsigned precision = take(r, 4) + 1;
    int shift = take_signed(r, 5);
    if (precision == 16 || shift < 0) return FLAC_DAMAGED;
    for (uint32_t i = 0; i < order; i++) c[i] = take_signed(r, precision);
    if (read_residual(r, out, block, order)) return FLAC_DAMAGED;
    /* A sum of products may need more than 32 bits. */
    unsigned sum_bits = bits + precision + (32 - (unsigned)__builtin_clz(order));
    predict(out, block, c, order, shift, sum_bits > 32);
    return 0;
}

/* The same with one of the coefficients that the format fixes, for orders 0 to 4. */
static int read_fixed(reader *r, int32_t *out, uint32_t block, uint32_t order, unsigned bits)
{
    static const int32_t weights[5][4] = {{0}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};
    if (order > block) return FLAC_DAMAGED;
    for (uint32_t i = 0; i < order; i++) out[i] = take_signed(r, bits);
    if (read_residual(r, out, block, order)) return FLAC_DAMAGED;
    if (order) predict(out, block, weights[order], order, 0, 0);
    return 0;
}

/* Read the block of the only channel: constant, verbatim, or by fixed or linear prediction. */
static int read_subframe(reader *r, int32_t *out, uint32_t block)
{
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

int flac_frame_read(const uint8_t *p, const uint8_t *end, const flac_info *info, int32_t *out,
                    flac_frame *h, const uint8_t **next)
{
    int problem = flac_frame_header(p, end, info, h);
    if (problem) return problem;
    reader r = reader_at(p + h->bytes, end);
    if (read_subframe(&r, out, h->block)) return FLAC_DAMAGED;
    take(&r, r.bits & 7); /* skip to the next whole byte */
    const uint8_t *tail = position(&r);
    if (end - tail < 2) return FLAC_DAMAGED;
    if (flac_crc16(p, (size_t)(tail - p)) != ((unsigned)tail[0] << 8 | tail[1]))
        return FLAC_DAMAGED;
    *next = tail + 2;
    return 0;
}
