/* A pool of threads that are started when first needed and sleep between jobs.
 *
 * A job lives on its caller's stack. The caller puts it on a list, works on it too, takes it off
 * the list and waits for the helpers that joined. Without the lock, a helper touches nothing of the
 * job but its counter. A child process has no helpers after fork, so the handlers below empty its
 * pool. */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { MAX_HELPERS = 255 };

typedef struct job {
    pool_work work;
    const void *argument;
    ptrdiff_t items;
    size_t scratch;
    atomic_ptrdiff_t next;
    int wanted, joined; /* helpers that may still join; helpers that are at work */
    struct job *next_job;
} job;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_to_do, helper_left;
static job *jobs;
static int helpers, idle;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key;

/* A thread's scratch memory: it lasts as long as the thread and grows when a job needs more. */
typedef struct {
    size_t size;
    void *memory;
} scratch_block;

static void free_scratch(void *block)
{
    free(((scratch_block *)block)->memory);
    free(block);
}

static void *thread_scratch(size_t size)
{
    scratch_block *block = pthread_getspecific(scratch_key);
    if (!block) {
        block = calloc(1, sizeof *block);
        if (!block || pthread_setspecific(scratch_key, block)) {
            free(block);
            return NULL;
        }
    }
    if (block->size < size) {
        size = (size + 4095) / 4096 * 4096;
        void *memory = aligned_alloc(4096, size);
        if (!memory) return NULL;
        free(block->memory);
        block->memory = memory;
        block->size = size;
    }
    return block->memory;
}

static void before_fork(void) { pthread_mutex_lock(&lock); }
static void parent_after_fork(void) { pthread_mutex_unlock(&lock); }
static void child_after_fork(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&work_to_do, NULL);
    pthread_cond_init(&helper_left, NULL);
    jobs = NULL;
    helpers = idle = 0;
}

static void start(void)
{
    pthread_cond_init(&work_to_do, NULL);
    pthread_cond_init(&helper_left, NULL);
    pthread_key_create(&scratch_key, free_scratch);
    pthread_atfork(before_fork, parent_after_fork, child_after_fork);
}

static void take_items(job *j, void *scratch)
{
    for (;;) {
        const ptrdiff_t item = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (item >= j->items) return;
        j->work(j->argument, item, scratch);
    }
}

static job *job_with_room(void)
{
    job *j = jobs;
    while (j && j->wanted == 0) j = j->next_job;
    return j;
}

static void *help(void *unused)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        job *j = job_with_room();
        if (!j) {
            idle++;
            pthread_cond_wait(&work_to_do, &lock);
            idle--;
            continue;
        }
        j->wanted--;
        j->joined++;
        pthread_mutex_unlock(&lock);
        void *scratch = thread_scratch(j->scratch);
        if (scratch) take_items(j, scratch); /* without memory the other threads do the work */
        pthread_mutex_lock(&lock);
        if (--j->joined == 0) pthread_cond_broadcast(&helper_left);
    }
    return unused;
}

/* Start threads until `wanted` helpers are idle, as far as possible. The lock is held. */
static void recruit(int wanted)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes)) return;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    for (int missing = wanted - idle; missing > 0 && helpers < MAX_HELPERS; missing--) {
        if (pthread_create(&thread, &attributes, help, NULL)) break;
        helpers++;
    }
    pthread_attr_destroy(&attributes);
}

int pool_run(pool_work work, const void *argument, ptrdiff_t items, int threads, size_t scratch)
{
    pthread_once(&once, start);
    void *own = thread_scratch(scratch);
    if (!own) return -1;
    if (threads > items) threads = items > 0 ? (int)items : 1;
    if (threads <= 1) {
        for (ptrdiff_t i = 0; i < items; i++) work(argument, i, own);
        return 0;
    }
    job j = {.work = work,
             .argument = argument,
             .items = items,
             .scratch = scratch,
             .wanted = threads - 1};
    atomic_init(&j.next, 0);

    pthread_mutex_lock(&lock);
    j.next_job = jobs;
    jobs = &j;
    recruit(j.wanted);
    pthread_cond_broadcast(&work_to_do);
    pthread_mutex_unlock(&lock);

    take_items(&j, own);

    pthread_mutex_lock(&lock);
    job **link = &jobs;
    while (*link != &j) link = &(*link)->next_job;
    *link = j.next_job;
    while (j.joined > 0) pthread_cond_wait(&helper_left, &lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
