/*
 * Streams with a worker thread each, and events. A task stays known after it ran until the host has
 * waited for it, because only then may the host rely on its result.
 */
#define _GNU_SOURCE
#include "standin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

typedef struct Event {
    int device;
    bool alive;
    uint64_t stream; /* 0: not recorded */
    uint64_t seq;
    Clock clock;
    struct Event *next;
} Event;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t progress = PTHREAD_COND_INITIALIZER;
static Stream *streams;
static Event *events;
static uint64_t last_id;
static Stream *default_streams[64];

static Stream *by_handle(const void *handle) {
    for (Stream *stream = streams; stream != NULL; stream = stream->next) {
        if (stream == handle) {
            return stream;
        }
    }
    return NULL;
}

static Stream *by_id(uint64_t id) {
    for (Stream *stream = streams; stream != NULL; stream = stream->next) {
        if (stream->id == id) {
            return stream;
        }
    }
    return NULL;
}

static Event *event_of(const void *handle) {
    for (Event *event = events; event != NULL; event = event->next) {
        if (event == handle) {
            return event;
        }
    }
    return NULL;
}

/* ---- order ---- */

static void raise_mark(Clock *clock, uint64_t stream, uint64_t seq) {
    for (size_t i = 0; i < clock->count; i++) {
        if (clock->marks[i].stream == stream) {
            if (clock->marks[i].seq < seq) {
                clock->marks[i].seq = seq;
            }
            return;
        }
    }
    clock->marks = realloc(clock->marks, (clock->count + 1) * sizeof(Mark));
    clock->marks[clock->count++] = (Mark){stream, seq};
}

static void merge(Clock *clock, const Clock *other) {
    for (size_t i = 0; i < other->count; i++) {
        raise_mark(clock, other->marks[i].stream, other->marks[i].seq);
    }
}

static void drop_clock(Clock *clock) {
    free(clock->marks);
    *clock = (Clock){NULL, 0};
}

/* The host has waited for tasks up to seq: forgets them and what they had waited for. */
static void host_waited(Stream *stream, uint64_t seq) {
    if (seq <= stream->synchronised) {
        return;
    }
    stream->synchronised = seq;
    while (stream->known != NULL && stream->known->seq <= seq &&
           stream->known != stream->next_to_run) {
        Queued *old = stream->known;
        stream->known = old->next;
        if (stream->known == NULL) {
            stream->last = NULL;
        }
        for (size_t i = 0; i < old->after.count; i++) {
            Stream *other = by_id(old->after.marks[i].stream);
            if (other != NULL && other != stream) {
                host_waited(other, old->after.marks[i].seq);
            }
        }
        drop_clock(&old->after);
        if (old->task.release != NULL) {
            old->task.release(old->task.argument);
        }
        free(old);
    }
}

bool standin_conflict(uintptr_t low, uintptr_t high, bool write, char what[256]) {
    bool found = false;
    pthread_mutex_lock(&lock);
    for (Stream *stream = streams; stream != NULL && !found; stream = stream->next) {
        for (Queued *one = stream->known; one != NULL && !found; one = one->next) {
            for (int i = 0; i < one->task.range_count && !found; i++) {
                StandinRange range = one->task.ranges[i];
                found = range.low < high && low < range.high && (write || range.write) &&
                        one->seq > stream->synchronised;
            }
            if (found) {
                snprintf(what, 256, "%s (task %llu of stream %llu%s)", one->task.name,
                         (unsigned long long)one->seq, (unsigned long long)stream->id,
                         one->seq <= stream->done ? ", has run" : ", is pending");
            }
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

bool standin_ordered_after(aclrtStream handle, uint64_t other_id, uint64_t seq) {
    pthread_mutex_lock(&lock);
    Stream *stream = by_handle(handle);
    Stream *other = by_id(other_id);
    bool ordered = stream == NULL || other == NULL || stream == other || other->synchronised >= seq;
    for (size_t i = 0; !ordered && i < stream->clock.count; i++) {
        ordered = stream->clock.marks[i].stream == other_id && stream->clock.marks[i].seq >= seq;
    }
    pthread_mutex_unlock(&lock);
    return ordered;
}

void standin_stream_progress(uint64_t id, uint64_t *done, uint64_t *synchronised) {
    pthread_mutex_lock(&lock);
    Stream *stream = by_id(id);
    *done = stream == NULL ? UINT64_MAX : stream->done;
    *synchronised = stream == NULL ? UINT64_MAX : stream->synchronised;
    pthread_mutex_unlock(&lock);
}

/* ---- the worker ---- */

static void random_delay(uint64_t *state) {
    double low = 0;
    double high = 5;
    const char *text = standin_env("STANDIN_DELAY", "");
    if (text[0] != 0 && sscanf(text, "%lf-%lf", &low, &high) == 1) {
        high = low;
        low = 0;
    }
    if (high > 0) {
        double share = (double)(standin_next_random(state) >> 11) / 9007199254740992.0;
        standin_sleep_ms(low + share * (high - low));
    }
}

static void wait_for_other(Stream *stream, const Queued *one) {
    Stream *other = by_id(one->wait_stream);
    while (other != NULL && other != stream && other->done < one->wait_seq && !stream->stop) {
        pthread_cond_wait(&progress, &lock);
    }
}

static void *work(void *argument) {
    Stream *stream = argument;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (stream->next_to_run == NULL && !stream->stop) {
            pthread_cond_wait(&stream->work, &lock);
        }
        Queued *one = stream->next_to_run;
        if (one == NULL || stream->stop) {
            break;
        }
        if (one->wait_stream != 0) {
            wait_for_other(stream, one);
        } else if (one->task.run != NULL && stream->error == 0) {
            pthread_mutex_unlock(&lock);
            random_delay(&stream->random);
            char text[512] = "";
            int code = one->task.run(one->task.argument, text);
            pthread_mutex_lock(&lock);
            if (code != 0 && stream->error == 0) {
                stream->error = code;
                memcpy(stream->error_text, text, sizeof(text));
            }
        }
        stream->done = one->seq;
        stream->next_to_run = one->next;
        pthread_cond_broadcast(&progress);
    }
    stream->done = stream->submitted;
    stream->next_to_run = NULL;
    host_waited(stream, stream->submitted);
    pthread_cond_broadcast(&progress);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static Queued *append(Stream *stream, const StandinTask *task) {
    Queued *one = calloc(1, sizeof(Queued));
    one->task = *task;
    one->seq = ++stream->submitted;
    if (stream->last == NULL) {
        stream->known = one;
    } else {
        stream->last->next = one;
    }
    stream->last = one;
    if (stream->next_to_run == NULL) {
        stream->next_to_run = one;
    }
    pthread_cond_signal(&stream->work);
    return one;
}

uint64_t standin_submit(aclrtStream handle, const StandinTask *task) {
    pthread_mutex_lock(&lock);
    uint64_t seq = append(by_handle(handle), task)->seq;
    pthread_mutex_unlock(&lock);
    return seq;
}

/* ---- streams ---- */

static Stream *create(int device, aclrtContext context, bool persistent) {
    Stream *stream = calloc(1, sizeof(Stream));
    pthread_mutex_lock(&lock);
    stream->id = ++last_id;
    stream->device = device;
    stream->context = context;
    stream->persistent = persistent;
    stream->alive = true;
    stream->random = (uint64_t)standin_env_number("STANDIN_SEED", 1) * 1000003u +
                     (uint64_t)standin_physical_device(device) * 8191u + stream->id;
    pthread_cond_init(&stream->work, NULL);
    stream->next = streams;
    streams = stream;
    pthread_mutex_unlock(&lock);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, work, stream);
    pthread_attr_destroy(&attributes);
    return stream;
}

static Stream *default_stream(int device) {
    static pthread_mutex_t creating = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&creating);
    if (default_streams[device] == NULL) {
        default_streams[device] = create(device, standin_default_context(device), false);
    }
    Stream *stream = default_streams[device];
    stream->context = standin_default_context(device);
    pthread_mutex_unlock(&creating);
    return stream;
}

int standin_stream_device(aclrtStream handle, uint64_t *id) {
    pthread_mutex_lock(&lock);
    Stream *stream = by_handle(handle);
    int device = stream == NULL ? -1 : stream->alive ? stream->device : -2;
    if (stream != NULL && id != NULL) {
        *id = stream->id;
    }
    pthread_mutex_unlock(&lock);
    return device;
}

int standin_check_stream(const char *api, aclrtStream *handle, bool *persistent) {
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (*handle == NULL) {
        *handle = default_stream(device);
    }
    pthread_mutex_lock(&lock);
    Stream *stream = by_handle(*handle);
    bool alive = stream != NULL && stream->alive;
    bool same = alive && stream->device == device &&
                (stream->context == standin_thread_context() || stream == default_streams[device]);
    int owner = alive ? stream->device : -1;
    if (alive) {
        *persistent = stream->persistent;
    }
    pthread_mutex_unlock(&lock);
    if (!alive) {
        return standin_misuse(CHECK_AFTER_DESTROY, ACL_ERROR_RT_INVALID_HANDLE, api,
                              "the stream %s", stream == NULL ? "is unknown" : "was destroyed");
    }
    if (!same) {
        return standin_misuse(CHECK_OTHER_DEVICE, ACL_ERROR_RT_STREAM_CONTEXT, api,
                              "EE1010: the stream belongs to %s %d, this thread works on device %d",
                              owner == device ? "another context of device" : "device", owner,
                              device);
    }
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority,
                                                 uint32_t flag) {
    static const char api[] = "aclrtCreateStream";
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (stream == NULL || priority > 7 || (flag & ~7u) != 0) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, api, "priority %u, flags 0x%x", priority,
                            flag);
    }
    int live = 0;
    pthread_mutex_lock(&lock);
    for (Stream *one = streams; one != NULL; one = one->next) {
        live += one->alive && one->device == device;
    }
    pthread_mutex_unlock(&lock);
    int limit = standin_soc() == SOC_910 ? 2048 : standin_soc() == SOC_310P ? 1024 : 1984;
    if (live >= limit) {
        return standin_fail(ACL_ERROR_RT_NO_STREAM_RESOURCE, api,
                            "EE1011: device %d has %d streams, its limit", device, live);
    }
    *stream = create(device, standin_thread_context(), (flag & ACL_STREAM_PERSISTENT) != 0);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtCreateStream(aclrtStream *stream) {
    return aclrtCreateStreamWithConfig(stream, 0, 0);
}

static aclError destroy_stream(const char *api, aclrtStream handle, bool force) {
    if (handle == NULL) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, api, "the stream is null");
    }
    bool persistent;
    int code = standin_check_stream(api, &handle, &persistent);
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Stream *stream = by_handle(handle);
    uint64_t pending = stream->submitted - stream->done;
    uint64_t unseen = stream->submitted - stream->synchronised;
    stream->alive = false;
    stream->stop = true;
    pthread_cond_signal(&stream->work);
    pthread_mutex_unlock(&lock);
    if (!force && unseen > 0) {
        standin_violation(CHECK_PENDING_WORK, api,
                          "a stream is destroyed with %llu task(s) that were not waited for, %llu of "
                          "them pending",
                          (unsigned long long)unseen, (unsigned long long)pending);
    }
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtDestroyStream(aclrtStream stream) {
    return destroy_stream("aclrtDestroyStream", stream, false);
}

STANDIN_API aclError aclrtDestroyStreamForce(aclrtStream stream) {
    return destroy_stream("aclrtDestroyStreamForce", stream, true);
}

/* ---- waiting ---- */

static bool wait_until_done(Stream *stream, uint64_t seq, int timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    bool in_time = true;
    while (stream->done < seq && in_time) {
        in_time = timeout_ms < 0 ? pthread_cond_wait(&progress, &lock) == 0
                                 : pthread_cond_timedwait(&progress, &lock, &until) == 0;
    }
    return stream->done >= seq;
}

static aclError synchronise(const char *api, Stream *stream, int timeout_ms) {
    pthread_mutex_lock(&lock);
    uint64_t seq = stream->submitted;
    bool finished = wait_until_done(stream, seq, timeout_ms);
    int code = ACL_SUCCESS;
    char text[600];
    if (!finished) {
        code = ACL_ERROR_RT_STREAM_SYNC_TIMEOUT;
        const char *name = stream->next_to_run == NULL ? "?" : stream->next_to_run->task.name;
        snprintf(text, sizeof(text), "EE1002: stream synchronize timeout after %d ms in %s",
                 timeout_ms, name == NULL ? "a wait for an event" : name);
    } else {
        host_waited(stream, seq);
        code = stream->error;
        snprintf(text, sizeof(text), "%s", stream->error_text);
    }
    pthread_mutex_unlock(&lock);
    return code == ACL_SUCCESS ? code : standin_fail(code, api, "%s", text);
}

STANDIN_API aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout) {
    static const char api[] = "aclrtSynchronizeStreamWithTimeout";
    bool persistent = false;
    int code = standin_check_stream(api, &stream, &persistent);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (timeout < -1) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, api, "timeout %d", timeout);
    }
    return synchronise(api, stream, timeout);
}

STANDIN_API aclError aclrtSynchronizeStream(aclrtStream stream) {
    static const char api[] = "aclrtSynchronizeStream";
    bool persistent = false;
    int code = standin_check_stream(api, &stream, &persistent);
    return code != ACL_SUCCESS ? code : synchronise(api, stream, -1);
}

STANDIN_API aclError aclrtSynchronizeDevice(void) {
    static const char api[] = "aclrtSynchronizeDevice";
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    for (Stream *stream = streams; stream != NULL; stream = stream->next) {
        if (stream->alive && stream->device == device && !stream->persistent) {
            int one = synchronise(api, stream, -1);
            code = code == ACL_SUCCESS ? one : code;
        }
    }
    return code;
}

STANDIN_API aclError aclrtStreamQuery(aclrtStream handle, aclrtStreamStatus *status) {
    static const char api[] = "aclrtStreamQuery";
    bool persistent;
    int code = standin_check_stream(api, &handle, &persistent);
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Stream *stream = by_handle(handle);
    bool complete = stream->done == stream->submitted;
    if (complete) {
        host_waited(stream, stream->submitted);
    }
    pthread_mutex_unlock(&lock);
    *status = complete ? ACL_STREAM_STATUS_COMPLETE : ACL_STREAM_STATUS_NOT_READY;
    return ACL_SUCCESS;
}

/* ---- events ---- */

static int check_event(const char *api, aclrtEvent handle) {
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Event *event = event_of(handle);
    bool alive = event != NULL && event->alive;
    pthread_mutex_unlock(&lock);
    return alive ? ACL_SUCCESS
                 : standin_misuse(CHECK_AFTER_DESTROY, ACL_ERROR_RT_INVALID_HANDLE, api,
                                  "the event %s", event == NULL ? "is unknown" : "was destroyed");
}

STANDIN_API aclError aclrtCreateEvent(aclrtEvent *event) {
    int device;
    int code = standin_enter_device("aclrtCreateEvent", &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    Event *one = calloc(1, sizeof(Event));
    one->device = device;
    one->alive = true;
    pthread_mutex_lock(&lock);
    one->next = events;
    events = one;
    pthread_mutex_unlock(&lock);
    *event = one;
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtDestroyEvent(aclrtEvent handle) {
    int code = check_event("aclrtDestroyEvent", handle);
    if (code == ACL_SUCCESS) {
        pthread_mutex_lock(&lock);
        event_of(handle)->alive = false;
        drop_clock(&event_of(handle)->clock);
        pthread_mutex_unlock(&lock);
    }
    return code;
}

STANDIN_API aclError aclrtRecordEvent(aclrtEvent handle, aclrtStream stream) {
    static const char api[] = "aclrtRecordEvent";
    bool persistent;
    int code = check_event(api, handle);
    if (code == ACL_SUCCESS) {
        code = standin_check_stream(api, &stream, &persistent);
    }
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Stream *recorded = by_handle(stream);
    Event *event = event_of(handle);
    event->stream = recorded->id;
    event->seq = append(recorded, &(StandinTask){.name = api})->seq;
    drop_clock(&event->clock);
    merge(&event->clock, &recorded->clock);
    raise_mark(&event->clock, event->stream, event->seq);
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent handle) {
    static const char api[] = "aclrtStreamWaitEvent";
    bool persistent;
    int code = check_event(api, handle);
    if (code == ACL_SUCCESS) {
        code = standin_check_stream(api, &stream, &persistent);
    }
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Stream *waiting = by_handle(stream);
    Event *event = event_of(handle);
    if (event->stream != 0) {
        Queued *one = append(waiting, &(StandinTask){.name = api});
        one->wait_stream = event->stream;
        one->wait_seq = event->seq;
        merge(&one->after, &event->clock);
        merge(&waiting->clock, &event->clock);
    }
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtSynchronizeEvent(aclrtEvent handle) {
    static const char api[] = "aclrtSynchronizeEvent";
    int code = check_event(api, handle);
    if (code != ACL_SUCCESS) {
        return code;
    }
    char text[600] = "";
    pthread_mutex_lock(&lock);
    Event *event = event_of(handle);
    Stream *stream = by_id(event->stream);
    if (stream != NULL) {
        uint64_t seq = event->seq;
        Clock clock = {NULL, 0};
        merge(&clock, &event->clock);
        wait_until_done(stream, seq, -1);
        for (size_t i = 0; i < clock.count; i++) {
            Stream *other = by_id(clock.marks[i].stream);
            if (other != NULL) {
                host_waited(other, clock.marks[i].seq);
            }
        }
        drop_clock(&clock);
        code = stream->error;
        snprintf(text, sizeof(text), "%s", stream->error_text);
    }
    pthread_mutex_unlock(&lock);
    return code == ACL_SUCCESS ? code : standin_fail(code, api, "%s", text);
}

void standin_stream_leaks(const char *api, int device) {
    pthread_mutex_lock(&lock);
    for (Stream *stream = streams; stream != NULL; stream = stream->next) {
        if (!stream->alive || (device >= 0 && stream->device != device)) {
            continue;
        }
        if (stream == default_streams[stream->device]) {
            default_streams[stream->device] = NULL;
        } else {
            standin_leak(api, "stream %llu of device %d was not destroyed",
                         (unsigned long long)stream->id, stream->device);
        }
        stream->alive = false;
        stream->stop = true;
        pthread_cond_signal(&stream->work);
    }
    for (Event *event = events; event != NULL; event = event->next) {
        if (event->alive && (device < 0 || event->device == device)) {
            standin_leak(api, "an event of device %d was not destroyed", event->device);
            event->alive = false;
        }
    }
    pthread_mutex_unlock(&lock);
}
