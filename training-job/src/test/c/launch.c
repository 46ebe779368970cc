/*
 * Life of an operation: announced by the calling thread, compared with what the other ranks announced
 * at the same place, queued, run by the stream's thread in rounds of one slot per rank.
 */
#define _GNU_SOURCE
#include "comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const NAMES[] = {
    "HcclAllReduce",  "HcclBroadcast",  "HcclAllGather",      "HcclReduceScatter",
    "HcclReduce",     "HcclScatter",    "HcclAlltoAll",       "HcclAlltoAllV",
    "HcclAlltoAllVC", "HcclAllGatherV", "HcclReduceScatterV", "HcclBarrier",
    "HcclSend",       "HcclRecv",       "HcclBatchSendRecv"};

const char *standin_op_name(uint32_t kind) {
    return kind <= OP_BATCH_SEND_RECV ? NAMES[kind] : "?";
}

/* ---- agreement of the ranks ---- */

typedef struct {
    const Comm *comm;
    uint64_t number;
} RankQuery;

static bool all_announced(const void *what) {
    const RankQuery *query = what;
    for (uint32_t i = 0; i < query->comm->ranks; i++) {
        if (atomic_load(&query->comm->region->progress[i].headers) < query->number) {
            return false;
        }
    }
    return true;
}

static bool all_posted(const void *what) {
    const RankQuery *query = what;
    for (uint32_t i = 0; i < query->comm->ranks; i++) {
        if (atomic_load(&query->comm->region->progress[i].posted) < query->number) {
            return false;
        }
    }
    return true;
}

static bool all_consumed(const void *what) {
    const RankQuery *query = what;
    for (uint32_t i = 0; i < query->comm->ranks; i++) {
        if (atomic_load(&query->comm->region->progress[i].consumed) < query->number) {
            return false;
        }
    }
    return true;
}

static void late_ranks(const Comm *comm, uint64_t number, size_t field, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < comm->ranks && at + 8 < size; i++) {
        const char *progress = (const char *)&comm->region->progress[i];
        if (atomic_load((const _Atomic uint64_t *)(const void *)(progress + field)) < number) {
            at += (size_t)snprintf(text + at, size - at, "%s%u", at == 0 ? "" : ", ", i);
        }
    }
}

static void describe(const OpHeader *header, char text[200]) {
    snprintf(text, 200, "%s(count=%llu, dataType=%u, op=%u, root=%u)", standin_op_name(header->kind),
             (unsigned long long)header->count, header->dtype, header->reduce, header->root);
}

/* Names the first rank whose announcement differs; false if all agree. */
static bool differs(const Operation *operation, char text[500]) {
    const Comm *comm = operation->comm;
    for (uint32_t i = 0; i < comm->ranks; i++) {
        OpHeader other = comm->region->headers[i][operation->seq % HEADER_RING];
        const OpHeader *own = &operation->header;
        if (other.kind != own->kind || other.dtype != own->dtype || other.reduce != own->reduce ||
            other.root != own->root || other.count != own->count || other.matrix != own->matrix) {
            char here[200];
            char there[200];
            describe(own, here);
            describe(&other, there);
            snprintf(text, 500, "operation %llu is %s on rank %u and %s on rank %u%s",
                     (unsigned long long)operation->seq, here, comm->rank, there, i,
                     other.matrix != own->matrix ? ", their count matrices differ" : "");
            return true;
        }
    }
    return false;
}

static void mark_broken(Comm *comm, const char *text) {
    if (!comm->broken) {
        snprintf(comm->broken_text, sizeof(comm->broken_text), "%s", text);
        comm->broken = true;
    }
}

static bool never(const void *what) {
    (void)what;
    return false;
}

/* Waits out the time that the real library would hang for. */
static void wait_out(const Comm *comm, uint64_t deadline_ns) {
    if (deadline_ns != 0) {
        standin_wait(comm->region, never, NULL, deadline_ns);
    }
}

static uint64_t deadline_in(double seconds) {
    return seconds <= 0 ? 0 : standin_now_ns() + (uint64_t)(seconds * 1e9);
}

/* The first use of an operation waits for the other ranks inside of the call. */
static HcclResult link_up(const Operation *operation) {
    Comm *comm = operation->comm;
    uint64_t bit = 1ull << operation->header.kind;
    if ((comm->linked & bit) != 0) {
        return HCCL_SUCCESS;
    }
    uint64_t deadline = deadline_in(comm->options.connect_timeout_s);
    RankQuery query = {comm, operation->seq};
    char text[500];
    if (!standin_wait(comm->region, all_announced, &query, deadline)) {
        char late[200];
        late_ranks(comm, operation->seq, offsetof(Progress, headers), late, sizeof(late));
        snprintf(text, sizeof(text),
                 "EI0006: Getting socket times out after %.1f s: rank(s) %s did not take part in the "
                 "first %s (operation %llu of %s)",
                 comm->options.connect_timeout_s, late, operation->api,
                 (unsigned long long)operation->seq, comm->name);
        mark_broken(comm, text);
        return (HcclResult)standin_misuse(CHECK_MISSING_OP, HCCL_E_TIMEOUT, operation->api, "%s",
                                          text);
    }
    if (differs(operation, text)) {
        char whole[600];
        snprintf(whole, sizeof(whole), "EI0005: arguments differ between ranks: %.480s", text);
        mark_broken(comm, whole);
        standin_violation(CHECK_MISMATCH, operation->api, "%s", whole);
        wait_out(comm, deadline);
        return (HcclResult)standin_fail(HCCL_E_TIMEOUT, operation->api, "%s", whole);
    }
    comm->linked |= bit;
    return HCCL_SUCCESS;
}

/* ---- rounds ---- */

int standin_break(Operation *operation, const char *code, const char *text, char error[512]) {
    snprintf(error, 512, "%s: %s", code, text);
    mark_broken(operation->comm, error);
    return ACL_ERROR_RT_FFTS_PLUS_TIMEOUT;
}

void standin_new_deadline(Operation *operation) {
    operation->deadline_ns = deadline_in(operation->comm->options.exec_timeout_s);
}

static int late(Operation *operation, uint64_t number, size_t field, char error[512]) {
    Comm *comm = operation->comm;
    char ranks[200];
    char text[480];
    late_ranks(comm, number, field, ranks, sizeof(ranks));
    snprintf(text, sizeof(text),
             "The wait execution of the Notify register times out after %.1f s: rank(s) %s did not take "
             "part in %s (operation %llu of %s)",
             comm->options.exec_timeout_s, ranks, operation->api, (unsigned long long)operation->seq,
             comm->name);
    standin_violation(CHECK_MISSING_OP, operation->api, "EI0002: %s", text);
    return standin_break(operation, "EI0002", text, error);
}

int standin_begin_round(Operation *operation, char **slot, char error[512]) {
    Comm *comm = operation->comm;
    comm->round++;
    standin_new_deadline(operation);
    RankQuery query = {comm, comm->round < 2 ? 0 : comm->round - 2};
    if (!standin_wait(comm->region, all_consumed, &query, operation->deadline_ns)) {
        return late(operation, query.number, offsetof(Progress, consumed), error);
    }
    *slot = comm->region->slots[comm->round & 1][comm->rank];
    return 0;
}

int standin_exchange(Operation *operation, char error[512]) {
    Comm *comm = operation->comm;
    atomic_store(&comm->region->progress[comm->rank].posted, comm->round);
    standin_ring(comm->region);
    RankQuery query = {comm, comm->round};
    if (!standin_wait(comm->region, all_posted, &query, operation->deadline_ns)) {
        return late(operation, comm->round, offsetof(Progress, posted), error);
    }
    return 0;
}

const char *standin_slot(const Operation *operation, uint32_t rank) {
    const Comm *comm = operation->comm;
    return comm->region->slots[comm->round & 1][rank];
}

void standin_end_round(Operation *operation) {
    Comm *comm = operation->comm;
    atomic_store(&comm->region->progress[comm->rank].consumed, comm->round);
    standin_ring(comm->region);
}

/* ---- running ---- */

/* Reads memory that may be gone: the kernel says so instead of a signal. */
static bool read_safely(void *target, const void *source, size_t bytes) {
    int file = memfd_create("cann-stand-in-read", MFD_CLOEXEC);
    bool good = file >= 0 && pwrite(file, source, bytes, 0) == (ssize_t)bytes &&
                pread(file, target, bytes, 0) == (ssize_t)bytes;
    if (file >= 0) {
        close(file);
    }
    return good;
}

/* Count arrays are read again when the operation runs, as an asynchronous library may do. */
static void read_arrays_again(const Operation *operation) {
    for (int i = 0; i < 4; i++) {
        const uint64_t *array = operation->arrays[i];
        size_t bytes = operation->array_length * sizeof(uint64_t);
        if (array == NULL) {
            continue;
        }
        uint64_t *now = malloc(bytes);
        bool readable = read_safely(now, array, bytes);
        if (!readable || memcmp(now, operation->copies[i], bytes) != 0) {
            standin_violation(CHECK_COUNT_ARRAY, operation->api,
                              "count array %d was %s before the stream was synchronised", i,
                              readable ? "changed or freed" : "unmapped");
        }
        free(now);
    }
}

static int meet_faults(Operation *operation, char error[512]) {
    const StandinFault *fault = &operation->fault;
    if (!operation->faulty) {
        return 0;
    }
    if (fault->kill) {
        standin_die(operation->api);
    }
    if (fault->delay_ms > 0) {
        standin_sleep_ms(fault->delay_ms);
    }
    if (fault->hang) {
        wait_out(operation->comm, operation->deadline_ns);
        return standin_break(operation, "EI0002",
                             "The wait execution of the Notify register times out (hang of "
                             "STANDIN_FAIL)",
                             error);
    }
    if (fault->async_error > 0) {
        operation->comm->async_error = fault->async_error;
        snprintf(error, 512, "EI0013: An error CQE is received (asyncError of STANDIN_FAIL)");
        mark_broken(operation->comm, error);
        return ACL_ERROR_RT_SUSPECT_REMOTE_ERROR;
    }
    return 0;
}

static int run(void *argument, char error[512]) {
    Operation *operation = argument;
    Comm *comm = operation->comm;
    standin_speak_for((int)comm->rank, comm->name);
    standin_new_deadline(operation);
    int code = meet_faults(operation, error);
    read_arrays_again(operation);
    if (code != 0) {
        return code;
    }
    if (operation->collective && comm->ranks > 1) {
        RankQuery query = {comm, operation->seq};
        if (!standin_wait(comm->region, all_announced, &query, operation->deadline_ns)) {
            return late(operation, operation->seq, offsetof(Progress, headers), error);
        }
        char text[500];
        if (differs(operation, text)) {
            standin_violation(CHECK_MISMATCH, operation->api,
                              "EI0005: arguments differ between ranks: %s", text);
            wait_out(comm, operation->deadline_ns);
            return standin_break(operation, "EI0005", text, error);
        }
    }
    return operation->move(operation, error);
}

static void release(void *argument) {
    Operation *operation = argument;
    for (int i = 0; i < 4; i++) {
        free(operation->copies[i]);
    }
    free(operation->items);
    free(operation);
}

/* ---- the call ---- */

static HcclResult check_stream(const Operation *operation, aclrtStream stream, uint64_t *id) {
    if (stream == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, operation->api, "EI0003: stream is null");
    }
    int device = standin_stream_device(stream, id);
    if (device < 0) {
        return (HcclResult)standin_misuse(CHECK_AFTER_DESTROY, HCCL_E_PARA, operation->api,
                                          "the stream %s",
                                          device == -1 ? "is unknown" : "was destroyed");
    }
    if (device != operation->comm->device) {
        return (HcclResult)standin_misuse(CHECK_OTHER_DEVICE, HCCL_E_PARA, operation->api,
                                          "the stream belongs to device %d, communicator %s to device "
                                          "%d",
                                          device, operation->comm->name, operation->comm->device);
    }
    return HCCL_SUCCESS;
}

static HcclResult injected(Operation *operation) {
    Comm *comm = operation->comm;
    comm->calls++;
    operation->faulty = standin_fault(operation->fault_name, (int)comm->rank,
                                      standin_physical_device(comm->device), (int64_t)comm->calls,
                                      &operation->fault);
    if (operation->faulty && operation->fault.code > 0) {
        return (HcclResult)standin_fail(operation->fault.code, operation->api,
                                        "%s fails with %d as STANDIN_FAIL asks", operation->api,
                                        operation->fault.code);
    }
    return HCCL_SUCCESS;
}

static void announce(Operation *operation) {
    Comm *comm = operation->comm;
    operation->seq = ++comm->operations;
    if (operation->seq > HEADER_RING / 2) {
        RankQuery query = {comm, operation->seq - HEADER_RING / 2};
        standin_wait(comm->region, all_announced, &query,
                     deadline_in(comm->options.exec_timeout_s));
    }
    comm->region->headers[comm->rank][operation->seq % HEADER_RING] = operation->header;
    atomic_store(&comm->region->progress[comm->rank].headers, operation->seq);
    standin_ring(comm->region);
}

static HcclResult prepare(Operation *operation, aclrtStream stream) {
    Comm *comm = operation->comm;
    uint64_t id = 0;
    HcclResult code = check_stream(operation, stream, &id);
    if (code == HCCL_SUCCESS) {
        code = injected(operation);
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (comm->broken) {
        return (HcclResult)standin_fail(HCCL_E_TIMEOUT, operation->api,
                                        "communicator %s failed before: %s", comm->name,
                                        comm->broken_text);
    }
    if (comm->task != 0 && comm->stream != id &&
        !standin_ordered_after(stream, comm->stream, comm->task)) {
        standin_violation(CHECK_TWO_STREAMS, operation->api,
                          "communicator %s is used on streams %llu and %llu without an order between "
                          "them",
                          comm->name, (unsigned long long)comm->stream, (unsigned long long)id);
    }
    comm->stream = id;
    if (operation->collective) {
        announce(operation);
        if (comm->ranks > 1) {
            code = link_up(operation);
        }
    }
    return code;
}

HcclResult standin_launch(const Operation *given, aclrtStream stream) {
    Operation *operation = malloc(sizeof(Operation));
    *operation = *given;
    Comm *comm = operation->comm;
    pthread_mutex_lock(&comm->lock);
    HcclResult code = prepare(operation, stream);
    if (code == HCCL_SUCCESS) {
        StandinTask task = {.name = operation->api,
                            .run = run,
                            .release = release,
                            .argument = operation,
                            .range_count = operation->range_count};
        memcpy(task.ranges, operation->ranges, sizeof(task.ranges));
        comm->task = standin_submit(stream, &task);
    } else {
        release(operation);
    }
    pthread_mutex_unlock(&comm->lock);
    return code;
}

/* ---- barrier ---- */

static int move_nothing(Operation *operation, char error[512]) {
    char *slot;
    int code = standin_begin_round(operation, &slot, error);
    if (code == 0) {
        code = standin_exchange(operation, error);
        standin_end_round(operation);
    }
    return code;
}

STANDIN_API HcclResult HcclBarrier(HcclComm handle, aclrtStream stream) {
    Operation operation = {.api = "HcclBarrier", .fault_name = "barrier", .collective = true,
                           .header = {.kind = OP_BARRIER}, .move = move_nothing};
    HcclResult code = standin_check_comm(operation.api, handle, &operation.comm);
    return code != HCCL_SUCCESS ? code : standin_launch(&operation, stream);
}
