/* Communicators: root info, joining, sub communicators, information, destruction. */
#define _GNU_SOURCE
#include "comm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICES 64

/* A root info that this process made: its descriptor is kept until the ranks are together. */
typedef struct RootFile {
    Region *region;
    int file;
    int listener;
    struct RootFile *next;
} RootFile;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Comm *comms;
static RootFile *roots;
static _Atomic int joining[DEVICES];

static void comm_leaks(const char *api, int device);

__attribute__((constructor)) static void say_what_this_is(void) {
    fprintf(stderr, "CANN stand-in: libhccl of the tests is loaded in process %d: no NPU, no HCCL\n",
            (int)getpid());
    standin_on_leak_check(comm_leaks);
}

HcclResult standin_hccl_enter(const char *api, int *device) {
    *device = standin_is_initialised() ? standin_thread_device() : -1;
    if (*device < 0) {
        return (HcclResult)standin_misuse(
            standin_is_initialised() ? CHECK_NO_DEVICE : CHECK_NOT_INITIALISED, HCCL_E_RUNTIME, api,
            "%s is called in a thread without a device: aclrtGetDevice returns 107002", api);
    }
    return HCCL_SUCCESS;
}

/* ---- root info ---- */

/* Rank 0 listens on base port + physical card; only where a base port is set. */
static HcclResult bind_port(const char *api, int device, int *listener) {
    *listener = -1;
    if (getenv("HCCL_IF_BASE_PORT") == NULL) {
        return HCCL_SUCCESS;
    }
    int port = (int)standin_variable("HCCL_IF_BASE_PORT", 60000) + standin_physical_device(device);
    pthread_mutex_lock(&lock);
    bool listening = false;
    for (RootFile *root = roots; root != NULL && !listening; root = root->next) {
        listening = root->listener >= 0;
    }
    pthread_mutex_unlock(&lock);
    if (listening) {
        return HCCL_SUCCESS;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (port > 65535 || bind(made, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(made, 8) != 0) {
        const char *reason = port > 65535 ? "no such port" : strerror(errno);
        close(made);
        return (HcclResult)standin_fail(HCCL_E_UNAVAIL, api,
                                        "EI0019: Failed to bind the host port %d. Reason: %s", port,
                                        reason);
    }
    *listener = made;
    return HCCL_SUCCESS;
}

static HcclResult make_root_info(const char *api, HcclRootInfo *out, int listener) {
    RootFile *root = calloc(1, sizeof(RootFile));
    root->listener = listener;
    root->region = standin_create_region(out, &root->file);
    if (root->region == NULL) {
        free(root);
        return (HcclResult)standin_fail(HCCL_E_SYSCALL, api, "cannot create shared memory: %s",
                                        strerror(errno));
    }
    pthread_mutex_lock(&lock);
    root->next = roots;
    roots = root;
    pthread_mutex_unlock(&lock);
    return HCCL_SUCCESS;
}

static void close_root(uint64_t nonce) {
    pthread_mutex_lock(&lock);
    for (RootFile **at = &roots; *at != NULL; at = &(*at)->next) {
        RootFile *root = *at;
        if (root->region->nonce == nonce) {
            *at = root->next;
            close(root->file);
            if (root->listener >= 0) {
                close(root->listener);
            }
            standin_close_region(root->region);
            free(root);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

STANDIN_API HcclResult HcclGetRootInfo(HcclRootInfo *rootInfo) {
    static const char api[] = "HcclGetRootInfo";
    int device;
    HcclResult code = standin_hccl_enter(api, &device);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (rootInfo == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: rootInfo is null");
    }
    code = standin_check_environment(api);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    StandinFault fault;
    if (standin_fault("getRootInfo", -1, standin_physical_device(device), -1, &fault) &&
        fault.code >= 0) {
        return (HcclResult)standin_fail(fault.code, api, "HcclGetRootInfo fails as STANDIN_FAIL asks");
    }
    int listener;
    code = bind_port(api, device, &listener);
    return code != HCCL_SUCCESS ? code : make_root_info(api, rootInfo, listener);
}

/* ---- joining ---- */

static bool all_ready(const void *what) {
    const Region *region = what;
    uint32_t ranks = atomic_load(&region->ranks);
    for (uint32_t i = 0; i < ranks; i++) {
        uint32_t state = atomic_load(&region->members[i].state);
        if (state != MEMBER_READY && state != MEMBER_LEFT) {
            return false;
        }
    }
    return true;
}

static void list_missing(const Region *region, uint32_t ranks, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < ranks && at + 8 < size; i++) {
        uint32_t state = atomic_load(&region->members[i].state);
        if (state != MEMBER_READY) {
            at += (size_t)snprintf(text + at, size - at, "%s%u", at == 0 ? "" : ", ", i);
        }
    }
}

static Region *open_in_time(const char *api, const HcclRootInfo *info, const CommOptions *options,
                            HcclResult *code) {
    bool gone;
    char why[256];
    Region *region = standin_open_region(info, &gone, why);
    if (region != NULL) {
        return region;
    }
    if (gone) {
        /* A connection to nobody: the real library tries until its time is over. */
        standin_sleep_ms(options->connect_timeout_s * 1000);
        *code = HCCL_E_TIMEOUT;
    } else {
        *code = HCCL_E_PARA;
    }
    *code = (HcclResult)standin_misuse(CHECK_ROOT_INFO, *code, api,
                                       "EI0015: Failed to negotiate the root info. Reason: %s", why);
    return NULL;
}

/* Claims the rank's place; everything that disagrees with the ranks that came before is refused. */
static HcclResult claim(const char *api, Region *region, uint32_t ranks, uint32_t rank, int device,
                        const CommOptions *options) {
    if (rank == 0 && region->root_pid != getpid()) {
        return (HcclResult)standin_misuse(CHECK_ROOT_INFO, HCCL_E_PARA, api,
                                          "EI0015: the root info was made by process %d, rank 0 is "
                                          "process %d",
                                          region->root_pid, (int)getpid());
    }
    if (atomic_load(&region->complete) != 0) {
        return (HcclResult)standin_misuse(CHECK_ROOT_INFO, HCCL_E_PARA, api,
                                          "EI0015: the root info was used by a communicator before");
    }
    uint32_t expected = 0;
    if (!atomic_compare_exchange_strong(&region->ranks, &expected, ranks) && expected != ranks) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0015: rank %u says %u ranks, another rank said %u", rank,
                                          ranks, expected);
    }
    Member *member = &region->members[rank];
    expected = MEMBER_NONE;
    if (!atomic_compare_exchange_strong(&member->state, &expected, MEMBER_CLAIMED)) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0015: rank %u is taken by process %d already", rank,
                                          member->pid);
    }
    member->pid = getpid();
    member->physical = standin_physical_device(device);
    uint64_t hash = standin_hash(&options->buffer_mb, sizeof(options->buffer_mb), 7);
    hash = standin_hash(&options->deterministic, sizeof(options->deterministic), hash);
    member->config_hash = standin_hash(options->name, strlen(options->name), hash);
    atomic_store(&member->state, MEMBER_READY);
    standin_ring(region);
    return HCCL_SUCCESS;
}

static HcclResult check_together(const char *api, Region *region, uint32_t ranks) {
    for (uint32_t i = 0; i < ranks; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const Member *one = &region->members[i];
            const Member *other = &region->members[j];
            if (one->physical == other->physical) {
                return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                                  "EI0015: ranks %u and %u use the same card %d", j,
                                                  i, one->physical);
            }
            if (one->config_hash != other->config_hash) {
                return (HcclResult)standin_misuse(CHECK_MISMATCH, HCCL_E_PARA, api,
                                                  "EI0005: ranks %u and %u configure the communicator "
                                                  "differently",
                                                  j, i);
            }
        }
    }
    return HCCL_SUCCESS;
}

static HcclResult meet(const char *api, Region *region, uint32_t ranks, uint32_t rank,
                       const CommOptions *options) {
    uint64_t deadline = standin_now_ns() + (uint64_t)(options->connect_timeout_s * 1e9);
    if (!standin_wait(region, all_ready, region, deadline)) {
        char missing[200];
        list_missing(region, ranks, missing, sizeof(missing));
        atomic_store(&region->members[rank].state, MEMBER_CLAIMED);
        return (HcclResult)standin_misuse(CHECK_MISSING_RANK, HCCL_E_TIMEOUT, api,
                                          "EI0015: Failed to negotiate the root info in %.1f s. "
                                          "Missing of %u ranks: %s",
                                          options->connect_timeout_s, ranks, missing);
    }
    atomic_store(&region->complete, 1);
    return check_together(api, region, ranks);
}

static Comm *new_comm(Region *region, uint32_t ranks, uint32_t rank, const CommOptions *options,
                      int device, Comm *parent) {
    Comm *comm = calloc(1, sizeof(Comm));
    comm->alive = true;
    comm->region = region;
    comm->parent = parent;
    comm->rank = rank;
    comm->ranks = ranks;
    comm->device = device;
    comm->options = *options;
    if (options->name[0] != 0) {
        memcpy(comm->name, options->name, sizeof(comm->name));
    } else {
        snprintf(comm->name, sizeof(comm->name), "standin_%016llx",
                 (unsigned long long)region->nonce);
    }
    pthread_mutex_init(&comm->lock, NULL);
    pthread_mutex_lock(&lock);
    comm->next = comms;
    comms = comm;
    pthread_mutex_unlock(&lock);
    return comm;
}

HcclResult standin_join(const char *api, uint32_t ranks, const HcclRootInfo *info, uint32_t rank,
                        const CommOptions *options, int device, Comm *parent, HcclComm *out) {
    HcclResult code = HCCL_SUCCESS;
    int64_t buffers = 2 * (int64_t)options->buffer_mb << 20;
    if (!standin_reserve(device, buffers)) {
        return (HcclResult)standin_fail(HCCL_E_OOM, api,
                                        "EI0011: Failed to allocate %u MB of device memory twice for "
                                        "the communicator",
                                        options->buffer_mb);
    }
    Region *region = open_in_time(api, info, options, &code);
    if (region != NULL) {
        uint64_t nonce = region->nonce;
        code = claim(api, region, ranks, rank, device, options);
        if (code == HCCL_SUCCESS) {
            code = meet(api, region, ranks, rank, options);
        }
        if (rank == 0 && region->root_pid == getpid()) {
            close_root(nonce);
        }
    }
    if (code != HCCL_SUCCESS) {
        if (region != NULL) {
            standin_close_region(region);
        }
        standin_reserve(device, -buffers);
        return code;
    }
    *out = new_comm(region, ranks, rank, options, device, parent);
    return HCCL_SUCCESS;
}

static HcclResult init(const char *api, uint32_t ranks, const HcclRootInfo *info, uint32_t rank,
                       const HcclCommConfig *config, int device, HcclComm *out) {
    if (info == NULL || out == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: rootInfo or comm is null");
    }
    if (ranks == 0 || rank >= ranks || ranks > MAX_RANKS) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0003: rank %u of %u ranks%s", rank, ranks,
                                          ranks > MAX_RANKS ? " (the stand-in goes to 64)" : "");
    }
    HcclResult code = standin_check_environment(api);
    CommOptions options;
    if (code == HCCL_SUCCESS) {
        code = standin_read_options(api, config, &options);
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (atomic_fetch_add(&joining[device], 1) > 0) {
        standin_violation(CHECK_CONCURRENT_INIT, api,
                          "two communicators are initialised at once for device %d", device);
    }
    standin_speak_for((int)rank, NULL);
    StandinFault fault;
    code = HCCL_SUCCESS;
    if (standin_fault("commInit", (int)rank, standin_physical_device(device), -1, &fault)) {
        if (fault.kill) {
            standin_die(api);
        }
        if (fault.delay_ms > 0) {
            standin_sleep_ms(fault.delay_ms);
        }
        if (fault.code >= 0) {
            code = (HcclResult)standin_fail(fault.code, api, "%s fails as STANDIN_FAIL asks", api);
        }
    }
    if (code == HCCL_SUCCESS) {
        code = standin_join(api, ranks, info, rank, &options, device, NULL, out);
    }
    atomic_fetch_sub(&joining[device], 1);
    return code;
}

STANDIN_API HcclResult HcclCommInitRootInfo(uint32_t nRanks, const HcclRootInfo *rootInfo,
                                            uint32_t rank, HcclComm *comm) {
    static const char api[] = "HcclCommInitRootInfo";
    int device;
    HcclResult code = standin_hccl_enter(api, &device);
    return code != HCCL_SUCCESS ? code : init(api, nRanks, rootInfo, rank, NULL, device, comm);
}

STANDIN_API HcclResult HcclCommInitRootInfoConfig(uint32_t nRanks, const HcclRootInfo *rootInfo,
                                                  uint32_t rank, const HcclCommConfig *config,
                                                  HcclComm *comm) {
    static const char api[] = "HcclCommInitRootInfoConfig";
    int device;
    HcclResult code = standin_hccl_enter(api, &device);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (config == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: config is null");
    }
    return init(api, nRanks, rootInfo, rank, config, device, comm);
}

typedef struct {
    uint32_t ranks;
    uint32_t rank;
    int device;
    const HcclRootInfo *info;
    HcclComm *out;
    HcclResult code;
} OneOfAll;

static void *init_one(void *argument) {
    OneOfAll *one = argument;
    one->code = init("HcclCommInitAll", one->ranks, one->info, one->rank, NULL, one->device, one->out);
    return NULL;
}

STANDIN_API HcclResult HcclCommInitAll(uint32_t ndev, int32_t *devices, HcclComm *comms_out) {
    static const char api[] = "HcclCommInitAll";
    int device;
    HcclResult code = standin_hccl_enter(api, &device);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (devices == NULL || comms_out == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: devices or comms is null");
    }
    if (ndev == 0 || ndev > MAX_RANKS) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api, "EI0003: %u devices", ndev);
    }
    HcclRootInfo info;
    code = make_root_info(api, &info, -1);
    OneOfAll all[MAX_RANKS];
    pthread_t threads[MAX_RANKS];
    for (uint32_t i = 0; i < ndev && code == HCCL_SUCCESS; i++) {
        all[i] = (OneOfAll){ndev, i, devices[i], &info, &comms_out[i], HCCL_SUCCESS};
        pthread_create(&threads[i], NULL, init_one, &all[i]);
    }
    for (uint32_t i = 0; i < ndev && code == HCCL_SUCCESS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (uint32_t i = 0; i < ndev && code == HCCL_SUCCESS; i++) {
        code = all[i].code;
    }
    return code;
}

/* ---- sub communicators ---- */

static SubComm *find_sub(Region *region, uint64_t id, uint32_t leader) {
    for (int i = 0; i < SUB_COMMS; i++) {
        SubComm *sub = &region->subs[i];
        if (atomic_load(&sub->state) == 2 && sub->id == id && sub->leader == leader) {
            return sub;
        }
    }
    return NULL;
}

static SubComm *publish_sub(Region *region, uint64_t id, uint32_t leader, uint64_t members,
                            const HcclRootInfo *info) {
    for (int i = 0; i < SUB_COMMS; i++) {
        SubComm *sub = &region->subs[i];
        uint32_t free_state = 0;
        if (atomic_compare_exchange_strong(&sub->state, &free_state, 1)) {
            sub->id = id;
            sub->leader = leader;
            sub->members = members;
            sub->root_info = *info;
            atomic_store(&sub->state, 2);
            standin_ring(region);
            return sub;
        }
    }
    return NULL;
}

typedef struct {
    Region *region;
    uint64_t id;
    uint32_t leader;
} SubQuery;

static bool sub_published(const void *what) {
    const SubQuery *query = what;
    return find_sub(query->region, query->id, query->leader) != NULL;
}

static HcclResult join_sub(const char *api, Comm *global, uint32_t count, const uint32_t *ranks,
                           uint64_t id, uint32_t rank, const CommOptions *options, HcclComm *out) {
    uint64_t members = standin_hash(ranks, count * sizeof(uint32_t), id);
    SubQuery query = {global->region, id, ranks[0]};
    SubComm *sub = NULL;
    if (rank == 0) {
        HcclRootInfo info;
        HcclResult code = make_root_info(api, &info, -1);
        if (code != HCCL_SUCCESS) {
            return code;
        }
        sub = publish_sub(global->region, id, ranks[0], members, &info);
    } else {
        uint64_t deadline = standin_now_ns() + (uint64_t)(options->connect_timeout_s * 1e9);
        if (standin_wait(global->region, sub_published, &query, deadline)) {
            sub = find_sub(global->region, id, ranks[0]);
        }
    }
    if (sub == NULL) {
        return (HcclResult)standin_misuse(CHECK_MISSING_RANK, HCCL_E_TIMEOUT, api,
                                          "EI0015: rank %u of %s did not create sub communicator %llu",
                                          ranks[0], global->name, (unsigned long long)id);
    }
    if (sub->members != members) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0005: the ranks name different members of sub "
                                          "communicator %llu",
                                          (unsigned long long)id);
    }
    HcclRootInfo info = sub->root_info;
    HcclResult code = standin_join(api, count, &info, rank, options, global->device, global, out);
    if (rank == 0) {
        atomic_store(&sub->state, 0);
    }
    return code;
}

STANDIN_API HcclResult HcclCreateSubCommConfig(HcclComm *comm, uint32_t rankNum, uint32_t *rankIds,
                                               uint64_t subCommId, uint32_t subCommRankId,
                                               HcclCommConfig *config, HcclComm *subComm) {
    static const char api[] = "HcclCreateSubCommConfig";
    if (comm == NULL || subComm == NULL || config == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: comm, config or subComm is null");
    }
    Comm *global;
    HcclResult code = standin_check_comm(api, *comm, &global);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (rankIds == NULL && subCommId == 0xFFFFFFFFu) {
        *subComm = NULL;
        return HCCL_SUCCESS;
    }
    if (global->parent != NULL) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0003: %s is a sub communicator itself", global->name);
    }
    bool good = rankIds != NULL && rankNum > 0 && rankNum <= global->ranks &&
                subCommRankId < rankNum && rankIds[subCommRankId] == global->rank;
    for (uint32_t i = 0; good && i < rankNum; i++) {
        good = rankIds[i] < global->ranks && (i == 0 || rankIds[i] > rankIds[i - 1]);
    }
    if (!good) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0003: the ranks of a sub communicator must be ascending "
                                          "ranks of %s and name this rank at its place",
                                          global->name);
    }
    CommOptions options;
    code = standin_read_options(api, config, &options);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (options.name[0] == 0) {
        snprintf(options.name, sizeof(options.name), "%.90s_sub_%llu", global->name,
                 (unsigned long long)subCommId);
    }
    return join_sub(api, global, rankNum, rankIds, subCommId, subCommRankId, &options, subComm);
}

/* ---- use and end ---- */

HcclResult standin_check_comm(const char *api, HcclComm handle, Comm **comm) {
    int device;
    HcclResult code = standin_hccl_enter(api, &device);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (handle == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: comm is null");
    }
    pthread_mutex_lock(&lock);
    Comm *found = comms;
    while (found != NULL && found != handle) {
        found = found->next;
    }
    bool alive = found != NULL && found->alive;
    pthread_mutex_unlock(&lock);
    if (!alive) {
        return (HcclResult)standin_misuse(CHECK_AFTER_DESTROY, HCCL_E_PARA, api,
                                          "the communicator %s",
                                          found == NULL ? "is unknown" : "was destroyed");
    }
    standin_speak_for((int)found->rank, found->name);
    if (found->device != device) {
        return (HcclResult)standin_misuse(CHECK_OTHER_DEVICE, HCCL_E_PARA, api,
                                          "communicator %s belongs to device %d, this thread works on "
                                          "device %d",
                                          found->name, found->device, device);
    }
    *comm = found;
    return HCCL_SUCCESS;
}

STANDIN_API HcclResult HcclCommDestroy(HcclComm handle) {
    static const char api[] = "HcclCommDestroy";
    if (handle == NULL) {
        standin_warning(CHECK_AFTER_DESTROY, api, "the communicator is null");
        return HCCL_SUCCESS;
    }
    Comm *comm;
    HcclResult code = standin_check_comm(api, handle, &comm);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    uint64_t done = UINT64_MAX;
    uint64_t synchronised = UINT64_MAX;
    if (comm->task != 0) {
        standin_stream_progress(comm->stream, &done, &synchronised);
    }
    if (done < comm->task) {
        return (HcclResult)standin_misuse(CHECK_PENDING_WORK, HCCL_E_AGAIN, api,
                                          "communicator %s has a pending operation", comm->name);
    }
    if (synchronised < comm->task) {
        standin_violation(CHECK_PENDING_WORK, api,
                          "EI0012: communicator %s is destroyed, its stream was not waited for",
                          comm->name);
    }
    pthread_mutex_lock(&lock);
    comm->alive = false;
    pthread_mutex_unlock(&lock);
    atomic_store(&comm->region->members[comm->rank].state, MEMBER_LEFT);
    standin_ring(comm->region);
    standin_close_region(comm->region);
    comm->region = NULL;
    standin_reserve(comm->device, -(2 * (int64_t)comm->options.buffer_mb << 20));
    return HCCL_SUCCESS;
}

static void comm_leaks(const char *api, int device) {
    pthread_mutex_lock(&lock);
    for (Comm *comm = comms; comm != NULL; comm = comm->next) {
        if (comm->alive && (device < 0 || comm->device == device)) {
            standin_leak(api, "communicator %s (rank %u) was not destroyed", comm->name, comm->rank);
            comm->alive = false;
            standin_reserve(comm->device, -(2 * (int64_t)comm->options.buffer_mb << 20));
        }
    }
    pthread_mutex_unlock(&lock);
}

STANDIN_API HcclResult HcclGetRankSize(HcclComm handle, uint32_t *rankSize) {
    Comm *comm;
    HcclResult code = standin_check_comm("HcclGetRankSize", handle, &comm);
    if (code == HCCL_SUCCESS) {
        *rankSize = comm->ranks;
    }
    return code;
}

STANDIN_API HcclResult HcclGetRankId(HcclComm handle, uint32_t *rank) {
    Comm *comm;
    HcclResult code = standin_check_comm("HcclGetRankId", handle, &comm);
    if (code == HCCL_SUCCESS) {
        *rank = comm->rank;
    }
    return code;
}

STANDIN_API HcclResult HcclGetCommName(HcclComm handle, char *commName) {
    Comm *comm;
    HcclResult code = standin_check_comm("HcclGetCommName", handle, &comm);
    if (code == HCCL_SUCCESS) {
        memcpy(commName, comm->name, sizeof(comm->name));
    }
    return code;
}

STANDIN_API HcclResult HcclGetCommAsyncError(HcclComm handle, HcclResult *asyncError) {
    static const char api[] = "HcclGetCommAsyncError";
    Comm *comm;
    HcclResult code = standin_check_comm(api, handle, &comm);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (asyncError == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: asyncError is null");
    }
    if (standin_soc() == SOC_950) {
        return (HcclResult)standin_fail(HCCL_E_NOT_SUPPORT, api, "not supported on this chip");
    }
    for (uint32_t i = 0; i < comm->ranks && comm->async_error == 0; i++) {
        const Member *member = &comm->region->members[i];
        if (atomic_load(&member->state) == MEMBER_READY && !standin_process_lives(member->pid)) {
            comm->async_error = HCCL_E_REMOTE;
        }
    }
    *asyncError = (HcclResult)comm->async_error;
    return HCCL_SUCCESS;
}

STANDIN_API const char *HcclGetErrorString(HcclResult code) {
    static const char *const names[] = {
        "no error", "parameter error", "empty pointer", "memory error", "internal error",
        "not support feature", "not found specific resource", "resource unavailable",
        "call system interface error", "timeout", "open file fail", "tcp connect fail",
        "roce connect fail", "tcp transfer fail", "roce transfer fail", "call runtime api fail",
        "call driver api fail", "call profiling api fail", "call cce api fail",
        "call network api fail", "operation repeat", "error cqe", "error communicator suspending",
        "retry constraint", "out of memory"};
    return (int)code >= 0 && code <= HCCL_E_OOM ? names[code] : "unknown error";
}

STANDIN_API uint32_t HcclGetCommConfigCapability(void) {
    return (uint32_t)standin_env_number("STANDIN_CONFIG_CAPABILITY", 11);
}

static HcclConfigValue determinism;

STANDIN_API HcclResult HcclSetConfig(HcclConfig config, HcclConfigValue configValue) {
    if (config != HCCL_DETERMINISTIC || configValue.value < 0 || configValue.value > 2) {
        return (HcclResult)standin_misuse(CHECK_ENUM, HCCL_E_PARA, "HcclSetConfig",
                                          "configuration %d, value %d", (int)config,
                                          configValue.value);
    }
    determinism = configValue;
    return HCCL_SUCCESS;
}

STANDIN_API HcclResult HcclGetConfig(HcclConfig config, HcclConfigValue *configValue) {
    if (config != HCCL_DETERMINISTIC || configValue == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PARA, "HcclGetConfig", "configuration %d", (int)config);
    }
    *configValue = determinism;
    return HCCL_SUCCESS;
}

STANDIN_API HcclResult HcclCommSuspend(HcclComm comm) {
    (void)comm;
    return (HcclResult)standin_fail(HCCL_E_NOT_SUPPORT, "HcclCommSuspend", "reserved interface");
}

STANDIN_API HcclResult HcclCommResume(HcclComm comm) {
    (void)comm;
    return (HcclResult)standin_fail(HCCL_E_NOT_SUPPORT, "HcclCommResume", "reserved interface");
}
