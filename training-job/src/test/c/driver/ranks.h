/* Runs a function in several processes, each a rank with a card of its own, and prints what calls return. */
#ifndef STANDIN_RANKS_H
#define STANDIN_RANKS_H

#define _GNU_SOURCE
#include "acl/acl.h"
#include "hccl/hccl.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Memory that all ranks see: the rendezvous, without any library. */
typedef struct {
    HcclRootInfo info;
    volatile int published;
    volatile int arrived[8];
} Meeting;

static Meeting *meeting;
static int ranks;

/* Prints "rank.name=value": what the tests read. */
static void say(int rank, const char *name, long long value) {
    char line[200];
    int length = snprintf(line, sizeof(line), "%d.%s=%lld\n", rank, name, value);
    if (write(STDOUT_FILENO, line, (size_t)length) < 0) {
        exit(3);
    }
}

/* Ends the process when a call that is no part of the case fails. */
static inline void need(const char *what, int code) {
    if (code != 0) {
        const char *message = aclGetRecentErrMsg();
        fprintf(stderr, "%s returned %d: %s\n", what, code, message == NULL ? "" : message);
        exit(2);
    }
}

#define NEED(call) need(#call, (int)(call))

static inline void meet(int place) {
    __atomic_add_fetch(&meeting->arrived[place], 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&meeting->arrived[place], __ATOMIC_SEQ_CST) < ranks) {
        usleep(1000);
    }
}

static inline void open_device(int device) {
    NEED(aclInit(NULL));
    NEED(aclrtSetDevice(device));
}

static inline void share_root_info(int rank) {
    if (rank == 0) {
        memset(&meeting->info, 0, sizeof(meeting->info));
        NEED(HcclGetRootInfo(&meeting->info));
        meeting->published = 1;
    }
    while (!meeting->published) {
        usleep(1000);
    }
}

/* Device "rank", a communicator of all ranks and a stream. */
static inline void open_rank(int rank, HcclComm *comm, aclrtStream *stream) {
    open_device(rank);
    share_root_info(rank);
    NEED(HcclCommInitRootInfo((uint32_t)ranks, &meeting->info, (uint32_t)rank, comm));
    NEED(aclrtCreateStream(stream));
}

static inline void close_rank(int rank, HcclComm comm, aclrtStream stream) {
    NEED(HcclCommDestroy(comm));
    NEED(aclrtDestroyStream(stream));
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static inline void *device_memory(size_t bytes) {
    void *memory;
    NEED(aclrtMalloc(&memory, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    return memory;
}

static inline void to_device(void *device, const void *host, size_t bytes) {
    NEED(aclrtMemcpy(device, bytes, host, bytes, ACL_MEMCPY_HOST_TO_DEVICE));
}

static inline void to_host(void *host, const void *device, size_t bytes) {
    NEED(aclrtMemcpy(host, bytes, device, bytes, ACL_MEMCPY_DEVICE_TO_HOST));
}

/* Starts n processes; 0 if all end well, else 1. Processes that a signal ended are printed. */
static inline int run_ranks(int n, void (*body)(int rank)) {
    ranks = n;
    meeting = mmap(NULL, sizeof(Meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[64];
    for (int rank = 0; rank < n; rank++) {
        children[rank] = fork();
        if (children[rank] == 0) {
            body(rank);
            exit(0);
        }
    }
    int result = 0;
    for (int rank = 0; rank < n; rank++) {
        int status;
        waitpid(children[rank], &status, 0);
        if (WIFSIGNALED(status)) {
            say(rank, "signal", WTERMSIG(status));
        } else if (WEXITSTATUS(status) != 0) {
            result = 1;
        }
    }
    return result;
}

#endif
