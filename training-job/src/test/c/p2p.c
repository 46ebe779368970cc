/* Sends and receives through one mailbox for each pair of ranks. */
#define _GNU_SOURCE
#include "comm.h"

#include <stdio.h>
#include <string.h>

/* How far one item of a rank is. */
typedef struct {
    const HcclSendRecvItem *item;
    char *alias;
    uint64_t message;
    uint64_t bytes;
    uint64_t moved;
    bool started;
    bool finished;
} Transfer;

typedef struct {
    Operation *operation;
    Transfer *transfers;
    uint32_t count;
} Batch;

static Mail *mailbox(const Operation *operation, const Transfer *transfer) {
    const Comm *comm = operation->comm;
    uint32_t peer = transfer->item->remoteRank;
    return transfer->item->sendRecvType == HCCL_SEND ? &comm->region->mail[comm->rank][peer]
                                                     : &comm->region->mail[peer][comm->rank];
}

/* Only the oldest unfinished transfer of a direction to a peer may use the mailbox. */
static bool is_next(const Batch *batch, uint32_t index) {
    for (uint32_t i = 0; i < index; i++) {
        const Transfer *earlier = &batch->transfers[i];
        if (!earlier->finished &&
            earlier->item->remoteRank == batch->transfers[index].item->remoteRank &&
            earlier->item->sendRecvType == batch->transfers[index].item->sendRecvType) {
            return false;
        }
    }
    return true;
}

static bool can_step(const Batch *batch, uint32_t index) {
    const Transfer *transfer = &batch->transfers[index];
    if (transfer->finished || !is_next(batch, index)) {
        return false;
    }
    Mail *mail = mailbox(batch->operation, transfer);
    uint64_t posted = atomic_load(&mail->posted);
    uint64_t taken = atomic_load(&mail->taken);
    return transfer->item->sendRecvType == HCCL_SEND ? posted == taken : posted > taken;
}

static bool any_can_step(const void *what) {
    const Batch *batch = what;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (can_step(batch, i)) {
            return true;
        }
    }
    return false;
}

static void step_send(Batch *batch, Transfer *transfer) {
    Mail *mail = mailbox(batch->operation, transfer);
    uint64_t left = transfer->bytes - transfer->moved;
    if (transfer->started && left == 0) {
        transfer->finished = true; /* the last piece was taken */
        return;
    }
    uint32_t n = (uint32_t)(left < MAIL_BYTES ? left : MAIL_BYTES);
    mail->message = transfer->message;
    mail->count = transfer->item->count;
    mail->dtype = transfer->item->dataType;
    mail->bytes = n;
    memcpy(mail->data, transfer->alias + transfer->moved, n);
    transfer->moved += n;
    transfer->started = true;
    atomic_fetch_add(&mail->posted, 1);
    standin_ring(batch->operation->comm->region);
}

static int step_receive(Batch *batch, Transfer *transfer, char error[512]) {
    Operation *operation = batch->operation;
    Mail *mail = mailbox(operation, transfer);
    if (mail->count != transfer->item->count || mail->dtype != transfer->item->dataType ||
        mail->message != transfer->message) {
        char text[300];
        snprintf(text, sizeof(text),
                 "arguments differ between ranks: rank %u sends message %llu (count=%llu, dataType=%u), "
                 "rank %u receives message %llu (count=%llu, dataType=%u)",
                 transfer->item->remoteRank, (unsigned long long)mail->message,
                 (unsigned long long)mail->count, mail->dtype, operation->comm->rank,
                 (unsigned long long)transfer->message, (unsigned long long)transfer->item->count,
                 (unsigned)transfer->item->dataType);
        standin_violation(CHECK_MISMATCH, operation->api, "EI0005: %s", text);
        return standin_break(operation, "EI0005", text, error);
    }
    memcpy(transfer->alias + transfer->moved, mail->data, mail->bytes);
    transfer->moved += mail->bytes;
    transfer->finished = transfer->moved == transfer->bytes;
    atomic_fetch_add(&mail->taken, 1);
    standin_ring(operation->comm->region);
    return 0;
}

static int time_out(Batch *batch, char error[512]) {
    Operation *operation = batch->operation;
    char peers[200] = "";
    size_t at = 0;
    for (uint32_t i = 0; i < batch->count && at + 30 < sizeof(peers); i++) {
        const Transfer *transfer = &batch->transfers[i];
        if (!transfer->finished) {
            at += (size_t)snprintf(peers + at, sizeof(peers) - at, "%s%s rank %u", at == 0 ? "" : ", ",
                                   transfer->item->sendRecvType == HCCL_SEND ? "to" : "from",
                                   transfer->item->remoteRank);
        }
    }
    char text[400];
    snprintf(text, sizeof(text),
             "The wait execution of the Notify register times out after %.1f s: %s of rank %u waits (%s)",
             operation->comm->options.exec_timeout_s, operation->api, operation->comm->rank, peers);
    standin_violation(CHECK_MISSING_OP, operation->api, "EI0002: %s", text);
    return standin_break(operation, "EI0002", text, error);
}

static bool all_finished(const Batch *batch) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!batch->transfers[i].finished) {
            return false;
        }
    }
    return true;
}

static int drive(Batch *batch, char error[512]) {
    while (!all_finished(batch)) {
        standin_new_deadline(batch->operation);
        if (!standin_wait(batch->operation->comm->region, any_can_step, batch,
                          batch->operation->deadline_ns)) {
            return time_out(batch, error);
        }
        for (uint32_t i = 0; i < batch->count; i++) {
            if (!can_step(batch, i)) {
                continue;
            }
            Transfer *transfer = &batch->transfers[i];
            int code = 0;
            if (transfer->item->sendRecvType == HCCL_SEND) {
                step_send(batch, transfer);
            } else {
                code = step_receive(batch, transfer, error);
            }
            if (code != 0) {
                return code;
            }
        }
    }
    return 0;
}

int standin_move_items(Operation *operation, char error[512]) {
    Comm *comm = operation->comm;
    if (comm->ranks == 1) {
        return 0;
    }
    Transfer transfers[MAX_RANKS * 2];
    Batch batch = {operation, transfers, operation->item_count};
    memset(transfers, 0, sizeof(transfers));
    for (uint32_t i = 0; i < operation->item_count; i++) {
        const HcclSendRecvItem *item = &operation->items[i];
        transfers[i].item = item;
        transfers[i].alias = item->buf; /* replaced by the alias at the call */
        transfers[i].bytes = item->count * standin_dtype_bytes(item->dataType);
        transfers[i].message = item->sendRecvType == HCCL_SEND ? ++comm->sent[item->remoteRank]
                                                               : ++comm->received[item->remoteRank];
    }
    return drive(&batch, error);
}
