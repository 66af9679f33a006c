#include "flac.h"

#include "bits.h"
#include "checksum.h"
#include "frame.h"

#include <string.h>

int flac_open(const uint8_t *data, size_t size, flac_info *info)
{
    if (size < 42 || memcmp(data, "fLaC", 4) != 0 || (data[4] & 0x7f) != 0) return FLAC_OTHER;
    const uint8_t *s = data + 8; /* STREAMINFO, always the first metadata block */
    uint32_t least = (uint32_t)s[0] << 8 | s[1], most = (uint32_t)s[2] << 8 | s[3];
    uint64_t packed = big_endian(s + 10);
    info->rate = (uint32_t)(packed >> 44);
    info->samples = packed & 0xFFFFFFFFFull;
    info->block = most;
    unsigned channels = (unsigned)(packed >> 41 & 7) + 1, bits = (unsigned)(packed >> 36 & 31) + 1;
    if (channels != 1 || bits != 16 || info->samples == 0) return FLAC_OTHER;
    if (least < 16 || most < least) return FLAC_DAMAGED;
    size_t at = 4; /* offset of a metadata block; all are skipped */
    for (int is_last = 0; !is_last;) {
        if (at + 4 > size) return FLAC_DAMAGED;
        is_last = data[at] >> 7;
        at += 4 + ((size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3]);
    }
    if (at >= size) return FLAC_DAMAGED;
    info->first = at;
    return 0;
}

/* Find a frame that begins shortly before sample `start`, or at it, by bisection of the file. */
static const uint8_t *seek(const uint8_t *data, const uint8_t *end, const flac_info *info,
                           uint64_t start)
{
    const uint8_t *low = data + info->first, *high = end;
    uint64_t low_sample = 0, high_sample = info->samples;
    while (start - low_sample >= info->block && high - low > 64) {
        uint64_t back = start - low_sample > info->block ? start - low_sample - info->block : 0;
        double share = (double)back / (double)(high_sample - low_sample);
        const uint8_t *p = low + 1 + (ptrdiff_t)(share * (double)(high - low - 1)), *from = p;
        flac_frame h;
        while (p < high && ((p = memchr(p, 0xFF, (size_t)(high - p))) != NULL) &&
               flac_frame_header(p, end, info, &h) != 0)
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

/* Decode from the frame at p, which begins at or before sample `start`. */
static int read_from(const uint8_t *p, const uint8_t *end, const flac_info *info, uint64_t start,
                     uint64_t count, int16_t *out, int32_t *scratch)
{
    uint64_t done = 0, expected = 0;
    for (int first = 1; done < count; first = 0) {
        flac_frame h;
        int problem = flac_frame_read(p, end, info, scratch, &h, &p);
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
              uint64_t count, int16_t *out, int32_t *scratch)
{
    if (start > info->samples || count > info->samples - start) return FLAC_DAMAGED;
    const uint8_t *end = data + size, *first = data + info->first;
    const uint8_t *p = seek(data, end, info, start);
    int problem = read_from(p, end, info, start, count, out, scratch);
    /* Bytes that look like a frame header may have misled the search: read from the first frame. */
    if (problem && p != first) problem = read_from(first, end, info, start, count, out, scratch);
    return problem;
}

/* Bytes of tags that may follow the last frame. */
enum { TRAILER = 1 << 16 };

int flac_check_end(const uint8_t *data, size_t size, const flac_info *info, int32_t *scratch)
{
    const uint8_t *first = data + info->first, *end = data + size;
    size_t reach = 2 * (size_t)info->block + 64 + TRAILER; /* a frame of plain samples, and tags */
    const uint8_t *low = (size_t)(end - first) > reach ? end - reach : first;
    for (const uint8_t *p = end - 1; p >= low; p--) {
        flac_frame h;
        if (*p != 0xFF || flac_frame_header(p, end, info, &h) != 0) continue;
        if (h.sample + h.block != info->samples) continue;
        /* The checksum over a frame with its own checksum is 0. With tags behind it, the frame has
         * to be decoded to find its end. */
        const uint8_t *next;
        if (flac_crc16(p, (size_t)(end - p)) == 0) return 0;
        if (flac_frame_read(p, end, info, scratch, &h, &next) == 0) return 0;
    }
    return FLAC_DAMAGED;
}
