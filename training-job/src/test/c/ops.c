/* Operations with the same count on all ranks, and point to point. */
#define _GNU_SOURCE
#include "comm.h"

#include <stdlib.h>

/* Two buffers of given lengths, an optional place at which they may be the same, then the launch. */
typedef struct {
    const void *send;
    const void *receive;
    uint64_t send_elements;
    uint64_t receive_elements;
    enum { PLACE_NONE, PLACE_SAME, PLACE_SEND_IN_RECEIVE, PLACE_RECEIVE_IN_SEND } in_place;
} Buffers;

static HcclResult check_place(const Operation *operation, const Buffers *buffers) {
    if (!standin_overlap(operation) || operation->comm->ranks == 1) {
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
    return allowed ? HCCL_SUCCESS : standin_refuse_overlap(operation);
}

static HcclResult two_buffers(const Call *call, const Buffers *buffers, HcclComm handle,
                              aclrtStream stream) {
    Operation operation;
    bool nothing;
    HcclResult code = standin_begin(call, handle, stream, &operation, &nothing);
    if (code != HCCL_SUCCESS || nothing) {
        return code;
    }
    uint64_t ranks = operation.comm->ranks;
    uint64_t send = buffers->send_elements == 0 ? call->count * ranks : buffers->send_elements;
    uint64_t receive =
        buffers->receive_elements == 0 ? call->count * ranks : buffers->receive_elements;
    bool at_root = operation.comm->rank == call->root;
    if (call->kind != OP_SCATTER || at_root) {
        code = standin_take_buffer(&operation, "sendBuf", buffers->send, send, call->dtype, false,
                           &operation.send);
    }
    if (code == HCCL_SUCCESS && (call->kind != OP_REDUCE || at_root)) {
        code = standin_take_buffer(&operation, "recvBuf", buffers->receive, receive, call->dtype, true,
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
    HcclResult code = standin_begin(&call, comm, stream, &operation, &nothing);
    if (code != HCCL_SUCCESS || nothing) {
        return code;
    }
    code = standin_take_buffer(&operation, "buf", buf, count, dataType, operation.comm->rank != root,
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
        code = standin_begin(call, comm, stream, &one, &nothing);
        if (code == HCCL_SUCCESS && i == 0) {
            operation = one;
        }
        if (code == HCCL_SUCCESS && standin_soc() == SOC_310P) {
            code = standin_too_old(call->api);
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
            code = standin_take_buffer(&operation, "buf", item->buf, item->count, item->dataType,
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
