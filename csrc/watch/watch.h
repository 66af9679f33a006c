/* A thread that ends the process when nobody calls it for too long. It does not need Python, so it
 * works while another thread holds the interpreter's lock. */
#ifndef SPOOFJAX_WATCH_H
#define SPOOFJAX_WATCH_H

/* What to do after `rounds` rounds of `seconds` each without a call of watch_beat: write `message`
 * to standard error, raise `signal` in the watching thread and end the process with `status`.
 * Rounds are counted, not time: a process that was stopped for an hour has missed one round. */
typedef struct {
    double seconds;
    long rounds;
    int signal;
    int status;
    const char *message; /* must live until watch_stop */
} watch_options;

/* Start the thread. Returns 0, or the error number of the system. One thread runs at a time. */
int watch_start(const watch_options *options);

/* Begin to count again. */
void watch_beat(void);

/* End the thread, and wait for that. */
void watch_stop(void);

#endif
