/* Threads that take whole items from a counter. */
#ifndef SPOOFJAX_POOL_H
#define SPOOFJAX_POOL_H

#include <stddef.h>

/* One item's work; `scratch` is 64-byte aligned, private to the thread, its contents undefined. */
typedef void (*pool_work)(const void *argument, ptrdiff_t item, void *scratch);

/* Call work for items 0 .. items-1 on at most `threads` threads, the caller's being one of them,
 * and return when all are done: 0, or -1 when memory for the caller's scratch is short.
 * May be called from several threads at once, and in a child after fork. */
int pool_run(pool_work work, const void *argument, ptrdiff_t items, int threads, size_t scratch);

#endif
