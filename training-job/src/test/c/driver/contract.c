/*
 * contract <case> [argument]: uses the libraries in one particular wrong (or right) way and prints what
 * the calls return. The tests compare that and the stand-in's records with what the contract says.
 */
#include "ranks.h"

#include <pthread.h>
#include <signal.h>

static const char *argument = "";
static HcclComm comm;
static aclrtStream stream;

#define SAY(name, call) say(rank, name, (long long)(call))
#define F32 HCCL_DATA_TYPE_FP32
#define SUM HCCL_REDUCE_SUM

static bool asked(const char *what) {
    return strcmp(argument, what) == 0;
}

static void forget_message(void) {
    aclGetRecentErrMsg();
}

static int all_reduce(void *buffer, uint64_t count) {
    return (int)HcclAllReduce(buffer, buffer, count, F32, SUM, comm, stream);
}

/* ---- process, thread, device ---- */

static void before_init(int rank) {
    HcclRootInfo info;
    uint32_t count;
    SAY("setDevice", aclrtSetDevice(0));
    forget_message();
    SAY("deviceCount", aclrtGetDeviceCount(&count));
    forget_message();
    SAY("getRootInfo", HcclGetRootInfo(&info));
    forget_message();
    SAY("finalize", aclFinalize());
    forget_message();
}

static void repeated_init(int rank) {
    SAY("first", aclInit(NULL));
    SAY("second", aclInit(NULL));
    uint64_t left = 99;
    SAY("reference", aclFinalizeReference(&left));
    SAY("left", left);
    SAY("finalize", aclFinalize());
}

static void after_finalize(int rank) {
    NEED(aclInit(NULL));
    SAY("first", aclFinalize());
    SAY("second", aclFinalize());
    forget_message();
    SAY("setDevice", aclrtSetDevice(0));
    forget_message();
}

static void *without_device(void *unused) {
    (void)unused;
    int rank = 0;
    void *memory;
    uint32_t size;
    int32_t device;
    SAY("getDevice", aclrtGetDevice(&device));
    SAY("malloc", aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST));
    forget_message();
    SAY("synchronize", aclrtSynchronizeStream(stream));
    forget_message();
    SAY("rankSize", HcclGetRankSize(comm, &size));
    forget_message();
    return NULL;
}

static void other_thread(int rank) {
    open_rank(rank, &comm, &stream);
    pthread_t thread;
    pthread_create(&thread, NULL, without_device, NULL);
    pthread_join(thread, NULL);
    close_rank(rank, comm, stream);
}

static void other_device(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    NEED(aclrtSetDevice(1));
    SAY("synchronize", aclrtSynchronizeStream(stream));
    forget_message();
    SAY("allReduce", all_reduce(memory, 1));
    forget_message();
    aclrtStream foreign;
    void *foreign_memory = device_memory(64);
    NEED(aclrtCreateStream(&foreign));
    NEED(aclrtSetDevice(0));
    SAY("foreignStream", HcclAllReduce(memory, memory, 1, F32, SUM, comm, foreign));
    forget_message();
    SAY("foreignMemory", all_reduce(foreign_memory, 1));
    forget_message();
    NEED(aclrtFree(memory));
    NEED(HcclCommDestroy(comm));
    NEED(aclrtDestroyStream(stream));
    NEED(aclrtSetDevice(1));
    NEED(aclrtDestroyStream(foreign));
    NEED(aclrtFree(foreign_memory));
    NEED(aclFinalize());
}

static void device_index(int rank) {
    NEED(aclInit(NULL));
    uint32_t count;
    NEED(aclrtGetDeviceCount(&count));
    SAY("count", count);
    SAY("beyond", aclrtSetDevice((int32_t)count));
    forget_message();
    SAY("negative", aclrtSetDevice(-1));
    forget_message();
    NEED(aclFinalize());
}

static void visible_devices(int rank) {
    NEED(aclInit(NULL));
    uint32_t count = 0;
    SAY("code", aclrtGetDeviceCount(&count));
    SAY("count", count);
    forget_message();
    if (count > 0) {
        /* The lock of the card tells which one stands first in the list. */
        NEED(aclrtSetDevice(0));
        for (int card = 0; card < 64; card++) {
            char path[512];
            snprintf(path, sizeof(path), "%s/card-%d.lock", getenv("STANDIN_LOCK_DIR"), card);
            if (access(path, F_OK) == 0) {
                say(rank, "physical0", card);
            }
        }
        NEED(aclrtResetDevice(0));
    }
    NEED(aclFinalize());
}

static void same_card(int rank) {
    NEED(aclInit(NULL));
    if (rank == 0) {
        NEED(aclrtSetDevice(0));
        meet(0);
        meet(1);
        NEED(aclrtResetDevice(0));
    } else {
        meet(0);
        SAY("setDevice", aclrtSetDevice(0));
        SAY("message", strstr(aclGetRecentErrMsg(), "EJ0001") != NULL);
        meet(1);
    }
    NEED(aclFinalize());
}

/* ---- memory ---- */

static void host_pointer(int rank) {
    open_rank(rank, &comm, &stream);
    float host[4] = {1, 2, 3, 4};
    SAY("allReduce", all_reduce(host, 4));
    SAY("message", strstr(aclGetRecentErrMsg(), "EI0012") != NULL);
    close_rank(rank, comm, stream);
}

static void host_reads(int rank) {
    open_device(rank);
    volatile char *memory = device_memory(64);
    say(rank, "value", memory[3]);
}

static void short_buffer(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(1000);
    SAY("whole", all_reduce(memory, 250));
    SAY("short", all_reduce(memory, 251));
    forget_message();
    SAY("inside", all_reduce((char *)memory + 400, 151));
    forget_message();
    NEED(aclrtSynchronizeStream(stream));
    NEED(aclrtFree(memory));
    SAY("freed", all_reduce(memory, 1));
    forget_message();
    close_rank(rank, comm, stream);
}

static void misaligned(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(1000);
    SAY("misaligned", all_reduce((char *)memory + 2, 8));
    forget_message();
    SAY("aligned", all_reduce((char *)memory + 4, 8));
    NEED(aclrtSynchronizeStream(stream));
    NEED(aclrtFree(memory));
    close_rank(rank, comm, stream);
}

static void copy_size(int rank) {
    open_device(rank);
    void *memory = device_memory(64);
    char host[128] = {0};
    SAY("tooMuch", aclrtMemcpy(memory, 64, host, 65, ACL_MEMCPY_HOST_TO_DEVICE));
    forget_message();
    SAY("wrongMax", aclrtMemcpy(memory, 128, host, 128, ACL_MEMCPY_HOST_TO_DEVICE));
    forget_message();
    SAY("wrongKind", aclrtMemcpy(memory, 64, host, 64, ACL_MEMCPY_DEVICE_TO_HOST));
    forget_message();
    SAY("memset", aclrtMemset(memory, 64, 0, 65));
    forget_message();
    SAY("hostToHost",
        aclrtMemcpyAsync(host, 64, host + 64, 64, ACL_MEMCPY_HOST_TO_HOST, NULL));
    forget_message();
    NEED(aclrtFree(memory));
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void unsynchronised(int rank) {
    open_rank(rank, &comm, &stream);
    float mine = (float)(rank + 1);
    void *send = device_memory(64);
    void *receive = device_memory(64);
    float before = -7;
    to_device(send, &mine, 4);
    to_device(receive, &before, 4);
    NEED(HcclAllReduce(send, receive, 1, F32, SUM, comm, stream));
    float read;
    SAY("copy", aclrtMemcpy(&read, 4, receive, 4, ACL_MEMCPY_DEVICE_TO_HOST));
    SAY("old", read);
    SAY("write", aclrtMemcpy(send, 4, &mine, 4, ACL_MEMCPY_HOST_TO_DEVICE));
    NEED(aclrtSynchronizeStream(stream));
    to_host(&read, receive, 4);
    SAY("new", read);
    NEED(aclrtFree(send));
    NEED(aclrtFree(receive));
    close_rank(rank, comm, stream);
}

static void pending_work(int rank) {
    open_rank(rank, &comm, &stream);
    aclrtStream other;
    NEED(aclrtCreateStream(&other));
    void *memory = device_memory(64);
    void *pinned;
    NEED(aclrtMallocHost(&pinned, 64));
    NEED(aclrtMemcpyAsync(pinned, 64, memory, 64, ACL_MEMCPY_DEVICE_TO_HOST, other));
    SAY("destroyStream", aclrtDestroyStream(other));
    NEED(all_reduce(memory, 4));
    SAY("destroyComm", HcclCommDestroy(comm));
    forget_message();
    NEED(aclrtSynchronizeStream(stream));
    void *more = device_memory(64);
    NEED(all_reduce(more, 4));
    SAY("free", aclrtFree(more));
    usleep(900000); /* it has run by now */
    SAY("destroyLater", HcclCommDestroy(comm));
    NEED(aclrtSynchronizeStream(stream));
    NEED(aclrtFree(memory));
    NEED(aclrtFreeHost(pinned));
    NEED(aclrtDestroyStream(stream));
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void leaks(int rank) {
    open_rank(rank, &comm, &stream);
    aclrtEvent event;
    NEED(aclrtCreateEvent(&event));
    device_memory(4096);
    void *pinned;
    NEED(aclrtMallocHost(&pinned, 64));
    if (asked("finalize")) {
        NEED(aclFinalize());
    } else if (asked("reset")) {
        NEED(aclrtResetDevice(rank));
        NEED(aclrtFreeHost(pinned));
        NEED(aclFinalize());
    }
}

/* ---- agreement ---- */

/* One rank calls something else, at the first use of the operation or after one that was right. */
static void mismatch(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(4096);
    void *more = device_memory(8192);
    bool later = strncmp(argument, "later-", 6) == 0;
    const char *what = later ? argument + 6 : argument;
    if (later) {
        NEED(HcclReduce(memory, more, 8, F32, SUM, 0, comm, stream));
        NEED(HcclAllGather(memory, more, 8, F32, comm, stream));
        NEED(aclrtSynchronizeStream(stream));
    }
    bool odd = rank == 1;
    uint64_t count = odd && strcmp(what, "count") == 0 ? 9 : 8;
    HcclDataType type = odd && strcmp(what, "dtype") == 0 ? HCCL_DATA_TYPE_INT32 : F32;
    HcclReduceOp op = odd && strcmp(what, "op") == 0 ? HCCL_REDUCE_MAX : SUM;
    uint32_t root = odd && strcmp(what, "root") == 0 ? 1 : 0;
    if (odd && strcmp(what, "kind") == 0) {
        SAY("call", HcclAllGather(memory, more, 8, F32, comm, stream));
    } else {
        SAY("call", HcclReduce(memory, more, count, type, op, root, comm, stream));
    }
    forget_message();
    SAY("synchronize", aclrtSynchronizeStream(stream));
    const char *message = aclGetRecentErrMsg();
    SAY("message", message != NULL && strstr(message, "EI0005") != NULL);
    SAY("next", all_reduce(memory, 1));
    forget_message();
    NEED(HcclCommDestroy(comm));
    NEED(aclrtDestroyStreamForce(stream));
    NEED(aclrtFree(memory));
    NEED(aclrtFree(more));
    NEED(aclFinalize());
}

static void missing_op(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    if (asked("later")) {
        NEED(all_reduce(memory, 4));
        NEED(aclrtSynchronizeStream(stream));
    }
    if (rank == 0) {
        SAY("call", all_reduce(memory, 4));
        forget_message();
        SAY("synchronize", aclrtSynchronizeStream(stream));
        const char *message = aclGetRecentErrMsg();
        SAY("message", message != NULL && strstr(message, "EI0002") != NULL);
        SAY("next", all_reduce(memory, 4));
        forget_message();
    }
    meet(0);
    NEED(HcclCommDestroy(comm));
    NEED(aclrtDestroyStreamForce(stream));
    NEED(aclrtFree(memory));
    NEED(aclFinalize());
}

static void peers_counts(int rank) {
    open_rank(rank, &comm, &stream);
    void *send = device_memory(64);
    void *receive = device_memory(64);
    uint64_t counts[2] = {2, 2};
    uint64_t places[2] = {0, 2};
    uint64_t other[2] = {2, 3};
    SAY("call", HcclAlltoAllV(send, rank == 0 ? counts : other, places, F32, receive, counts, places,
                              F32, comm, stream));
    SAY("synchronize", aclrtSynchronizeStream(stream));
    forget_message();
    meet(0);
    NEED(HcclCommDestroy(comm));
    NEED(aclrtDestroyStreamForce(stream));
    NEED(aclrtFree(send));
    NEED(aclrtFree(receive));
    NEED(aclFinalize());
}

/* ---- arguments ---- */

static void enums(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    static const int types[] = {13, 27, 255, 18, -1};
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof(name), "type%d", types[i]);
        say(rank, name,
            HcclAllReduce(memory, memory, 1, (HcclDataType)types[i], SUM, comm, stream));
        forget_message();
    }
    SAY("op4", HcclAllReduce(memory, memory, 1, F32, (HcclReduceOp)4, comm, stream));
    forget_message();
    SAY("op255", HcclAllReduce(memory, memory, 1, F32, (HcclReduceOp)255, comm, stream));
    forget_message();
    SAY("root", HcclBroadcast(memory, 1, F32, 1, comm, stream));
    forget_message();
    NEED(aclrtFree(memory));
    close_rank(rank, comm, stream);
}

static void types(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    void *more = device_memory(64);
    for (int type = 0; type <= 17; type++) {
        if (type == 13) {
            continue;
        }
        char name[32];
        snprintf(name, sizeof(name), "sum%d", type);
        say(rank, name,
            HcclAllReduce(memory, memory, 1, (HcclDataType)type, SUM, comm, stream));
        forget_message();
        snprintf(name, sizeof(name), "prod%d", type);
        say(rank, name,
            HcclAllReduce(memory, memory, 1, (HcclDataType)type, HCCL_REDUCE_PROD, comm, stream));
        forget_message();
        snprintf(name, sizeof(name), "gather%d", type);
        say(rank, name, HcclAllGather(memory, more, 1, (HcclDataType)type, comm, stream));
        forget_message();
    }
    uint64_t counts[1] = {1};
    uint64_t places[1] = {0};
    SAY("allGatherV", HcclAllGatherV(memory, 1, more, counts, places, F32, comm, stream));
    forget_message();
    SAY("broadcast", HcclBroadcast(memory, 1, F32, 0, comm, stream));
    forget_message();
    NEED(aclrtSynchronizeStream(stream));
    NEED(aclrtFree(memory));
    NEED(aclrtFree(more));
    close_rank(rank, comm, stream);
}

static void in_place(int rank) {
    open_rank(rank, &comm, &stream);
    void *m = device_memory(256);
    uint64_t counts[2] = {1, 1};
    uint64_t places[2] = {0, 1};
    uint64_t matrix[4] = {1, 1, 1, 1};
    SAY("allToAll", HcclAlltoAll(m, 1, F32, m, 1, F32, comm, stream));
    forget_message();
    SAY("allToAllV", HcclAlltoAllV(m, counts, places, F32, m, counts, places, F32, comm, stream));
    forget_message();
    SAY("allToAllVC", HcclAlltoAllVC(m, matrix, F32, m, F32, comm, stream));
    forget_message();
    SAY("allGatherV", HcclAllGatherV(m, 1, m, counts, places, F32, comm, stream));
    forget_message();
    SAY("allGather", HcclAllGather((char *)m + 4, (char *)m + 8, 4, F32, comm, stream));
    forget_message();
    SAY("allReduce", all_reduce(m, 8));
    SAY("overlap", HcclAllReduce(m, (char *)m + 4, 8, F32, SUM, comm, stream));
    forget_message();
    NEED(aclrtSynchronizeStream(stream));
    NEED(aclrtFree(m));
    close_rank(rank, comm, stream);
}

static void two_streams(int rank) {
    open_rank(rank, &comm, &stream);
    aclrtStream other;
    NEED(aclrtCreateStream(&other));
    void *first = device_memory(64);
    void *second = device_memory(64);
    NEED(HcclAllReduce(first, first, 4, F32, SUM, comm, stream));
    if (asked("event")) {
        aclrtEvent event;
        NEED(aclrtCreateEvent(&event));
        NEED(aclrtRecordEvent(event, stream));
        NEED(aclrtStreamWaitEvent(other, event));
        SAY("second", HcclAllReduce(second, second, 4, F32, SUM, comm, other));
        NEED(aclrtSynchronizeStream(other));
        NEED(aclrtDestroyEvent(event));
    } else if (asked("host")) {
        NEED(aclrtSynchronizeStream(stream));
        SAY("second", HcclAllReduce(second, second, 4, F32, SUM, comm, other));
    } else {
        SAY("second", HcclAllReduce(second, second, 4, F32, SUM, comm, other));
    }
    NEED(aclrtSynchronizeDevice());
    NEED(aclrtFree(first));
    NEED(aclrtFree(second));
    NEED(aclrtDestroyStream(other));
    close_rank(rank, comm, stream);
}

static void counts(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    SAY("zero", all_reduce(memory, 0));
    SAY("above", all_reduce(memory, 0x800000000ull));
    forget_message();
    SAY("limit", all_reduce(memory, 0x7FFFFFFFFull)); /* allowed as a count, the buffer is short */
    forget_message();
    SAY("nullStream", HcclAllReduce(memory, memory, 1, F32, SUM, comm, NULL));
    forget_message();
    SAY("nullComm", HcclAllReduce(memory, memory, 1, F32, SUM, NULL, stream));
    forget_message();
    SAY("nullBuffer", HcclAllReduce(NULL, memory, 1, F32, SUM, comm, stream));
    forget_message();
    NEED(aclrtFree(memory));
    close_rank(rank, comm, stream);
}

static void unread_message(int rank) {
    NEED(aclInit(NULL));
    SAY("first", aclrtSetDevice(100));
    SAY("second", aclrtSetDevice(101));
    const char *both = aclGetRecentErrMsg();
    SAY("newestFirst", strstr(both, "device 101") < strstr(both, "device 100"));
    SAY("cleared", aclGetRecentErrMsg() == NULL);
    SAY("third", aclrtSetDevice(102));
    NEED(aclFinalize());
}

static void count_arrays(int rank) {
    open_rank(rank, &comm, &stream);
    void *send = device_memory(64);
    void *receive = device_memory(64);
    uint64_t *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t places[2] = {0, 2};
    counts[0] = 2;
    counts[1] = 2;
    uint64_t kept[2] = {2, 2};
    SAY("call", HcclAlltoAllV(send, counts, places, F32, receive, kept, places, F32, comm, stream));
    if (asked("changed")) {
        counts[1] = 77;
    } else if (asked("unmapped")) {
        munmap(counts, 4096);
    }
    SAY("synchronize", aclrtSynchronizeStream(stream));
    NEED(aclrtFree(send));
    NEED(aclrtFree(receive));
    close_rank(rank, comm, stream);
}

/* ---- communicators ---- */

static void rank_numbers(int rank) {
    open_device(rank);
    share_root_info(rank);
    SAY("beyond", HcclCommInitRootInfo(2, &meeting->info, 2, &comm));
    forget_message();
    SAY("none", HcclCommInitRootInfo(0, &meeting->info, 0, &comm));
    forget_message();
    SAY("null", HcclCommInitRootInfo(2, NULL, 0, &comm));
    forget_message();
    meet(0);
    uint32_t size = rank == 1 && asked("size") ? 3 : 2;
    uint32_t number = asked("duplicate") ? 0 : (uint32_t)rank;
    if (rank == 1) {
        usleep(500000); /* comes second */
    }
    int code = (int)HcclCommInitRootInfo(size, &meeting->info, number, &comm);
    say(rank, "join", code);
    forget_message();
    meet(1);
    if (code == 0) {
        NEED(HcclCommDestroy(comm));
    }
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void root_info(int rank) {
    open_device(rank);
    if (asked("gone")) {
        if (rank == 0) {
            share_root_info(rank);
            return;
        }
        share_root_info(rank);
        while (kill(meeting->pids[0], 0) == 0) {
            usleep(1000);
        }
        SAY("join", HcclCommInitRootInfo(2, &meeting->info, 1, &comm));
        forget_message();
        return;
    }
    share_root_info(rank);
    HcclRootInfo info = meeting->info;
    if (rank == 1 && asked("truncated")) {
        memset(info.internal + 2000, 0, sizeof(info.internal) - 2000);
    }
    if (rank == 1 && asked("altered")) {
        info.internal[20] ^= 1;
    }
    int code = (int)HcclCommInitRootInfo(2, &info, (uint32_t)rank, &comm);
    say(rank, "join", code);
    forget_message();
    meet(0);
    if (asked("reused")) {
        HcclComm second;
        SAY("again", HcclCommInitRootInfo(2, &info, (uint32_t)rank, &second));
        forget_message();
        meet(1);
    }
    if (code == 0) {
        NEED(HcclCommDestroy(comm));
    }
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void missing_rank(int rank) {
    open_device(rank);
    share_root_info(rank);
    if (rank < 2) {
        SAY("join", HcclCommInitRootInfo((uint32_t)ranks, &meeting->info, (uint32_t)rank, &comm));
        const char *message = aclGetRecentErrMsg();
        SAY("message", strstr(message, "Missing of 4 ranks: 2, 3") != NULL);
    }
    meet(0);
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void after_destroy(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    NEED(HcclCommDestroy(comm));
    SAY("use", all_reduce(memory, 1));
    forget_message();
    SAY("twice", HcclCommDestroy(comm));
    forget_message();
    SAY("nothing", HcclCommDestroy(NULL));
    NEED(aclrtDestroyStream(stream));
    SAY("stream", aclrtSynchronizeStream(stream));
    forget_message();
    SAY("streamTwice", aclrtDestroyStream(stream));
    forget_message();
    NEED(aclrtFree(memory));
    SAY("freeTwice", aclrtFree(memory));
    forget_message();
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void config(int rank) {
    open_device(rank);
    share_root_info(rank);
    HcclCommConfig settings;
    HcclCommConfigInit(&settings);
    settings.magic = 0;
    SAY("magic", HcclCommInitRootInfoConfig(1, &meeting->info, 0, &settings, &comm));
    SAY("message", strstr(aclGetRecentErrMsg(), "EI0003") != NULL);
    HcclCommConfigInit(&settings);
    settings.size = 8;
    SAY("size", HcclCommInitRootInfoConfig(1, &meeting->info, 0, &settings, &comm));
    forget_message();
    HcclCommConfigInit(&settings);
    settings.size = 2232;
    settings.version = 8;
    settings.hcclBufferSize = 7;
    settings.hcclExecTimeOut = 33;
    snprintf(settings.hcclCommName, sizeof(settings.hcclCommName), "named");
    size_t before;
    size_t after;
    size_t total;
    NEED(aclrtGetMemInfo(ACL_HBM_MEM, &before, &total));
    SAY("good", HcclCommInitRootInfoConfig(1, &meeting->info, 0, &settings, &comm));
    NEED(aclrtGetMemInfo(ACL_HBM_MEM, &after, &total));
    SAY("held", (before - after) >> 20);
    char name[128];
    NEED(HcclGetCommName(comm, name));
    SAY("named", strcmp(name, "named") == 0);
    NEED(HcclCommDestroy(comm));
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static HcclRootInfo two_infos[2];

static void *init_again(void *which) {
    HcclComm other;
    int index = which == NULL ? 0 : 1;
    NEED(aclrtSetDevice(0));
    int code = (int)HcclCommInitRootInfo(1, &two_infos[index], 0, &other);
    say(0, index == 0 ? "first" : "second", code);
    NEED(HcclCommDestroy(other));
    NEED(aclrtResetDevice(0));
    return NULL;
}

static void concurrent_init(int rank) {
    open_device(rank);
    NEED(HcclGetRootInfo(&two_infos[0]));
    NEED(HcclGetRootInfo(&two_infos[1]));
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, init_again, NULL);
    pthread_create(&threads[1], NULL, init_again, &two_infos);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void environment(int rank) {
    open_device(rank);
    HcclRootInfo info;
    SAY("getRootInfo", HcclGetRootInfo(&info));
    const char *message = aclGetRecentErrMsg();
    SAY("message", message != NULL && strstr(message, "EI0001") != NULL);
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void base_port(int rank) {
    open_device(rank);
    HcclRootInfo info;
    SAY("getRootInfo", HcclGetRootInfo(&info));
    const char *message = aclGetRecentErrMsg();
    SAY("message", message != NULL && strstr(message, "EI0019") != NULL);
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void rank_table(int rank) {
    open_device(rank);
    int code = (int)HcclCommInitClusterInfo(argument, (uint32_t)rank, &comm);
    say(rank, "join", code);
    const char *message = aclGetRecentErrMsg();
    if (message != NULL) {
        fprintf(stderr, "rank table: %s\n", message);
    }
    if (code == 0) {
        uint32_t size;
        NEED(HcclGetRankSize(comm, &size));
        SAY("size", size);
        NEED(aclrtCreateStream(&stream));
        void *memory = device_memory(64);
        NEED(all_reduce(memory, 4));
        NEED(aclrtSynchronizeStream(stream));
        NEED(aclrtFree(memory));
        meet(0);
        HcclComm second;
        SAY("again", HcclCommInitClusterInfo(argument, (uint32_t)rank, &second));
        forget_message();
        close_rank(rank, comm, stream);
        return;
    }
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

/* ---- faults and right use ---- */

/* Ten sums; stops at the first that fails. What STANDIN_FAIL asks for happens in here. */
static void loop(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(4096);
    int call = 0;
    int synchronised = 0;
    int done = 0;
    while (done < 10 && call == 0 && synchronised == 0) {
        call = all_reduce(memory, 1024);
        if (call == 0) {
            synchronised = aclrtSynchronizeStream(stream);
        }
        done += call == 0 && synchronised == 0;
    }
    const char *message = aclGetRecentErrMsg();
    if (message != NULL) {
        fprintf(stderr, "rank %d: %s\n", rank, message);
    }
    HcclResult async = HCCL_SUCCESS;
    SAY("done", done);
    SAY("call", call);
    SAY("synchronize", synchronised);
    SAY("async", (HcclGetCommAsyncError(comm, &async), async));
    NEED(aclrtFree(memory));
    NEED(HcclCommDestroy(comm));
    NEED(aclrtDestroyStreamForce(stream));
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

static void out_of_memory(int rank) {
    open_device(rank);
    void *blocks[4];
    int made = 0;
    int code = 0;
    while (made < 4 && code == 0) {
        code = aclrtMalloc(&blocks[made], 1 << 20, ACL_MEM_MALLOC_HUGE_FIRST);
        made += code == 0;
    }
    forget_message();
    SAY("made", made);
    SAY("code", code);
    while (made > 0) {
        NEED(aclrtFree(blocks[--made]));
    }
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

/* Buffers, pinned memory, asynchronous copies, streams and events as they are meant. */
static void right_use(int rank) {
    open_device(rank);
    aclrtStream first;
    aclrtStream second;
    aclrtEvent event;
    NEED(aclrtCreateStream(&first));
    NEED(aclrtCreateStreamWithConfig(&second, 0, ACL_STREAM_FAST_SYNC));
    NEED(aclrtCreateEvent(&event));
    int *pinned;
    NEED(aclrtMallocHost((void **)&pinned, 64));
    void *memory = device_memory(64);
    int plain = 17;
    pinned[0] = 41;
    NEED(aclrtMemcpyAsync(memory, 64, pinned, 4, ACL_MEMCPY_HOST_TO_DEVICE, first));
    NEED(aclrtRecordEvent(event, first));
    NEED(aclrtStreamWaitEvent(second, event));
    NEED(aclrtMemcpyAsync(&pinned[1], 60, memory, 4, ACL_MEMCPY_DEVICE_TO_HOST, second));
    NEED(aclrtSynchronizeStreamWithTimeout(second, 10000));
    SAY("copied", pinned[1]);
    NEED(aclrtMemcpyAsync(memory, 64, &plain, 4, ACL_MEMCPY_HOST_TO_DEVICE, first));
    aclrtStreamStatus status = ACL_STREAM_STATUS_NOT_READY;
    NEED(aclrtStreamQuery(first, &status));
    SAY("status", status);
    to_host(&plain, memory, 4);
    SAY("pageable", plain);
    NEED(aclrtMemset(memory, 64, 0, 64));
    NEED(aclrtSynchronizeEvent(event));
    NEED(aclrtFree(memory));
    NEED(aclrtFreeHost(pinned));
    NEED(aclrtDestroyEvent(event));
    NEED(aclrtDestroyStream(first));
    NEED(aclrtDestroyStream(second));
    NEED(aclrtResetDevice(rank));
    NEED(aclFinalize());
}

/* Buffers of the process itself, as tensors of a CPU have them; only STANDIN_MEMORY=host allows it. */
static void host_memory(int rank) {
    open_rank(rank, &comm, &stream);
    float values[4] = {1, 2, 3, (float)rank};
    float copied[4];
    SAY("allReduce", all_reduce(values, 4));
    NEED(aclrtSynchronizeStream(stream));
    NEED(aclrtMemcpy(copied, 16, values, 16, ACL_MEMCPY_DEVICE_TO_HOST));
    SAY("third", copied[2]);
    SAY("last", copied[3]);
    close_rank(rank, comm, stream);
}

static void stream_timeout(int rank) {
    open_rank(rank, &comm, &stream);
    void *memory = device_memory(64);
    NEED(all_reduce(memory, 4));
    SAY("synchronize", aclrtSynchronizeStreamWithTimeout(stream, 50));
    forget_message();
    SAY("later", aclrtSynchronizeStreamWithTimeout(stream, -1));
    NEED(aclrtFree(memory));
    close_rank(rank, comm, stream);
}

static void describe(int rank) {
    const char *name = aclrtGetSocName();
    SAY("standIn", strncmp(name, "AscendStandIn", 13) == 0);
    SAY("family", strcmp(name + 13, argument) == 0);
}

static const struct {
    const char *name;
    int ranks;
    void (*body)(int rank);
} CASES[] = {
    {"before-init", 1, before_init},
    {"repeated-init", 1, repeated_init},
    {"after-finalize", 1, after_finalize},
    {"other-thread", 1, other_thread},
    {"other-device", 1, other_device},
    {"device-index", 1, device_index},
    {"visible-devices", 1, visible_devices},
    {"same-card", 2, same_card},
    {"host-pointer", 1, host_pointer},
    {"host-reads", 1, host_reads},
    {"short-buffer", 1, short_buffer},
    {"misaligned", 1, misaligned},
    {"copy-size", 1, copy_size},
    {"unsynchronised", 2, unsynchronised},
    {"pending-work", 1, pending_work},
    {"leaks", 1, leaks},
    {"mismatch", 2, mismatch},
    {"missing-op", 2, missing_op},
    {"peers-counts", 2, peers_counts},
    {"enums", 1, enums},
    {"types", 1, types},
    {"in-place", 2, in_place},
    {"two-streams", 2, two_streams},
    {"counts", 1, counts},
    {"unread-message", 1, unread_message},
    {"count-arrays", 2, count_arrays},
    {"rank-numbers", 2, rank_numbers},
    {"root-info", 2, root_info},
    {"missing-rank", 4, missing_rank},
    {"after-destroy", 1, after_destroy},
    {"config", 1, config},
    {"concurrent-init", 1, concurrent_init},
    {"environment", 1, environment},
    {"base-port", 1, base_port},
    {"rank-table", 2, rank_table},
    {"loop", 2, loop},
    {"out-of-memory", 1, out_of_memory},
    {"right-use", 1, right_use},
    {"host-memory", 2, host_memory},
    {"stream-timeout", 1, stream_timeout},
    {"describe", 1, describe},
};

int main(int argc, char **argv) {
    argument = argc > 2 ? argv[2] : "";
    for (size_t i = 0; argc > 1 && i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        if (strcmp(argv[1], CASES[i].name) == 0) {
            return run_ranks(CASES[i].ranks, CASES[i].body);
        }
    }
    fprintf(stderr, "contract <case> [argument]\n");
    return 2;
}
