/* Operations whose counts differ between the ranks. */
#define _GNU_SOURCE
#include "comm.h"

#include <stdlib.h>
#include <string.h>

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
        code = standin_take_buffer(operation, "sendBuf", send, send_extent, operation->header.dtype, false,
                           &operation->send);
    }
    if (code == HCCL_SUCCESS && receive_extent > 0) {
        code = standin_take_buffer(operation, "recvBuf", receive, receive_extent, operation->header.dtype,
                           true, &operation->receive);
    }
    if (code == HCCL_SUCCESS && (send == receive || standin_overlap(operation)) && n > 1) {
        code = standin_refuse_overlap(operation);
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
    HcclResult code = standin_begin(&call, comm, stream, &operation, &nothing);
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
    HcclResult code = standin_begin(&call, comm, stream, &operation, &nothing);
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
    HcclResult code = standin_begin(&call, comm, stream, &operation, &nothing);
    if (code == HCCL_SUCCESS && standin_soc() == SOC_910) {
        code = standin_too_old(call.api);
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
    HcclResult code = standin_begin(&call, comm, stream, &operation, &nothing);
    if (code == HCCL_SUCCESS && standin_soc() == SOC_910) {
        code = standin_too_old(call.api);
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
