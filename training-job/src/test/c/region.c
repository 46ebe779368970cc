/*
 * Memory that the ranks of a communicator share. It has no name in any file system: rank 0 holds a
 * descriptor, the others open it through /proc and it ends with the last process that maps it.
 */
#define _GNU_SOURCE
#include "comm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REGION_MAGIC 0x7374616e64696e31u

/* The front part of a root info; the rest is random and has to arrive unchanged as well. */
typedef struct {
    char magic[8];
    uint32_t pid;
    int32_t file;
    uint64_t nonce;
    char host[64];
    uint64_t hash;
} RootRecord;

uint64_t standin_hash(const void *bytes, size_t length, uint64_t seed) {
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3u;
    }
    return hash;
}

bool standin_process_lives(int pid) {
    if (kill(pid, 0) != 0 && errno == ESRCH) {
        return false;
    }
    char path[64];
    char text[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    ssize_t length = read(file, text, sizeof(text) - 1);
    close(file);
    const char *end = length > 0 ? strrchr(text, ')') : NULL;
    return end == NULL || (end[2] != 'Z' && end[2] != 'X');
}

Region *standin_create_region(HcclRootInfo *info, int *file) {
    *file = memfd_create("cann-stand-in", MFD_CLOEXEC);
    if (*file < 0 || ftruncate(*file, sizeof(Region)) != 0) {
        return NULL;
    }
    Region *region = mmap(NULL, sizeof(Region), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                          *file, 0);
    if (region == MAP_FAILED) {
        close(*file);
        return NULL;
    }
    uint64_t random = standin_entropy();
    for (size_t i = 0; i < sizeof(info->internal); i++) {
        info->internal[i] = (char)standin_next_random(&random);
    }
    RootRecord record;
    memset(&record, 0, sizeof(record));
    memcpy(record.magic, "STANDIN1", 8);
    record.pid = (uint32_t)getpid();
    record.file = *file;
    record.nonce = standin_entropy();
    gethostname(record.host, sizeof(record.host) - 1);
    record.hash = standin_hash(&record, offsetof(RootRecord, hash), 1);
    memcpy(info->internal, &record, sizeof(record));
    region->nonce = record.nonce;
    region->root_pid = getpid();
    region->root_info = *info;
    region->magic = REGION_MAGIC;
    return region;
}

Region *standin_open_region(const HcclRootInfo *info, bool *gone, char why[256]) {
    RootRecord record;
    memcpy(&record, info->internal, sizeof(record));
    *gone = false;
    if (memcmp(record.magic, "STANDIN1", 8) != 0 ||
        record.hash != standin_hash(&record, offsetof(RootRecord, hash), 1)) {
        snprintf(why, 256, "the root info was altered in its first %zu bytes", sizeof(record));
        return NULL;
    }
    if (!standin_process_lives((int)record.pid)) {
        *gone = true;
        snprintf(why, 256, "process %u that made the root info has ended", record.pid);
        return NULL;
    }
    char path[64];
    snprintf(path, sizeof(path), "/proc/%u/fd/%d", record.pid, record.file);
    int file = open(path, O_RDWR | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size != (off_t)sizeof(Region)) {
        snprintf(why, 256, "the root info was used up by another communicator (%s)",
                 file < 0 ? strerror(errno) : "its descriptor is something else");
        if (file >= 0) {
            close(file);
        }
        return NULL;
    }
    Region *region = mmap(NULL, sizeof(Region), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                          file, 0);
    close(file);
    if (region == MAP_FAILED) {
        snprintf(why, 256, "cannot map the shared region: %s", strerror(errno));
        return NULL;
    }
    if (region->magic != REGION_MAGIC || region->nonce != record.nonce) {
        snprintf(why, 256, "the root info was used up by another communicator");
        munmap(region, sizeof(Region));
        return NULL;
    }
    for (size_t i = 0; i < sizeof(info->internal); i++) {
        if (info->internal[i] != region->root_info.internal[i]) {
            snprintf(why, 256, "the root info was truncated or altered: byte %zu of %zu differs", i,
                     sizeof(info->internal));
            munmap(region, sizeof(Region));
            return NULL;
        }
    }
    return region;
}

void standin_close_region(Region *region) {
    munmap(region, sizeof(Region));
}

void standin_ring(Region *region) {
    atomic_fetch_add(&region->bell, 1);
    syscall(SYS_futex, &region->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

bool standin_wait(Region *region, bool (*ready)(const void *what), const void *what,
                  uint64_t deadline_ns) {
    for (;;) {
        uint32_t bell = atomic_load(&region->bell);
        if (ready(what)) {
            return true;
        }
        uint64_t now = standin_now_ns();
        if (deadline_ns != 0 && now >= deadline_ns) {
            return false;
        }
        uint64_t step = 50000000u;
        if (deadline_ns != 0 && deadline_ns - now < step) {
            step = deadline_ns - now;
        }
        struct timespec limit = {0, (long)step};
        syscall(SYS_futex, &region->bell, FUTEX_WAIT, bell, &limit, NULL, 0);
    }
}
