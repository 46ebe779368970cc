/* Streams as events see them: everything here is guarded by one lock. */
#ifndef STANDIN_STREAMS_H
#define STANDIN_STREAMS_H

#include "standin.h"

#include <pthread.h>

/* How far other streams are known to be finished before something. */
typedef struct {
    uint64_t stream;
    uint64_t seq;
} Mark;

typedef struct {
    Mark *marks;
    size_t count;
} Clock;

typedef struct Queued {
    StandinTask task;
    uint64_t seq;
    Clock after; /* of a wait for an event */
    uint64_t wait_stream;
    uint64_t wait_seq;
    bool always; /* runs even after an error of the stream */
    struct Queued *next;
} Queued;

typedef struct Stream {
    uint64_t id;
    int device;
    aclrtContext context;
    bool alive;
    bool stop;
    bool persistent;
    Queued *known; /* oldest first, until synchronised */
    Queued *last;
    Queued *next_to_run;
    uint64_t submitted;
    uint64_t done;
    uint64_t synchronised;
    int error;
    char error_text[512];
    Clock clock;
    uint64_t random;
    pthread_cond_t work;
    struct Stream *next;
} Stream;

extern pthread_mutex_t standin_streams_lock;

/* The lock has to be held for all of these. */
Stream *standin_stream_by_handle(const void *handle);
Stream *standin_stream_by_id(uint64_t id);
Queued *standin_append(Stream *stream, const StandinTask *task);
/* Waits with the lock released; a negative time is no limit. */
bool standin_wait_until_done(Stream *stream, uint64_t seq, int timeout_ms);
/* The host has waited for tasks up to seq: forgets them and what they had waited for. */
void standin_host_waited(Stream *stream, uint64_t seq);

void standin_raise_mark(Clock *clock, uint64_t stream, uint64_t seq);
void standin_merge(Clock *clock, const Clock *other);
void standin_drop_clock(Clock *clock);

void standin_event_leaks(const char *api, int device);

#endif
