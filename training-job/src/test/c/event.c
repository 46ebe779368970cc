/* Events: a place in a stream that other streams and the host can wait for. */
#define _GNU_SOURCE
#include "streams.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Event {
    int device;
    uint64_t stream; /* 0: not recorded */
    uint64_t seq;
    Clock clock;
    struct Event *next;
} Event;

#define REMEMBERED 64

static Event *events;
static const void *destroyed[REMEMBERED]; /* only to tell "destroyed" from "unknown" */
static size_t destroyed_count;

static Event *event_of(const void *handle) {
    for (Event *event = events; event != NULL; event = event->next) {
        if (event == handle) {
            return event;
        }
    }
    return NULL;
}

static void forget(const void *handle) {
    for (Event **at = &events; *at != NULL; at = &(*at)->next) {
        if (*at == handle) {
            Event *event = *at;
            *at = event->next;
            standin_drop_clock(&event->clock);
            destroyed[destroyed_count++ % REMEMBERED] = handle;
            free(event);
            return;
        }
    }
}

static int check_event(const char *api, aclrtEvent handle) {
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&standin_streams_lock);
    Event *event = event_of(handle);
    bool was_there = false;
    for (size_t i = 0; event == NULL && i < REMEMBERED; i++) {
        was_there = was_there || (handle != NULL && destroyed[i] == handle);
    }
    pthread_mutex_unlock(&standin_streams_lock);
    return event != NULL ? ACL_SUCCESS
                         : standin_misuse(CHECK_AFTER_DESTROY, ACL_ERROR_RT_INVALID_HANDLE, api,
                                          "the event %s", was_there ? "was destroyed" : "is unknown");
}

STANDIN_API aclError aclrtCreateEvent(aclrtEvent *event) {
    int device;
    int code = standin_enter_device("aclrtCreateEvent", &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    Event *one = calloc(1, sizeof(Event));
    one->device = device;
    pthread_mutex_lock(&standin_streams_lock);
    one->next = events;
    events = one;
    pthread_mutex_unlock(&standin_streams_lock);
    *event = one;
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtDestroyEvent(aclrtEvent handle) {
    int code = check_event("aclrtDestroyEvent", handle);
    if (code == ACL_SUCCESS) {
        pthread_mutex_lock(&standin_streams_lock);
        forget(handle);
        pthread_mutex_unlock(&standin_streams_lock);
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
    pthread_mutex_lock(&standin_streams_lock);
    Stream *recorded = standin_stream_by_handle(stream);
    Event *event = event_of(handle);
    event->stream = recorded->id;
    event->seq = standin_append(recorded, &(StandinTask){.name = api})->seq;
    standin_drop_clock(&event->clock);
    standin_merge(&event->clock, &recorded->clock);
    standin_raise_mark(&event->clock, event->stream, event->seq);
    pthread_mutex_unlock(&standin_streams_lock);
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
    pthread_mutex_lock(&standin_streams_lock);
    Stream *waiting = standin_stream_by_handle(stream);
    Event *event = event_of(handle);
    if (event->stream != 0) {
        Queued *one = standin_append(waiting, &(StandinTask){.name = api});
        one->wait_stream = event->stream;
        one->wait_seq = event->seq;
        standin_merge(&one->after, &event->clock);
        standin_merge(&waiting->clock, &event->clock);
    }
    pthread_mutex_unlock(&standin_streams_lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtSynchronizeEvent(aclrtEvent handle) {
    static const char api[] = "aclrtSynchronizeEvent";
    int code = check_event(api, handle);
    if (code != ACL_SUCCESS) {
        return code;
    }
    char text[600] = "";
    pthread_mutex_lock(&standin_streams_lock);
    Event *event = event_of(handle);
    Stream *stream = standin_stream_by_id(event->stream);
    if (stream != NULL) {
        uint64_t seq = event->seq;
        Clock clock = {NULL, 0};
        standin_merge(&clock, &event->clock);
        standin_wait_until_done(stream, seq, -1);
        for (size_t i = 0; i < clock.count; i++) {
            Stream *other = standin_stream_by_id(clock.marks[i].stream);
            if (other != NULL) {
                standin_host_waited(other, clock.marks[i].seq);
            }
        }
        standin_drop_clock(&clock);
        code = stream->error;
        snprintf(text, sizeof(text), "%s", stream->error_text);
    }
    pthread_mutex_unlock(&standin_streams_lock);
    return code == ACL_SUCCESS ? code : standin_fail(code, api, "%s", text);
}

void standin_event_leaks(const char *api, int device) {
    Event *next;
    for (Event *event = events; event != NULL; event = next) {
        next = event->next;
        if (device < 0 || event->device == device) {
            standin_leak(api, "an event of device %d was not destroyed", event->device);
            forget(event);
        }
    }
}
