/*
 * Device memory and copies. A block has a user address and an alias with the bytes: in strict mode
 * the user address is protected, so that the host cannot touch it; otherwise both are the same.
 */
#define _GNU_SOURCE
#include "standin.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u
#define FREED 256
#define DEVICES 64

typedef struct {
    uintptr_t user;
    char *alias;
    uint64_t bytes;
    uint64_t mapped;
    uint64_t charged;
    int device;
} Block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Block *blocks; /* sorted by user address */
static size_t block_count;
static size_t block_room;
static Block freed[FREED];
static size_t freed_count;
static uint64_t used[DEVICES];
static void **pinned;
static size_t pinned_count;

typedef enum { MODE_STRICT, MODE_RELAXED, MODE_HOST } MemoryMode;

static MemoryMode mode(void) {
    const char *name = standin_env("STANDIN_MEMORY", "strict");
    if (strcmp(name, "strict") == 0) {
        return MODE_STRICT;
    }
    if (strcmp(name, "relaxed") == 0) {
        return MODE_RELAXED;
    }
    if (strcmp(name, "host") == 0) {
        return MODE_HOST;
    }
    fprintf(stderr, "CANN stand-in: unknown STANDIN_MEMORY=%s (strict, relaxed, host)\n", name);
    abort();
}

static uint64_t capacity(void) {
    return (uint64_t)standin_env_number("STANDIN_HBM_MB", 32768) << 20;
}

/* ---- access by the host ---- */

static struct sigaction before_segv;

static void on_segv(int signal_number, siginfo_t *info, void *context) {
    uintptr_t at = (uintptr_t)info->si_addr;
    for (size_t i = 0; i < block_count; i++) {
        if (at >= blocks[i].user && at < blocks[i].user + blocks[i].mapped + PAGE) {
            standin_violation(CHECK_POINTER, "SIGSEGV",
                              "the host touches device address %p, byte %zu of a block of %zu bytes",
                              info->si_addr, (size_t)(at - blocks[i].user),
                              (size_t)blocks[i].bytes);
            sigaction(SIGSEGV, &before_segv, NULL);
            return; /* the access is repeated and meets the handler that was there before */
        }
    }
    if ((before_segv.sa_flags & SA_SIGINFO) != 0 && before_segv.sa_sigaction != NULL) {
        before_segv.sa_sigaction(signal_number, info, context);
    } else if (before_segv.sa_handler != SIG_DFL && before_segv.sa_handler != SIG_IGN) {
        before_segv.sa_handler(signal_number);
    } else {
        sigaction(SIGSEGV, &before_segv, NULL);
    }
}

static void install_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_segv;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(SIGSEGV, &action, &before_segv);
}

static void watch_host(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handler);
}

/* ---- registry ---- */

static size_t first_above(uintptr_t address) {
    size_t low = 0;
    size_t high = block_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (blocks[middle].user <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static Block *containing(uintptr_t address) {
    size_t above = first_above(address);
    if (above == 0) {
        return NULL;
    }
    Block *block = &blocks[above - 1];
    return address < block->user + block->bytes ? block : NULL;
}

static void insert(Block block) {
    if (block_count == block_room) {
        block_room = block_room == 0 ? 256 : block_room * 2;
        blocks = realloc(blocks, block_room * sizeof(Block));
    }
    size_t at = first_above(block.user);
    memmove(&blocks[at + 1], &blocks[at], (block_count - at) * sizeof(Block));
    blocks[at] = block;
    block_count++;
}

static void remove_block(size_t at) {
    freed[freed_count++ % FREED] = blocks[at];
    memmove(&blocks[at], &blocks[at + 1], (block_count - at - 1) * sizeof(Block));
    block_count--;
}

static bool was_freed(uintptr_t address) {
    size_t known = freed_count < FREED ? freed_count : FREED;
    for (size_t i = 0; i < known; i++) {
        if (address >= freed[i].user && address < freed[i].user + freed[i].bytes) {
            return true;
        }
    }
    return false;
}

RangeState standin_resolve(const void *address, uint64_t bytes, int device, void **alias,
                           char why[256]) {
    uintptr_t at = (uintptr_t)address;
    RangeState state = RANGE_OK;
    pthread_mutex_lock(&lock);
    Block *block = containing(at);
    if (block == NULL) {
        if (was_freed(at)) {
            state = RANGE_FREED;
            snprintf(why, 256, "address %p lies in device memory that was freed", address);
        } else if (mode() == MODE_HOST) {
            *alias = (void *)at;
        } else {
            state = RANGE_NOT_DEVICE;
            snprintf(why, 256, "address %p is no device memory of this process", address);
        }
    } else if (device >= 0 && block->device != device) {
        state = RANGE_OTHER_DEVICE;
        snprintf(why, 256, "address %p is memory of device %d, not of device %d", address,
                 block->device, device);
    } else if (bytes > block->bytes - (at - block->user)) {
        state = RANGE_SHORT;
        snprintf(why, 256, "%llu bytes are needed at %p, %llu are left in its block of %llu",
                 (unsigned long long)bytes, address,
                 (unsigned long long)(block->bytes - (at - block->user)),
                 (unsigned long long)block->bytes);
    } else {
        *alias = block->alias + (at - block->user);
    }
    pthread_mutex_unlock(&lock);
    return state;
}

bool standin_reserve(int device, int64_t bytes) {
    pthread_mutex_lock(&lock);
    bool fits = bytes < 0 || used[device] + (uint64_t)bytes <= capacity();
    if (fits) {
        used[device] += (uint64_t)bytes;
    }
    pthread_mutex_unlock(&lock);
    return fits;
}

void standin_memory_leaks(const char *api, int device) {
    pthread_mutex_lock(&lock);
    for (size_t i = block_count; i-- > 0;) {
        if (device < 0 || blocks[i].device == device) {
            standin_leak(api, "a buffer of %llu bytes of device %d was not freed",
                         (unsigned long long)blocks[i].bytes, blocks[i].device);
            used[blocks[i].device] -= blocks[i].charged;
            remove_block(i);
        }
    }
    if (device < 0 && pinned_count > 0) {
        standin_leak(api, "%zu pinned host buffer(s) were not freed", pinned_count);
        pinned_count = 0;
    }
    pthread_mutex_unlock(&lock);
}

/* ---- allocation ---- */

STANDIN_API aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy policy) {
    static const char api[] = "aclrtMalloc";
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (devPtr == NULL || size == 0 || (int)policy < 0 || policy > ACL_MEM_MALLOC_HUGE1G_ONLY_P2P) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, api,
                            "EE1001: aclrtMalloc of %zu bytes with policy %d", size, (int)policy);
    }
    StandinFault fault;
    if (standin_fault("malloc", -1, standin_physical_device(device), -1, &fault) &&
        fault.code >= 0) {
        return standin_fail(fault.code, api, "EL0004: Failed to allocate memory of %zu bytes "
                            "(STANDIN_FAIL asks for it)", size);
    }
    uint64_t charged = ((size + 31) / 32) * 32 + (standin_soc() == SOC_950 ? 0 : 32);
    if (!standin_reserve(device, (int64_t)charged)) {
        return standin_fail(ACL_ERROR_RT_DEVICE_OOM, api,
                            "EL0004: Failed to allocate memory of %zu bytes: device %d has %llu of "
                            "%llu bytes in use",
                            size, device, (unsigned long long)used[device],
                            (unsigned long long)capacity());
    }
    Block block = {.bytes = size, .device = device, .charged = charged};
    block.mapped = (size + PAGE - 1) / PAGE * PAGE;
    bool strict = mode() == MODE_STRICT;
    char *user = mmap(NULL, block.mapped + PAGE, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *alias = user;
    if (user != MAP_FAILED && strict) {
        watch_host();
        alias = mmap(NULL, block.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    } else if (user != MAP_FAILED && mprotect(user, block.mapped, PROT_READ | PROT_WRITE) != 0) {
        alias = MAP_FAILED;
    }
    if (user == MAP_FAILED || alias == MAP_FAILED) {
        standin_reserve(device, -(int64_t)charged);
        return standin_fail(ACL_ERROR_RT_MEMORY_ALLOCATION, api,
                            "EL0004: the host cannot map %zu bytes", size);
    }
    memset(alias, 0xA5, size);
    block.user = (uintptr_t)user;
    block.alias = alias;
    pthread_mutex_lock(&lock);
    insert(block);
    pthread_mutex_unlock(&lock);
    *devPtr = user;
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtFree(void *devPtr) {
    static const char api[] = "aclrtFree";
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Block *found = containing((uintptr_t)devPtr);
    bool good = found != NULL && found->user == (uintptr_t)devPtr;
    bool again = found == NULL && was_freed((uintptr_t)devPtr);
    Block block = good ? *found : (Block){0};
    pthread_mutex_unlock(&lock);
    if (!good) {
        return standin_misuse(again ? CHECK_AFTER_DESTROY : CHECK_POINTER,
                              ACL_ERROR_RT_PARAM_INVALID, api, "address %p %s", devPtr,
                              again ? "was freed before" : "is not the start of a device buffer");
    }
    char what[256];
    if (standin_conflict(block.user, block.user + block.bytes, true, what)) {
        standin_violation(CHECK_PENDING_WORK, api,
                          "EI0012: a buffer is freed although %s was not waited for", what);
    }
    pthread_mutex_lock(&lock);
    remove_block((size_t)(containing(block.user) - blocks));
    used[block.device] -= block.charged;
    pthread_mutex_unlock(&lock);
    munmap((void *)block.user, block.mapped + PAGE);
    if (block.alias != (char *)block.user) {
        munmap(block.alias, block.mapped);
    }
    return ACL_SUCCESS;
}

static bool is_pinned(const void *address) {
    bool found = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < pinned_count && !found; i++) {
        const size_t *head = (const size_t *)((char *)pinned[i] - 64);
        found = (const char *)address >= (char *)pinned[i] &&
                (const char *)address < (char *)pinned[i] + *head;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

STANDIN_API aclError aclrtMallocHost(void **hostPtr, size_t size) {
    int device;
    int code = standin_enter_device("aclrtMallocHost", &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    void *memory;
    if (hostPtr == NULL || size == 0 || posix_memalign(&memory, 64, size + 64) != 0) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, "aclrtMallocHost", "cannot pin %zu bytes",
                            size);
    }
    *(size_t *)memory = size;
    pthread_mutex_lock(&lock);
    pinned = realloc(pinned, (pinned_count + 1) * sizeof(void *));
    pinned[pinned_count++] = (char *)memory + 64;
    pthread_mutex_unlock(&lock);
    *hostPtr = (char *)memory + 64;
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtFreeHost(void *hostPtr) {
    int code = standin_enter("aclrtFreeHost");
    if (code != ACL_SUCCESS) {
        return code;
    }
    bool found = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < pinned_count && !found; i++) {
        if (pinned[i] == hostPtr) {
            pinned[i] = pinned[--pinned_count];
            found = true;
        }
    }
    pthread_mutex_unlock(&lock);
    if (!found) {
        return standin_misuse(CHECK_AFTER_DESTROY, ACL_ERROR_RT_PARAM_INVALID, "aclrtFreeHost",
                              "address %p is no pinned buffer or was freed before", hostPtr);
    }
    char what[256];
    uintptr_t at = (uintptr_t)hostPtr;
    if (standin_conflict(at, at + *(size_t *)((char *)hostPtr - 64), true, what)) {
        standin_violation(CHECK_PENDING_WORK, "aclrtFreeHost",
                          "a pinned buffer is freed although %s was not waited for", what);
    }
    free((char *)hostPtr - 64);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total) {
    int device;
    int code = standin_enter_device("aclrtGetMemInfo", &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (free == NULL || total == NULL || (attr != ACL_HBM_MEM && attr != ACL_HBM_MEM_HUGE &&
                                          attr != ACL_HBM_MEM_NORMAL)) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, "aclrtGetMemInfo",
                            "memory attribute %d is not known here", (int)attr);
    }
    pthread_mutex_lock(&lock);
    *total = capacity();
    *free = *total - used[device];
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

/* ---- copies ---- */

STANDIN_API aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count) {
    static const char api[] = "aclrtMemset";
    int device;
    int code = standin_enter_device(api, &device);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (count > maxCount) {
        return standin_misuse(CHECK_COPY_SIZE, ACL_ERROR_RT_PARAM_INVALID, api,
                              "%zu bytes are set in %zu", count, maxCount);
    }
    void *alias;
    char why[256];
    RangeState state = standin_resolve(devPtr, count, device, &alias, why);
    if (state != RANGE_OK) {
        return standin_misuse(state == RANGE_SHORT ? CHECK_BUFFER_SIZE : CHECK_POINTER,
                              ACL_ERROR_RT_PARAM_INVALID, api, "%s", why);
    }
    if (standin_conflict((uintptr_t)devPtr, (uintptr_t)devPtr + count, true, why)) {
        standin_violation(CHECK_UNSYNCHRONISED, api, "bytes are set that %s uses: not waited for",
                          why);
    }
    memset(alias, value, count);
    return ACL_SUCCESS;
}

typedef struct {
    void *to;
    const void *from;
    size_t bytes;
    bool to_device;
    bool from_device;
} Copy;

/* Finds out which sides are device memory and checks them; the kind has to agree. */
static int prepare(const char *api, void *dst, size_t destMax, const void *src, size_t count,
                   aclrtMemcpyKind kind, Copy *copy) {
    if (dst == NULL || src == NULL || (int)kind < 0 || kind > ACL_MEMCPY_DEFAULT) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, api, "EE1001: dst=%p src=%p kind=%d", dst,
                            src, (int)kind);
    }
    if (count > destMax || count == 0) {
        return standin_misuse(CHECK_COPY_SIZE, ACL_ERROR_RT_PARAM_INVALID, api,
                              "%zu bytes are copied into %zu", count, destMax);
    }
    char why[256];
    *copy = (Copy){dst, src, count, true, true};
    RangeState to = standin_resolve(dst, count, -1, &copy->to, why);
    if (to == RANGE_NOT_DEVICE || (to == RANGE_OK && copy->to == dst && mode() == MODE_HOST)) {
        copy->to_device = kind == ACL_MEMCPY_HOST_TO_DEVICE || kind == ACL_MEMCPY_DEVICE_TO_DEVICE
                              ? mode() == MODE_HOST
                              : false;
    } else if (to != RANGE_OK) {
        return standin_misuse(to == RANGE_SHORT ? CHECK_BUFFER_SIZE : CHECK_POINTER,
                              ACL_ERROR_RT_PARAM_INVALID, api, "destination: %s", why);
    }
    void *from_alias = NULL;
    RangeState from = standin_resolve(src, count, -1, &from_alias, why);
    if (from == RANGE_NOT_DEVICE || (from == RANGE_OK && from_alias == src && mode() == MODE_HOST)) {
        copy->from_device = kind == ACL_MEMCPY_DEVICE_TO_HOST || kind == ACL_MEMCPY_DEVICE_TO_DEVICE
                                ? mode() == MODE_HOST
                                : false;
    } else if (from != RANGE_OK) {
        return standin_misuse(from == RANGE_SHORT ? CHECK_BUFFER_SIZE : CHECK_POINTER,
                              ACL_ERROR_RT_PARAM_INVALID, api, "source: %s", why);
    }
    if (from == RANGE_OK) {
        copy->from = from_alias;
    }
    aclrtMemcpyKind real = copy->from_device
                               ? (copy->to_device ? ACL_MEMCPY_DEVICE_TO_DEVICE
                                                  : ACL_MEMCPY_DEVICE_TO_HOST)
                               : (copy->to_device ? ACL_MEMCPY_HOST_TO_DEVICE
                                                  : ACL_MEMCPY_HOST_TO_HOST);
    if (kind != ACL_MEMCPY_DEFAULT && kind != real && mode() != MODE_HOST) {
        return standin_misuse(CHECK_POINTER, ACL_ERROR_RT_PARAM_INVALID, api,
                              "kind %d is said, the addresses are of kind %d", (int)kind, (int)real);
    }
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count,
                                 aclrtMemcpyKind kind) {
    static const char api[] = "aclrtMemcpy";
    int device;
    int code = standin_enter_device(api, &device);
    Copy copy;
    if (code == ACL_SUCCESS) {
        code = prepare(api, dst, destMax, src, count, kind, &copy);
    }
    if (code != ACL_SUCCESS) {
        return code;
    }
    char what[256];
    if (standin_conflict((uintptr_t)src, (uintptr_t)src + count, false, what)) {
        standin_violation(CHECK_UNSYNCHRONISED, api,
                          "bytes are read that %s writes: the stream was not waited for", what);
    }
    if (standin_conflict((uintptr_t)dst, (uintptr_t)dst + count, true, what)) {
        standin_violation(CHECK_UNSYNCHRONISED, api,
                          "bytes are written that %s uses: the stream was not waited for", what);
    }
    memmove(copy.to, copy.from, count);
    return ACL_SUCCESS;
}

static int run_copy(void *argument, char error[512]) {
    (void)error;
    const Copy *copy = argument;
    memmove(copy->to, copy->from, copy->bytes);
    return 0;
}

STANDIN_API aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count,
                                      aclrtMemcpyKind kind, aclrtStream stream) {
    static const char api[] = "aclrtMemcpyAsync";
    int device;
    int code = standin_enter_device(api, &device);
    Copy copy;
    if (code == ACL_SUCCESS) {
        code = prepare(api, dst, destMax, src, count, kind, &copy);
    }
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (!copy.to_device && !copy.from_device) {
        return standin_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, api,
                            "a copy from host to host cannot be asynchronous");
    }
    const void *host = copy.to_device ? (copy.from_device ? NULL : src) : dst;
    if (host != NULL && !is_pinned(host)) {
        /* Pageable memory: ordered after the stream's work, finished on return. */
        code = aclrtSynchronizeStream(stream);
        if (code == ACL_SUCCESS) {
            memmove(copy.to, copy.from, count);
        }
        return code;
    }
    bool persistent;
    code = standin_check_stream(api, &stream, &persistent);
    if (code != ACL_SUCCESS) {
        return code;
    }
    Copy *kept = malloc(sizeof(Copy));
    *kept = copy;
    StandinTask task = {.name = api, .run = run_copy, .release = free, .argument = kept};
    task.ranges[0] = (StandinRange){(uintptr_t)src, (uintptr_t)src + count, false};
    task.ranges[1] = (StandinRange){(uintptr_t)dst, (uintptr_t)dst + count, true};
    task.range_count = 2;
    standin_submit(stream, &task);
    return ACL_SUCCESS;
}
