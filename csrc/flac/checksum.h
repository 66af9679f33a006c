/* The checksums of FLAC: CRC-8 of a frame's header, CRC-16 of a frame. */
#ifndef SPOOFJAX_FLAC_CHECKSUM_H
#define SPOOFJAX_FLAC_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint8_t flac_crc8(const uint8_t *p, size_t n);
uint16_t flac_crc16(const uint8_t *p, size_t n);

#endif
