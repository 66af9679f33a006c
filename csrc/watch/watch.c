#define _POSIX_C_SOURCE 200809L

#include "watch/watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static watch_options options;
static atomic_long silent_rounds;
static int is_ended;
static pthread_t thread;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended;

static void end_process(void)
{
    ssize_t written = write(2, options.message, strlen(options.message));
    (void)written; /* nothing is left to do where standard error is closed */
    raise(options.signal);
    _exit(options.status);
}

/* Wait for one round or until watch_stop; return whether it was a round. The clock goes on while the
 * process is stopped, so that the round ends when the process continues. */
static int wait_round(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)options.seconds;
    until.tv_nsec += (long)((options.seconds - (time_t)options.seconds) * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec += 1;
    }
    int error = 0;
    while (!is_ended && error == 0) error = pthread_cond_timedwait(&ended, &mutex, &until);
    return !is_ended;
}

static void *watch(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    while (wait_round())
        if (atomic_fetch_add(&silent_rounds, 1) + 1 >= options.rounds) end_process();
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int watch_start(const watch_options *wanted)
{
    pthread_condattr_t attributes;
    options = *wanted;
    atomic_store(&silent_rounds, 0);
    is_ended = 0;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ended, &attributes);
    pthread_condattr_destroy(&attributes);
    return pthread_create(&thread, NULL, watch, NULL);
}

void watch_beat(void) { atomic_store(&silent_rounds, 0); }

void watch_stop(void)
{
    pthread_mutex_lock(&mutex);
    is_ended = 1;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&ended);
}
