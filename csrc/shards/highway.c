/* Four lanes of 64 bits are mixed by every packet of 32 bytes; compiled for AVX2 too, where a lane
 * lies in a vector's lane. All numbers are little-endian. */
#include "highway.h"

#include <string.h>

typedef uint64_t V __attribute__((vector_size(32)));
typedef uint8_t B __attribute__((vector_size(32)));

enum { PACKET = 32, LAST_ROUNDS = 4 };

/* Within each half: the bytes that a product has mixed best go to where they change most. */
#define ZIPPER(half)                                                                              \
    3 + half, 12 + half, 2 + half, 5 + half, 14 + half, 1 + half, 15 + half, 0 + half, 11 + half, \
        4 + half, 10 + half, 13 + half, 9 + half, 6 + half, 8 + half, 7 + half
#if defined(__clang__)
#define ZIPPED(v) ((V)__builtin_shufflevector((B)(v), (B)(v), ZIPPER(0), ZIPPER(16)))
#else
#define ZIPPED(v) ((V)__builtin_shuffle((B)(v), (B){ZIPPER(0), ZIPPER(16)}))
#endif
/* Take whole packets; PRODUCT(a, b) multiplies the low half of each lane of a by the high half of
 * b's. */
#define DEFINE_PACKETS(name, PRODUCT)                                                             \
    static void name(highway *h, const uint8_t *at, size_t count)                                 \
    {                                                                                             \
        V v0, v1, mul0, mul1, packet;                                                             \
        memcpy(&v0, h->v0, PACKET);                                                               \
        memcpy(&v1, h->v1, PACKET);                                                               \
        memcpy(&mul0, h->mul0, PACKET);                                                           \
        memcpy(&mul1, h->mul1, PACKET);                                                           \
        for (; count > 0; count--, at += PACKET) {                                                \
            memcpy(&packet, at, PACKET);                                                          \
            v1 += mul0 + packet;                                                                  \
            mul0 ^= PRODUCT(v1, v0);                                                              \
            v0 += mul1;                                                                           \
            mul1 ^= PRODUCT(v0, v1);                                                              \
            v0 += ZIPPED(v1);                                                                     \
            v1 += ZIPPED(v0);                                                                     \
        }                                                                                         \
        memcpy(h->v0, &v0, PACKET);                                                               \
        memcpy(h->v1, &v1, PACKET);                                                               \
        memcpy(h->mul0, &mul0, PACKET);                                                           \
        memcpy(h->mul1, &mul1, PACKET);                                                           \
    }

#define PRODUCT_ANYWHERE(a, b) (((a)&0xffffffff) * ((b) >> 32))
DEFINE_PACKETS(packets_anywhere, PRODUCT_ANYWHERE)

#if defined(__x86_64__)
#include <immintrin.h>
/* One instruction, which compilers do not always find. */
#define PRODUCT_AVX2(a, b) ((V)_mm256_mul_epu32((__m256i)(a), (__m256i)((b) >> 32)))
__attribute__((target("avx2"))) DEFINE_PACKETS(packets_avx2, PRODUCT_AVX2)
static int wide(void) { return __builtin_cpu_supports("avx2"); }
#else
#define packets_avx2 packets_anywhere
static int wide(void) { return 0; }
#endif

static void take(highway *h, const uint8_t *at, size_t count)
{
    (wide() ? packets_avx2 : packets_anywhere)(h, at, count);
}

void highway_start(highway *h)
{
    static const uint64_t key[4] = {0x2f696c6567656952, 0x0a7364726f636572, 0x2f696c6567656952,
                                    0x0a7364726f636572};
    static const uint64_t mul0[4] = {0xdbe6d5d5fe4cce2f, 0xa4093822299f31d0, 0x13198a2e03707344,
                                     0x243f6a8885a308d3};
    static const uint64_t mul1[4] = {0x3bd39e10cb0ef593, 0xc0acf169b5f18a8c, 0xbe5466cf34e90c6c,
                                     0x452821e638d01377};
    for (int i = 0; i < 4; i++) {
        h->mul0[i] = mul0[i];
        h->mul1[i] = mul1[i];
        h->v0[i] = mul0[i] ^ key[i];
        h->v1[i] = mul1[i] ^ (key[i] >> 32 | key[i] << 32);
    }
    h->held = 0;
}

void highway_feed(highway *h, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    if (h->held > 0) {
        const size_t more = count < PACKET - h->held ? count : PACKET - h->held;
        memcpy(h->rest + h->held, at, more);
        h->held += more;
        at += more;
        count -= more;
        if (h->held < PACKET) return;
        take(h, h->rest, 1);
        h->held = 0;
    }
    take(h, at, count / PACKET);
    h->held = count % PACKET;
    memcpy(h->rest, at + count - h->held, h->held);
}

static uint64_t rotated_halves(uint64_t v, unsigned by)
{
    const uint32_t low = (uint32_t)v, high = (uint32_t)(v >> 32);
    return (uint64_t)(high << by | high >> (32 - by)) << 32 | (low << by | low >> (32 - by));
}

/* The last 1 to 31 bytes make a packet that shows how many they were. */
static void take_rest(highway *h)
{
    const unsigned held = (unsigned)h->held, odd = held & 3;
    const uint8_t *tail = h->rest + (held & ~3u);
    uint8_t packet[PACKET] = {0};
    for (int i = 0; i < 4; i++) {
        h->v0[i] += (uint64_t)held << 32 | held;
        h->v1[i] = rotated_halves(h->v1[i], held);
    }
    memcpy(packet, h->rest, held & ~3u);
    if (held & 16) {
        memcpy(packet + 28, h->rest + held - 4, 4);
    } else if (odd) {
        packet[16] = tail[0];
        packet[17] = tail[odd >> 1];
        packet[18] = tail[odd - 1];
    }
    take(h, packet, 1);
}

uint64_t highway_end(highway *h)
{
    if (h->held > 0) take_rest(h);
    for (int round = 0; round < LAST_ROUNDS; round++) {
        uint64_t crossed[4];
        for (int i = 0; i < 4; i++) crossed[i] = h->v0[i ^ 2] >> 32 | h->v0[i ^ 2] << 32;
        take(h, (const uint8_t *)crossed, 1);
    }
    return h->v0[0] + h->v1[0] + h->mul0[0] + h->mul1[0];
}
