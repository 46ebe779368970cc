/*
 * What the parts of the software stand-in of CANN share. Test code: it moves bytes between processes
 * of one machine and checks how it is used; it computes nothing on an NPU.
 *
 * Functions named standin_* with STANDIN_SHARED cross the border of the shared objects; they are no
 * part of the imitated interface.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include "acl/acl.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STANDIN_API __attribute__((visibility("default")))
#define STANDIN_SHARED __attribute__((visibility("default")))
#define STANDIN_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Numbers of the contract checks, as listed in README.md. */
enum {
    CHECK_NOT_INITIALISED = 1,
    CHECK_REPEATED_INIT = 2,
    CHECK_AFTER_FINALIZE = 3,
    CHECK_NO_DEVICE = 4,
    CHECK_OTHER_DEVICE = 5,
    CHECK_DEVICE_INDEX = 6,
    CHECK_VISIBLE_DEVICES = 7,
    CHECK_POINTER = 8,
    CHECK_BUFFER_SIZE = 9,
    CHECK_ALIGNMENT = 10,
    CHECK_COPY_SIZE = 11,
    CHECK_UNSYNCHRONISED = 12,
    CHECK_PENDING_WORK = 13,
    CHECK_MISMATCH = 14,
    CHECK_MISSING_OP = 15,
    CHECK_ENUM = 16,
    CHECK_DTYPE = 17,
    CHECK_IN_PLACE = 18,
    CHECK_TWO_STREAMS = 19,
    CHECK_RANKS = 20,
    CHECK_ROOT_INFO = 21,
    CHECK_MISSING_RANK = 22,
    CHECK_AFTER_DESTROY = 23,
    CHECK_CONFIG = 24,
    CHECK_CONCURRENT_INIT = 25,
    CHECK_LEAK = 26,
    CHECK_ENVIRONMENT = 27,
    CHECK_COUNT = 28,
    CHECK_UNREAD_MESSAGE = 29,
    CHECK_COUNT_ARRAY = 30,
};

/* ---- report.c: records, messages, environment, faults ---- */

/* Writes one JSON line to STANDIN_REPORT and one text line to standard error. */
STANDIN_SHARED void standin_violation(int check, const char *api, const char *format, ...)
    STANDIN_PRINTF(3, 4);
STANDIN_SHARED void standin_warning(int check, const char *api, const char *format, ...)
    STANDIN_PRINTF(3, 4);
STANDIN_SHARED void standin_leak(const char *api, const char *format, ...) STANDIN_PRINTF(2, 3);

/* Keeps a message for aclGetRecentErrMsg of this thread; returns the code. */
STANDIN_SHARED int standin_fail(int code, const char *api, const char *format, ...)
    STANDIN_PRINTF(3, 4);
/* The same with a violation record of the same text. */
STANDIN_SHARED int standin_misuse(int check, int code, const char *api, const char *format, ...)
    STANDIN_PRINTF(4, 5);

/* Rank and communicator that records of this thread name; rank -1 and NULL forget them. */
STANDIN_SHARED void standin_speak_for(int rank, const char *comm);

STANDIN_SHARED const char *standin_env(const char *name, const char *otherwise);
STANDIN_SHARED double standin_env_number(const char *name, double otherwise);
STANDIN_SHARED double standin_time_scale(void);
STANDIN_SHARED uint64_t standin_now_ns(void);
STANDIN_SHARED void standin_sleep_ms(double milliseconds);
STANDIN_SHARED uint64_t standin_next_random(uint64_t *state);
STANDIN_SHARED uint64_t standin_entropy(void);
/* Messages that no thread has read, and whether this thread has one. */
void standin_check_unread(const char *api);

/* One rule of STANDIN_FAIL that applies now; fields that are not set are -1. */
typedef struct {
    int code;
    int async_error;
    double delay_ms;
    bool kill;
    bool hang;
} StandinFault;

/* Asks whether a rule applies to call number "seq" of an operation; rank -1 where none is known. */
STANDIN_SHARED bool standin_fault(const char *op, int rank, int device, int64_t seq,
                                  StandinFault *fault);
STANDIN_SHARED void standin_die(const char *api);

/* ---- device.c: process state, devices, contexts ---- */

typedef enum { SOC_910, SOC_910B, SOC_A3, SOC_950, SOC_310P } StandinSoc;

STANDIN_SHARED StandinSoc standin_soc(void);
/* Checks initialisation: 0 or the ACL code, with message and record. */
int standin_enter(const char *api);
/* Also demands a device of this thread. */
int standin_enter_device(const char *api, int *device);
/* The device of this thread, -1 without one; no record. */
STANDIN_SHARED int standin_thread_device(void);
STANDIN_SHARED bool standin_is_initialised(void);
STANDIN_SHARED int standin_physical_device(int device);
aclrtContext standin_thread_context(void);
aclrtContext standin_default_context(int device);
/* Makes another library report what it still holds: called at finalize, reset (device >= 0), exit. */
STANDIN_SHARED void standin_on_leak_check(void (*check)(const char *api, int device));
STANDIN_SHARED const char *standin_lock_folder(void);
void standin_leaks(const char *api, int device);

/* ---- memory.c ---- */

typedef struct {
    uintptr_t low;
    uintptr_t high;
    bool write;
} StandinRange;

typedef enum { RANGE_OK, RANGE_NOT_DEVICE, RANGE_FREED, RANGE_OTHER_DEVICE, RANGE_SHORT } RangeState;

/* Finds the bytes behind a device address; why gets a sentence on any state but RANGE_OK. */
STANDIN_SHARED RangeState standin_resolve(const void *address, uint64_t bytes, int device,
                                          void **alias, char why[256]);
/* Takes (or with a negative number returns) device memory that is not addressable. */
STANDIN_SHARED bool standin_reserve(int device, int64_t bytes);
void standin_memory_leaks(const char *api, int device);

/* ---- stream.c ---- */

typedef struct {
    const char *name;
    /* Runs on the stream's thread; a code other than 0 stays with the stream, text in error. */
    int (*run)(void *argument, char error[512]);
    void (*release)(void *argument);
    void *argument;
    StandinRange ranges[3];
    int range_count;
} StandinTask;

/* The device of a live stream; -1 never a stream, -2 destroyed. NULL is no stream here. */
STANDIN_SHARED int standin_stream_device(aclrtStream stream, uint64_t *id);
/* Demands a live stream of this thread's context; NULL becomes the default stream. */
int standin_check_stream(const char *api, aclrtStream *stream, bool *persistent);
/* Queues a task and returns its number in the stream. */
STANDIN_SHARED uint64_t standin_submit(aclrtStream stream, const StandinTask *task);
/* Whether everything queued next in stream runs after task "seq" of stream "other". */
STANDIN_SHARED bool standin_ordered_after(aclrtStream stream, uint64_t other, uint64_t seq);
/* Finished and host-synchronised task numbers of a stream. */
STANDIN_SHARED void standin_stream_progress(uint64_t id, uint64_t *done, uint64_t *synchronised);
/* Describes a task that was not waited for and touches the bytes; false if there is none. */
bool standin_conflict(uintptr_t low, uintptr_t high, bool write, char what[256]);
void standin_stream_leaks(const char *api, int device);

#endif
