/* The collectives' entry points: argument checks, then the launch. */
#define _GNU_SOURCE
#include "comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COUNT 0x7FFFFFFFFull

/* ---- data types ---- */

static bool moves(uint32_t dtype) {
    StandinSoc soc = standin_soc();
    switch (dtype) {
        case HCCL_DATA_TYPE_BFP16:
            return soc != SOC_910 && soc != SOC_310P;
        case HCCL_DATA_TYPE_HIF8:
        case HCCL_DATA_TYPE_FP8E4M3:
        case HCCL_DATA_TYPE_FP8E5M2:
        case HCCL_DATA_TYPE_FP8E8M0:
            return soc == SOC_950;
        case HCCL_DATA_TYPE_INT128:
            return false;
        default:
            return true;
    }
}

static bool reduces(uint32_t dtype, uint32_t reduce) {
    StandinSoc soc = standin_soc();
    switch (dtype) {
        case HCCL_DATA_TYPE_INT8:
        case HCCL_DATA_TYPE_INT32:
        case HCCL_DATA_TYPE_FP16:
        case HCCL_DATA_TYPE_FP32:
            return true;
        case HCCL_DATA_TYPE_INT64:
            return soc != SOC_310P;
        case HCCL_DATA_TYPE_INT16:
            return soc != SOC_910 && reduce != HCCL_REDUCE_PROD;
        case HCCL_DATA_TYPE_BFP16:
            return soc != SOC_910 && soc != SOC_310P && reduce != HCCL_REDUCE_PROD;
        case HCCL_DATA_TYPE_UINT64:
        case HCCL_DATA_TYPE_FP64:
            return soc == SOC_950;
        default:
            return false;
    }
}

/* Says which other numbering an unknown number may come from. */
static const char *hint(uint32_t dtype) {
    switch (dtype) {
        case 13:
            return "; 13 is a number of torch's ScalarType";
        case 27:
            return "; 27 is ACL_BF16 of aclDataType, HCCL's bf16 is 11";
        case 255:
            return "; 255 is the reserved value";
        default:
            return "";
    }
}

static HcclResult check_dtype(const char *api, HcclDataType dtype) {
    if (standin_dtype_bytes(dtype) == 0) {
        return (HcclResult)standin_misuse(CHECK_ENUM, HCCL_E_NOT_SUPPORT, api,
                                          "EI0003: dataType %d does not exist%s", (int)dtype,
                                          hint(dtype));
    }
    if (!moves(dtype)) {
        return (HcclResult)standin_misuse(CHECK_DTYPE, HCCL_E_NOT_SUPPORT, api,
                                          "EI0003: dataType %d is not supported on %s", (int)dtype,
                                          aclrtGetSocName());
    }
    return HCCL_SUCCESS;
}

static HcclResult check_reduce(const char *api, HcclDataType dtype, HcclReduceOp reduce) {
    if ((uint32_t)reduce > HCCL_REDUCE_MIN) {
        return (HcclResult)standin_misuse(CHECK_ENUM, HCCL_E_NOT_SUPPORT, api,
                                          "EI0003: op %d does not exist%s", (int)reduce,
                                          reduce == 4 ? "; 4 is AVG elsewhere, HCCL has none" : "");
    }
    if (!reduces(dtype, reduce)) {
        return (HcclResult)standin_misuse(CHECK_DTYPE, HCCL_E_NOT_SUPPORT, api,
                                          "EI0003: dataType %d cannot be reduced by op %d on %s",
                                          (int)dtype, (int)reduce, aclrtGetSocName());
    }
    if (dtype == HCCL_DATA_TYPE_INT64 && standin_soc() == SOC_A3) {
        standin_warning(CHECK_DTYPE, api, "int64 reductions do not work in each mode of this chip");
    }
    return HCCL_SUCCESS;
}

/* ---- buffers ---- */

static HcclResult check_count(const char *api, uint64_t count, bool *nothing) {
    *nothing = count == 0;
    if (count == 0) {
        standin_warning(CHECK_COUNT, api, "count is 0: nothing is done");
    }
    if (count > MAX_COUNT) {
        return (HcclResult)standin_misuse(CHECK_COUNT, HCCL_E_PARA, api,
                                          "EI0003: count %llu is above %llu",
                                          (unsigned long long)count, MAX_COUNT);
    }
    return HCCL_SUCCESS;
}

/* Checks one buffer, keeps its range, and puts its alias where the bytes are moved. */
static HcclResult take_buffer(Operation *operation, const char *which, const void *address,
                              uint64_t elements, uint32_t dtype, bool write, void **alias) {
    size_t width = standin_dtype_bytes(dtype);
    uint64_t bytes = elements * width;
    if (address == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, operation->api, "EI0003: %s is null", which);
    }
    char why[256];
    RangeState state = standin_resolve(address, bytes, operation->comm->device, alias, why);
    if (state != RANGE_OK) {
        int check = state == RANGE_SHORT          ? CHECK_BUFFER_SIZE
                    : state == RANGE_OTHER_DEVICE ? CHECK_OTHER_DEVICE
                                                  : CHECK_POINTER;
        return (HcclResult)standin_misuse(check, HCCL_E_PARA, operation->api, "EI0012: %s: %s", which,
                                          why);
    }
    size_t alignment = width > 8 ? 8 : width;
    if ((uintptr_t)address % alignment != 0) {
        return (HcclResult)standin_misuse(CHECK_ALIGNMENT, HCCL_E_PARA, operation->api,
                                          "EI0003: %s %p is not aligned to %zu bytes", which, address,
                                          alignment);
    }
    operation->ranges[operation->range_count++] =
        (StandinRange){(uintptr_t)address, (uintptr_t)address + bytes, write};
    return HCCL_SUCCESS;
}

static bool overlap(const Operation *operation) {
    return operation->range_count == 2 && operation->ranges[0].low < operation->ranges[1].high &&
           operation->ranges[1].low < operation->ranges[0].high;
}

static HcclResult refuse_overlap(const Operation *operation) {
    return (HcclResult)standin_misuse(CHECK_IN_PLACE, HCCL_E_PARA, operation->api,
                                      "EI0003: the buffers overlap, %s cannot work in place",
                                      operation->api);
}

/* What all collectives check first. */
typedef struct {
    const char *api;
    const char *fault_name;
    OpKind kind;
    HcclDataType dtype;
    int reduce; /* -1: none */
    uint64_t count;
    uint32_t root;
} Call;

static HcclResult begin(const Call *call, HcclComm handle, aclrtStream stream, Operation *operation,
                        bool *nothing) {
    *operation = (Operation){.api = call->api,
                             .fault_name = call->fault_name,
                             .collective = true,
                             .move = standin_move,
                             .header = {.kind = call->kind,
                                        .dtype = call->dtype,
                                        .reduce = call->reduce < 0 ? 0 : (uint32_t)call->reduce,
                                        .root = call->root,
                                        .count = call->count}};
    *nothing = false;
    HcclResult code = standin_check_comm(call->api, handle, &operation->comm);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (stream == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, call->api, "EI0003: stream is null");
    }
    code = check_dtype(call->api, call->dtype);
    if (code == HCCL_SUCCESS && call->reduce >= 0) {
        code = check_reduce(call->api, call->dtype, (HcclReduceOp)call->reduce);
    }
    if (code == HCCL_SUCCESS && call->root >= operation->comm->ranks) {
        code = (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, call->api,
                                          "EI0003: root %u of %u ranks", call->root,
                                          operation->comm->ranks);
    }
    if (code == HCCL_SUCCESS && standin_soc() == SOC_310P &&
        (call->kind == OP_BROADCAST || call->kind == OP_REDUCE)) {
        code = (HcclResult)standin_misuse(CHECK_DTYPE, HCCL_E_NOT_SUPPORT, call->api,
                                          "%s does not exist on %s", call->api, aclrtGetSocName());
    }
    return code == HCCL_SUCCESS ? check_count(call->api, call->count, nothing) : code;
}

/* Two buffers of given lengths, an optional place at which they may be the same, then the launch. */
typedef struct {
    const void *send;
    const void *receive;
    uint64_t send_elements;
    uint64_t receive_elements;
    enum { PLACE_NONE, PLACE_SAME, PLACE_SEND_IN_RECEIVE, PLACE_RECEIVE_IN_SEND } in_place;
} Buffers;

static HcclResult check_place(const Operation *operation, const Buffers *buffers) {
    if (!overlap(operation) || operation->comm->ranks == 1) {
        return HCCL_SUCCESS;
    }
    size_t width = standin_dtype_bytes(operation->header.dtype);
    uint64_t offset = operation->comm->rank * operation->header.count * width;
    const char *send = buffers->send;
    const char *receive = buffers->receive;
    bool allowed = (buffers->in_place == PLACE_SAME && send == receive) ||
                   (buffers->in_place == PLACE_SEND_IN_RECEIVE && send == receive + offset) ||
                   (buffers->in_place == PLACE_RECEIVE_IN_SEND && receive == send + offset);
    if (allowed && buffers->in_place != PLACE_SAME) {
        standin_warning(CHECK_IN_PLACE, operation->api,
                        "in place: not described for this operation, use separate buffers");
    }
    return allowed ? HCCL_SUCCESS : refuse_overlap(operation);
}

static HcclResult two_buffers(const Call *call, const Buffers *buffers, HcclComm handle,
                              aclrtStream stream) {
    Operation operation;
    bool nothing;
    HcclResult code = begin(call, handle, stream, &operation, &nothing);
    if (code != HCCL_SUCCESS || nothing) {
        return code;
    }
    uint64_t ranks = operation.comm->ranks;
    uint64_t send = buffers->send_elements == 0 ? call->count * ranks : buffers->send_elements;
    uint64_t receive =
        buffers->receive_elements == 0 ? call->count * ranks : buffers->receive_elements;
    bool at_root = operation.comm->rank == call->root;
    if (call->kind != OP_SCATTER || at_root) {
        code = take_buffer(&operation, "sendBuf", buffers->send, send, call->dtype, false,
                           &operation.send);
    }
    if (code == HCCL_SUCCESS && (call->kind != OP_REDUCE || at_root)) {
        code = take_buffer(&operation, "recvBuf", buffers->receive, receive, call->dtype, true,
                           &operation.receive);
    }
    if (code == HCCL_SUCCESS) {
        code = check_place(&operation, buffers);
    }
    return code == HCCL_SUCCESS ? standin_launch(&operation, stream) : code;
}

STANDIN_API HcclResult HcclAllReduce(void *sendBuf, void *recvBuf, uint64_t count,
                                     HcclDataType dataType, HcclReduceOp op, HcclComm comm,
                                     aclrtStream stream) {
    Call call = {"HcclAllReduce", "allreduce", OP_ALL_REDUCE, dataType, (int)op & 0xffff, count, 0};
    Buffers buffers = {sendBuf, recvBuf, count, count, PLACE_SAME};
    return two_buffers(&call, &buffers, comm, stream);
}

STANDIN_API HcclResult HcclBroadcast(void *buf, uint64_t count, HcclDataType dataType, uint32_t root,
                                     HcclComm comm, aclrtStream stream) {
    Call call = {"HcclBroadcast", "broadcast", OP_BROADCAST, dataType, -1, count, root};
    Operation operation;
    bool nothing;
    HcclResult code = begin(&call, comm, stream, &operation, &nothing);
    if (code != HCCL_SUCCESS || nothing) {
        return code;
    }
    code = take_buffer(&operation, "buf", buf, count, dataType, operation.comm->rank != root,
                       &operation.send);
    operation.receive = operation.send;
    return code == HCCL_SUCCESS ? standin_launch(&operation, stream) : code;
}

STANDIN_API HcclResult HcclAllGather(void *sendBuf, void *recvBuf, uint64_t sendCount,
                                     HcclDataType dataType, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclAllGather", "allgather", OP_ALL_GATHER, dataType, -1, sendCount, 0};
    Buffers buffers = {sendBuf, recvBuf, sendCount, 0, PLACE_SEND_IN_RECEIVE};
    return two_buffers(&call, &buffers, comm, stream);
}

STANDIN_API HcclResult HcclReduceScatter(void *sendBuf, void *recvBuf, uint64_t recvCount,
                                         HcclDataType dataType, HcclReduceOp op, HcclComm comm,
                                         aclrtStream stream) {
    Call call = {"HcclReduceScatter", "reducescatter", OP_REDUCE_SCATTER, dataType,
                 (int)op & 0xffff,    recvCount,       0};
    Buffers buffers = {sendBuf, recvBuf, 0, recvCount, PLACE_RECEIVE_IN_SEND};
    return two_buffers(&call, &buffers, comm, stream);
}

STANDIN_API HcclResult HcclReduce(void *sendBuf, void *recvBuf, uint64_t count, HcclDataType dataType,
                                  HcclReduceOp op, uint32_t root, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclReduce", "reduce", OP_REDUCE, dataType, (int)op & 0xffff, count, root};
    Buffers buffers = {sendBuf, recvBuf, count, count, PLACE_SAME};
    return two_buffers(&call, &buffers, comm, stream);
}

STANDIN_API HcclResult HcclScatter(void *sendBuf, void *recvBuf, uint64_t recvCount,
                                   HcclDataType dataType, uint32_t root, HcclComm comm,
                                   aclrtStream stream) {
    Call call = {"HcclScatter", "scatter", OP_SCATTER, dataType, -1, recvCount, root};
    Buffers buffers = {sendBuf, recvBuf, 0, recvCount, PLACE_RECEIVE_IN_SEND};
    return two_buffers(&call, &buffers, comm, stream);
}

STANDIN_API HcclResult HcclAlltoAll(const void *sendBuf, uint64_t sendCount, HcclDataType sendType,
                                    const void *recvBuf, uint64_t recvCount, HcclDataType recvType,
                                    HcclComm comm, aclrtStream stream) {
    Call call = {"HcclAlltoAll", "alltoall", OP_ALL_TO_ALL, sendType, -1, sendCount, 0};
    if (sendCount != recvCount || sendType != recvType) {
        return (HcclResult)standin_misuse(CHECK_MISMATCH, HCCL_E_PARA, call.api,
                                          "EI0003: %llu elements of type %d are sent, %llu of type %d "
                                          "are received",
                                          (unsigned long long)sendCount, (int)sendType,
                                          (unsigned long long)recvCount, (int)recvType);
    }
    Buffers buffers = {sendBuf, recvBuf, 0, 0, PLACE_NONE};
    return two_buffers(&call, &buffers, comm, stream);
}

/* ---- counts per rank ---- */

static uint64_t extent(const uint64_t *counts, const uint64_t *places, uint32_t n) {
    uint64_t end = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (counts[i] > 0 && places[i] + counts[i] > end) {
            end = places[i] + counts[i];
        }
    }
    return end;
}

static uint64_t *copy_of(const void *array, size_t length) {
    uint64_t *copy = malloc(length * sizeof(uint64_t));
    memcpy(copy, array, length * sizeof(uint64_t));
    return copy;
}

static HcclResult too_old(const char *api) {
    return (HcclResult)standin_misuse(CHECK_DTYPE, HCCL_E_NOT_SUPPORT, api, "%s does not exist on %s",
                                      api, aclrtGetSocName());
}

static void drop_copies(Operation *operation) {
    for (int i = 0; i < 4; i++) {
        free(operation->copies[i]);
    }
}

/* Buffers of an operation whose copies of counts and places are set. */
static HcclResult launch_varied(Operation *operation, const void *send, const void *receive,
                                aclrtStream stream) {
    uint32_t n = operation->comm->ranks;
    uint64_t send_extent = extent(operation->copies[0], operation->copies[1], n);
    uint64_t receive_extent = operation->header.kind == OP_REDUCE_SCATTER_V
                                  ? operation->copies[0][operation->comm->rank]
                                  : extent(operation->copies[2], operation->copies[3], n);
    HcclResult code = HCCL_SUCCESS;
    if (send_extent > 0) {
        code = take_buffer(operation, "sendBuf", send, send_extent, operation->header.dtype, false,
                           &operation->send);
    }
    if (code == HCCL_SUCCESS && receive_extent > 0) {
        code = take_buffer(operation, "recvBuf", receive, receive_extent, operation->header.dtype,
                           true, &operation->receive);
    }
    if (code == HCCL_SUCCESS && (send == receive || overlap(operation)) && n > 1) {
        code = refuse_overlap(operation);
    }
    if (code != HCCL_SUCCESS) {
        drop_copies(operation);
        return code;
    }
    return standin_launch(operation, stream);
}

static HcclResult null_array(const char *api) {
    return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: an array of counts is null");
}

STANDIN_API HcclResult HcclAlltoAllV(const void *sendBuf, const void *sendCounts, const void *sdispls,
                                     HcclDataType sendType, const void *recvBuf,
                                     const void *recvCounts, const void *rdispls,
                                     HcclDataType recvType, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclAlltoAllV", "alltoallv", OP_ALL_TO_ALL_V, sendType, -1, 1, 0};
    Operation operation;
    bool nothing;
    HcclResult code = begin(&call, comm, stream, &operation, &nothing);
    if (code == HCCL_SUCCESS && sendType != recvType) {
        code = (HcclResult)standin_misuse(CHECK_MISMATCH, HCCL_E_PARA, call.api,
                                          "EI0003: type %d is sent, type %d is received",
                                          (int)sendType, (int)recvType);
    }
    const void *given[4] = {sendCounts, sdispls, recvCounts, rdispls};
    for (int i = 0; i < 4 && code == HCCL_SUCCESS; i++) {
        code = given[i] == NULL ? null_array(call.api) : HCCL_SUCCESS;
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    operation.array_length = operation.comm->ranks;
    for (int i = 0; i < 4; i++) {
        operation.arrays[i] = given[i];
        operation.copies[i] = copy_of(given[i], operation.array_length);
    }
    return launch_varied(&operation, sendBuf, recvBuf, stream);
}

STANDIN_API HcclResult HcclAlltoAllVC(const void *sendBuf, const void *sendCountMatrix,
                                      HcclDataType sendType, const void *recvBuf,
                                      HcclDataType recvType, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclAlltoAllVC", "alltoallvc", OP_ALL_TO_ALL_VC, sendType, -1, 1, 0};
    Operation operation;
    bool nothing;
    HcclResult code = begin(&call, comm, stream, &operation, &nothing);
    if (code == HCCL_SUCCESS && sendType != recvType) {
        code = (HcclResult)standin_misuse(CHECK_MISMATCH, HCCL_E_PARA, call.api,
                                          "EI0003: type %d is sent, type %d is received",
                                          (int)sendType, (int)recvType);
    }
    if (code == HCCL_SUCCESS && sendCountMatrix == NULL) {
        code = null_array(call.api);
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    uint32_t n = operation.comm->ranks;
    uint32_t rank = operation.comm->rank;
    const uint64_t *matrix = sendCountMatrix;
    for (uint32_t i = 0; i < n * n; i++) {
        operation.header.matrix = operation.header.matrix * 1000003u + matrix[i] + 1;
    }
    for (int i = 0; i < 4; i++) {
        operation.copies[i] = calloc(n, sizeof(uint64_t));
    }
    for (uint32_t r = 0; r < n; r++) {
        operation.copies[0][r] = matrix[rank * n + r];
        operation.copies[2][r] = matrix[r * n + rank];
        if (r > 0) {
            operation.copies[1][r] = operation.copies[1][r - 1] + operation.copies[0][r - 1];
            operation.copies[3][r] = operation.copies[3][r - 1] + operation.copies[2][r - 1];
        }
    }
    return launch_varied(&operation, sendBuf, recvBuf, stream);
}

STANDIN_API HcclResult HcclAllGatherV(void *sendBuf, uint64_t sendCount, void *recvBuf,
                                      const void *recvCounts, const void *recvDispls,
                                      HcclDataType dataType, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclAllGatherV", "allgatherv", OP_ALL_GATHER_V, dataType, -1, 1, 0};
    Operation operation;
    bool nothing;
    HcclResult code = begin(&call, comm, stream, &operation, &nothing);
    if (code == HCCL_SUCCESS && standin_soc() == SOC_910) {
        code = too_old(call.api);
    }
    if (code == HCCL_SUCCESS && (recvCounts == NULL || recvDispls == NULL)) {
        code = null_array(call.api);
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    uint32_t n = operation.comm->ranks;
    operation.array_length = n;
    operation.arrays[2] = recvCounts;
    operation.arrays[3] = recvDispls;
    operation.copies[0] = malloc(n * sizeof(uint64_t));
    operation.copies[1] = calloc(n, sizeof(uint64_t));
    for (uint32_t r = 0; r < n; r++) {
        operation.copies[0][r] = sendCount;
    }
    operation.copies[2] = copy_of(recvCounts, n);
    operation.copies[3] = copy_of(recvDispls, n);
    return launch_varied(&operation, sendBuf, recvBuf, stream);
}

STANDIN_API HcclResult HcclReduceScatterV(void *sendBuf, const void *sendCounts,
                                          const void *sendDispls, void *recvBuf, uint64_t recvCount,
                                          HcclDataType dataType, HcclReduceOp op, HcclComm comm,
                                          aclrtStream stream) {
    Call call = {"HcclReduceScatterV", "reducescatterv", OP_REDUCE_SCATTER_V, dataType,
                 (int)op & 0xffff,     1,                0};
    Operation operation;
    bool nothing;
    HcclResult code = begin(&call, comm, stream, &operation, &nothing);
    if (code == HCCL_SUCCESS && standin_soc() == SOC_910) {
        code = too_old(call.api);
    }
    if (code == HCCL_SUCCESS && (sendCounts == NULL || sendDispls == NULL)) {
        code = null_array(call.api);
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    uint32_t n = operation.comm->ranks;
    if (((const uint64_t *)sendCounts)[operation.comm->rank] != recvCount) {
        return (HcclResult)standin_misuse(CHECK_MISMATCH, HCCL_E_PARA, call.api,
                                          "EI0003: recvCount %llu is not this rank's entry of "
                                          "sendCounts",
                                          (unsigned long long)recvCount);
    }
    operation.array_length = n;
    operation.arrays[0] = sendCounts;
    operation.arrays[1] = sendDispls;
    operation.copies[0] = copy_of(sendCounts, n);
    operation.copies[1] = copy_of(sendDispls, n);
    operation.copies[2] = calloc(n, sizeof(uint64_t));
    operation.copies[3] = calloc(n, sizeof(uint64_t));
    return launch_varied(&operation, sendBuf, recvBuf, stream);
}

/* ---- point to point ---- */

static HcclResult launch_items(Call *call, const HcclSendRecvItem *items, uint32_t count,
                               HcclComm comm, aclrtStream stream) {
    Operation operation;
    bool nothing = false;
    HcclResult code = HCCL_SUCCESS;
    HcclSendRecvItem *kept = calloc(count, sizeof(HcclSendRecvItem));
    for (uint32_t i = 0; i < count && code == HCCL_SUCCESS && !nothing; i++) {
        const HcclSendRecvItem *item = &items[i];
        call->dtype = item->dataType;
        call->count = item->count;
        call->root = item->remoteRank;
        Operation one;
        code = begin(call, comm, stream, &one, &nothing);
        if (code == HCCL_SUCCESS && i == 0) {
            operation = one;
        }
        if (code == HCCL_SUCCESS && standin_soc() == SOC_310P) {
            code = too_old(call->api);
        }
        if (code == HCCL_SUCCESS && (uint32_t)item->sendRecvType > HCCL_RECV) {
            code = (HcclResult)standin_misuse(CHECK_ENUM, HCCL_E_PARA, call->api,
                                              "EI0003: sendRecvType %d does not exist",
                                              (int)item->sendRecvType);
        }
        if (code == HCCL_SUCCESS && item->remoteRank == operation.comm->rank &&
            operation.comm->ranks > 1) {
            code = (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, call->api,
                                              "EI0003: rank %u sends to or receives from itself",
                                              item->remoteRank);
        }
        kept[i] = *item;
        if (code == HCCL_SUCCESS && !nothing) {
            operation.range_count = operation.range_count > 2 ? 2 : operation.range_count;
            code = take_buffer(&operation, "buf", item->buf, item->count, item->dataType,
                               item->sendRecvType == HCCL_RECV, &kept[i].buf);
        }
    }
    if (code != HCCL_SUCCESS || nothing) {
        free(kept);
        return code;
    }
    operation.items = kept;
    operation.item_count = count;
    operation.collective = false;
    operation.move = standin_move_items;
    return standin_launch(&operation, stream);
}

STANDIN_API HcclResult HcclSend(void *sendBuf, uint64_t count, HcclDataType dataType,
                                uint32_t destRank, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclSend", "send", OP_SEND, dataType, -1, count, destRank};
    HcclSendRecvItem item = {HCCL_SEND, sendBuf, count, dataType, destRank};
    return launch_items(&call, &item, 1, comm, stream);
}

STANDIN_API HcclResult HcclRecv(void *recvBuf, uint64_t count, HcclDataType dataType,
                                uint32_t srcRank, HcclComm comm, aclrtStream stream) {
    Call call = {"HcclRecv", "recv", OP_RECV, dataType, -1, count, srcRank};
    HcclSendRecvItem item = {HCCL_RECV, recvBuf, count, dataType, srcRank};
    return launch_items(&call, &item, 1, comm, stream);
}

STANDIN_API HcclResult HcclBatchSendRecv(HcclSendRecvItem *sendRecvInfo, uint32_t itemNum,
                                         HcclComm comm, aclrtStream stream) {
    Call call = {"HcclBatchSendRecv", "batchsendrecv", OP_BATCH_SEND_RECV, HCCL_DATA_TYPE_INT8, -1,
                 1,                   0};
    if (sendRecvInfo == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, call.api, "EI0003: sendRecvInfo is null");
    }
    if (itemNum == 0 || itemNum > MAX_RANKS * 2) {
        return (HcclResult)standin_misuse(CHECK_COUNT, HCCL_E_PARA, call.api, "EI0003: %u items",
                                          itemNum);
    }
    return launch_items(&call, sendRecvInfo, itemNum, comm, stream);
}
