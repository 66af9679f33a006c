/* Threads that share the items of a job: each takes the next item when it has finished one. */
#ifndef SPOOFJAX_POOL_H
#define SPOOFJAX_POOL_H

#include <stddef.h>

/* The work of one item. `scratch` is private to the thread and 64-byte aligned; its contents are
 * undefined. */
typedef void (*pool_work)(const void *argument, ptrdiff_t item, void *scratch);

/* Call `work` for items 0 .. items-1 on at most `threads` threads, of which the caller's is one,
 * and return when all are done. Returns 0, or -1 when there is no memory for the caller's scratch.
 * May be called from several threads at once, and in a child process after fork. */
int pool_run(pool_work work, const void *argument, ptrdiff_t items, int threads, size_t scratch);

#endif
