/*
 * collectives <ranks> <elements>: every operation once with values that depend on rank and place, or
 * collectives <ranks> <elements> speed: how many megabytes move in a second.
 */
#include "ranks.h"

#include <time.h>

static int elements;
static HcclComm comm;
static aclrtStream stream;
static int *send_host;
static int *receive_host;
static void *send;
static void *receive;
static int wrong;

static int value(int rank, int at) {
    return rank * 1000003 + at * 7 + 1;
}

static void expect(int rank, const char *what, int at, long long expected, long long actual) {
    if (expected != actual && wrong++ < 5) {
        fprintf(stderr, "rank %d, %s, element %d: expected %lld, got %lld\n", rank, what, at, expected,
                actual);
    }
}

static void prepare(int rank, int n) {
    for (int i = 0; i < n; i++) {
        send_host[i] = value(rank, i);
        receive_host[i] = -1;
    }
    to_device(send, send_host, (size_t)n * 4);
}

static void result(int n) {
    NEED(aclrtSynchronizeStream(stream));
    to_host(receive_host, receive, (size_t)n * 4);
}

static long long sum(int at) {
    int total = 0;
    for (int r = 0; r < ranks; r++) {
        total += value(r, at);
    }
    return total;
}

static void reductions(int rank) {
    prepare(rank, elements);
    NEED(HcclAllReduce(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, HCCL_REDUCE_SUM, comm,
                       stream));
    result(elements);
    for (int i = 0; i < elements; i++) {
        expect(rank, "all-reduce", i, sum(i), receive_host[i]);
    }
    NEED(HcclAllReduce(send, send, (uint64_t)elements, HCCL_DATA_TYPE_INT32, HCCL_REDUCE_MAX, comm,
                       stream));
    NEED(aclrtSynchronizeStream(stream));
    to_host(receive_host, send, (size_t)elements * 4);
    for (int i = 0; i < elements; i++) {
        expect(rank, "all-reduce in place", i, value(ranks - 1, i), receive_host[i]);
    }
    prepare(rank, elements * ranks);
    NEED(HcclReduceScatter(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, HCCL_REDUCE_SUM,
                           comm, stream));
    result(elements);
    for (int i = 0; i < elements; i++) {
        expect(rank, "reduce-scatter", i, sum(rank * elements + i), receive_host[i]);
    }
    prepare(rank, elements);
    uint32_t root = (uint32_t)ranks - 1;
    NEED(HcclReduce(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, HCCL_REDUCE_MIN, root,
                    comm, stream));
    result(elements);
    for (int i = 0; i < elements && rank == (int)root; i++) {
        expect(rank, "reduce", i, value(0, i), receive_host[i]);
    }
}

static void copies(int rank) {
    prepare(rank, elements);
    NEED(HcclAllGather(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, comm, stream));
    result(elements * ranks);
    for (int i = 0; i < elements * ranks; i++) {
        expect(rank, "all-gather", i, value(i / elements, i % elements), receive_host[i]);
    }
    uint32_t root = (uint32_t)ranks - 1;
    NEED(HcclBroadcast(send, (uint64_t)elements, HCCL_DATA_TYPE_INT32, root, comm, stream));
    NEED(aclrtSynchronizeStream(stream));
    to_host(receive_host, send, (size_t)elements * 4);
    for (int i = 0; i < elements; i++) {
        expect(rank, "broadcast", i, value((int)root, i), receive_host[i]);
    }
    prepare(rank, elements * ranks);
    NEED(HcclScatter(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, 0, comm, stream));
    result(elements);
    for (int i = 0; i < elements; i++) {
        expect(rank, "scatter", i, value(0, rank * elements + i), receive_host[i]);
    }
    NEED(HcclAlltoAll(send, (uint64_t)elements, HCCL_DATA_TYPE_INT32, receive, (uint64_t)elements,
                      HCCL_DATA_TYPE_INT32, comm, stream));
    result(elements * ranks);
    for (int i = 0; i < elements * ranks; i++) {
        expect(rank, "all-to-all", i, value(i / elements, rank * elements + i % elements),
               receive_host[i]);
    }
}

/* Rank r sends r + 1 elements to rank 0, r + 2 to rank 1 and so on, limited by "elements". */
static uint64_t varied(int from, int to) {
    uint64_t count = (uint64_t)((from * 3 + to) % (ranks + 1)) * (uint64_t)elements / (uint64_t)(ranks + 1);
    return count;
}

static void varied_counts(int rank) {
    uint64_t send_counts[64];
    uint64_t send_places[64];
    uint64_t receive_counts[64];
    uint64_t receive_places[64];
    uint64_t matrix[64 * 64];
    uint64_t received = 0;
    for (int r = 0; r < ranks; r++) {
        send_counts[r] = varied(rank, r);
        send_places[r] = (uint64_t)r * (uint64_t)elements;
        receive_counts[r] = varied(r, rank);
        receive_places[r] = received;
        received += receive_counts[r];
        for (int i = 0; i < ranks; i++) {
            matrix[r * ranks + i] = varied(r, i);
        }
    }
    prepare(rank, elements * ranks);
    NEED(HcclAlltoAllV(send, send_counts, send_places, HCCL_DATA_TYPE_INT32, receive, receive_counts,
                       receive_places, HCCL_DATA_TYPE_INT32, comm, stream));
    result((int)received + 1);
    for (int r = 0; r < ranks; r++) {
        for (int i = 0; i < (int)receive_counts[r]; i++) {
            expect(rank, "all-to-all-v", i, value(r, rank * elements + i),
                   receive_host[(int)receive_places[r] + i]);
        }
    }
    NEED(HcclAlltoAllVC(send, matrix, HCCL_DATA_TYPE_INT32, receive, HCCL_DATA_TYPE_INT32, comm,
                        stream));
    result((int)received + 1);
    for (int r = 0; r < ranks; r++) {
        uint64_t place = 0;
        for (int i = 0; i < rank; i++) {
            place += varied(r, i);
        }
        for (int i = 0; i < (int)receive_counts[r]; i++) {
            expect(rank, "all-to-all-vc", i, value(r, (int)place + i),
                   receive_host[(int)receive_places[r] + i]);
        }
    }
    uint64_t counts[64];
    uint64_t places[64];
    for (int r = 0; r < ranks; r++) {
        counts[r] = (uint64_t)(elements / (r + 1));
        places[r] = (uint64_t)(r * elements);
    }
    NEED(HcclAllGatherV(send, counts[rank], receive, counts, places, HCCL_DATA_TYPE_INT32, comm,
                        stream));
    result(elements * ranks);
    for (int r = 0; r < ranks; r++) {
        for (int i = 0; i < (int)counts[r]; i++) {
            expect(rank, "all-gather-v", i, value(r, i), receive_host[r * elements + i]);
        }
    }
    NEED(HcclReduceScatterV(send, counts, places, receive, counts[rank], HCCL_DATA_TYPE_INT32,
                            HCCL_REDUCE_SUM, comm, stream));
    result(elements);
    for (int i = 0; i < (int)counts[rank]; i++) {
        expect(rank, "reduce-scatter-v", i, sum(rank * elements + i), receive_host[i]);
    }
}

static void pairs(int rank) {
    prepare(rank, elements);
    if (ranks > 1 && rank < 2) {
        if (rank == 0) {
            NEED(HcclSend(send, (uint64_t)elements, HCCL_DATA_TYPE_INT32, 1, comm, stream));
            NEED(aclrtSynchronizeStream(stream));
        } else {
            NEED(HcclRecv(receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, 0, comm, stream));
            result(elements);
            for (int i = 0; i < elements; i++) {
                expect(rank, "send and receive", i, value(0, i), receive_host[i]);
            }
        }
    }
    if (ranks > 1) {
        uint32_t next = (uint32_t)((rank + 1) % ranks);
        uint32_t before = (uint32_t)((rank + ranks - 1) % ranks);
        HcclSendRecvItem items[2] = {
            {HCCL_SEND, send, (uint64_t)elements, HCCL_DATA_TYPE_INT32, next},
            {HCCL_RECV, receive, (uint64_t)elements, HCCL_DATA_TYPE_INT32, before}};
        NEED(HcclBatchSendRecv(items, 2, comm, stream));
        result(elements);
        for (int i = 0; i < elements; i++) {
            expect(rank, "ring", i, value((int)before, i), receive_host[i]);
        }
    }
    NEED(HcclBarrier(comm, stream));
    NEED(aclrtSynchronizeStream(stream));
}

static void halves(int rank) {
    static const struct {
        HcclDataType type;
        uint16_t one;
        uint16_t tiny;
        uint16_t sum;
    } rows[] = {
        /* 1 + 3 * tiny: each sum alone would round back to 1, the fp32 sum does not */
        {HCCL_DATA_TYPE_BFP16, 0x3f80, 0x3b80, 0x3f82},
        {HCCL_DATA_TYPE_FP16, 0x3c00, 0x1000, 0x3c02},
    };
    for (int row = 0; row < 2 && ranks == 4; row++) {
        uint16_t mine = rank == 0 ? rows[row].one : rows[row].tiny;
        to_device(send, &mine, 2);
        NEED(HcclAllReduce(send, receive, 1, rows[row].type, HCCL_REDUCE_SUM, comm, stream));
        NEED(aclrtSynchronizeStream(stream));
        uint16_t total;
        to_host(&total, receive, 2);
        expect(rank, "half sum", row, rows[row].sum, total);
    }
}

static void sub_communicators(int rank) {
    uint32_t members[32];
    uint32_t count = 0;
    uint32_t place = 0;
    for (int r = rank % 2; r < ranks; r += 2) {
        place = r == rank ? count : place;
        members[count++] = (uint32_t)r;
    }
    HcclCommConfig config;
    HcclCommConfigInit(&config);
    config.hcclBufferSize = 1;
    HcclComm half;
    NEED(HcclCreateSubCommConfig(&comm, count, members, (uint64_t)(rank % 2), place, &config, &half));
    char name[128];
    NEED(HcclGetCommName(half, name));
    uint32_t size;
    uint32_t id;
    NEED(HcclGetRankSize(half, &size));
    NEED(HcclGetRankId(half, &id));
    expect(rank, "size of the half", 0, count, size);
    expect(rank, "rank in the half", 0, place, id);
    prepare(rank, 1);
    NEED(HcclAllReduce(send, receive, 1, HCCL_DATA_TYPE_INT32, HCCL_REDUCE_MAX, half, stream));
    result(1);
    expect(rank, "max of the half", 0, value((int)members[count - 1], 0), receive_host[0]);
    NEED(HcclCommDestroy(half));
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void speed(int rank) {
    double bytes = (double)elements * 4;
    for (int what = 0; what < 3; what++) {
        double start = 0;
        int rounds = 12;
        for (int i = 0; i < rounds; i++) {
            if (i == 2) {
                start = now();
            }
            if (what == 0) {
                NEED(HcclAllGather(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_FP32, comm,
                                   stream));
            } else if (what == 1) {
                NEED(HcclReduceScatter(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_FP32,
                                       HCCL_REDUCE_SUM, comm, stream));
            } else {
                NEED(HcclAllReduce(send, receive, (uint64_t)elements, HCCL_DATA_TYPE_FP32,
                                   HCCL_REDUCE_SUM, comm, stream));
            }
            NEED(aclrtSynchronizeStream(stream));
        }
        if (rank == 0) {
            static const char *const names[] = {"allGatherMBs", "reduceScatterMBs", "allReduceMBs"};
            double moved = what == 2 ? bytes : bytes * ranks;
            say(rank, names[what], (long long)(moved * (rounds - 2) / (now() - start) / 1e6));
        }
    }
}

static bool only_speed;

static void body(int rank) {
    open_rank(rank, &comm, &stream);
    size_t bytes = (size_t)elements * (size_t)ranks * 4 + 64;
    send_host = malloc(bytes);
    receive_host = malloc(bytes);
    send = device_memory(bytes);
    receive = device_memory(bytes);
    if (only_speed) {
        prepare(rank, elements * ranks);
        speed(rank);
    } else {
        reductions(rank);
        copies(rank);
        varied_counts(rank);
        pairs(rank);
        halves(rank);
        sub_communicators(rank);
    }
    meet(0);
    NEED(aclrtFree(send));
    NEED(aclrtFree(receive));
    say(rank, "wrong", wrong);
    close_rank(rank, comm, stream);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "collectives <ranks> <elements> [speed]\n");
        return 2;
    }
    elements = atoi(argv[2]);
    only_speed = argc > 3;
    return run_ranks(atoi(argv[1]), body);
}
