#include "checksum.h"

static uint8_t crc8_table[256];
static uint16_t crc16_table[8][256];

/* Runs when the library is loaded, before any thread can read the tables. */
__attribute__((constructor)) static void make_tables(void)
{
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

uint8_t flac_crc8(const uint8_t *p, size_t n)
{
    uint8_t c = 0;
    while (n--) c = crc8_table[c ^ *p++];
    return c;
}

uint16_t flac_crc16(const uint8_t *p, size_t n)
{
    uint16_t c = 0;
    for (; n >= 8; n -= 8, p += 8)
        c = (uint16_t)(crc16_table[7][p[0] ^ (c >> 8)] ^ crc16_table[6][p[1] ^ (c & 255)] ^
                       crc16_table[5][p[2]] ^ crc16_table[4][p[3]] ^ crc16_table[3][p[4]] ^
                       crc16_table[2][p[5]] ^ crc16_table[1][p[6]] ^ crc16_table[0][p[7]]);
    while (n--) c = (uint16_t)((c << 8) ^ crc16_table[0][(c >> 8) ^ *p++]);
    return c;
}
