/* How the bytes of each collective go through the slots that the ranks share. */
#include "comm.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    Operation *operation;
    uint32_t ranks;
    uint32_t rank;
    uint64_t count;
    size_t width;
    char *send;
    char *receive;
} Move;

static Move start(Operation *operation) {
    return (Move){operation,
                  operation->comm->ranks,
                  operation->comm->rank,
                  operation->header.count,
                  standin_dtype_bytes(operation->header.dtype),
                  operation->send,
                  operation->receive};
}

static uint64_t smaller(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

static uint64_t larger(uint64_t one, uint64_t other) {
    return one > other ? one : other;
}

/* Writes the own share of a round into the slot, then takes what is meant for this rank. */
typedef void (*Fill)(const Move *move, uint64_t at, uint64_t n, char *slot);
typedef void (*Take)(const Move *move, uint64_t at, uint64_t n);

/* Cuts "count" elements into rounds; a slot holds "pieces" pieces of a round. */
static int rounds(const Move *move, uint64_t count, uint32_t pieces, Fill fill, Take take,
                  char error[512]) {
    uint64_t step = SLOT_BYTES / move->width / pieces;
    for (uint64_t at = 0; at < count; at += step) {
        uint64_t n = smaller(step, count - at);
        char *slot;
        int code = standin_begin_round(move->operation, &slot, error);
        if (code != 0) {
            return code;
        }
        fill(move, at, n, slot);
        code = standin_exchange(move->operation, error);
        if (code != 0) {
            return code;
        }
        take(move, at, n);
        standin_end_round(move->operation);
    }
    return 0;
}

static void reduce_slots(const Move *move, void *target, uint64_t offset, uint64_t n) {
    const void *sources[MAX_RANKS];
    for (uint32_t r = 0; r < move->ranks; r++) {
        sources[r] = standin_slot(move->operation, r) + offset;
    }
    standin_reduce(target, sources, move->ranks, n, move->operation->header.dtype,
                   move->operation->header.reduce);
}

static void fill_own(const Move *move, uint64_t at, uint64_t n, char *slot) {
    memcpy(slot, move->send + at * move->width, n * move->width);
}

static void take_sum(const Move *move, uint64_t at, uint64_t n) {
    if (move->receive != NULL) {
        reduce_slots(move, move->receive + at * move->width, 0, n);
    }
}

static void take_all(const Move *move, uint64_t at, uint64_t n) {
    for (uint32_t r = 0; r < move->ranks; r++) {
        memcpy(move->receive + (r * move->count + at) * move->width,
               standin_slot(move->operation, r), n * move->width);
    }
}

static void fill_pieces(const Move *move, uint64_t at, uint64_t n, char *slot) {
    for (uint32_t r = 0; r < move->ranks; r++) {
        memcpy(slot + r * n * move->width, move->send + (r * move->count + at) * move->width,
               n * move->width);
    }
}

static void take_piece_sum(const Move *move, uint64_t at, uint64_t n) {
    reduce_slots(move, move->receive + at * move->width, move->rank * n * move->width, n);
}

static void take_pieces(const Move *move, uint64_t at, uint64_t n) {
    for (uint32_t r = 0; r < move->ranks; r++) {
        memcpy(move->receive + (r * move->count + at) * move->width,
               standin_slot(move->operation, r) + move->rank * n * move->width, n * move->width);
    }
}

static void fill_root(const Move *move, uint64_t at, uint64_t n, char *slot) {
    if (move->rank == move->operation->header.root) {
        fill_own(move, at, n, slot);
    }
}

static void take_root(const Move *move, uint64_t at, uint64_t n) {
    if (move->rank != move->operation->header.root) {
        memcpy(move->receive + at * move->width,
               standin_slot(move->operation, move->operation->header.root), n * move->width);
    }
}

static void fill_root_pieces(const Move *move, uint64_t at, uint64_t n, char *slot) {
    if (move->rank == move->operation->header.root) {
        fill_pieces(move, at, n, slot);
    }
}

static void take_root_piece(const Move *move, uint64_t at, uint64_t n) {
    memcpy(move->receive + at * move->width,
           standin_slot(move->operation, move->operation->header.root) +
               move->rank * n * move->width,
           n * move->width);
}

/* ---- counts that differ between the ranks ---- */

/* What this rank sends to (receives from) each rank, and where. */
static const uint64_t *send_counts(const Operation *operation) {
    return operation->copies[0];
}

static const uint64_t *send_places(const Operation *operation) {
    return operation->copies[1];
}

static const uint64_t *receive_counts(const Operation *operation) {
    return operation->copies[2];
}

static const uint64_t *receive_places(const Operation *operation) {
    return operation->copies[3];
}

static uint64_t piece_at(uint64_t count, uint64_t at, uint64_t n) {
    return at >= count ? 0 : smaller(n, count - at);
}

static void fill_varied(const Move *move, uint64_t at, uint64_t n, char *slot) {
    const Operation *operation = move->operation;
    for (uint32_t r = 0; r < move->ranks; r++) {
        uint64_t here = piece_at(send_counts(operation)[r], at, n);
        memcpy(slot + r * n * move->width,
               move->send + (send_places(operation)[r] + at) * move->width, here * move->width);
    }
}

static void take_varied(const Move *move, uint64_t at, uint64_t n) {
    const Operation *operation = move->operation;
    for (uint32_t r = 0; r < move->ranks; r++) {
        uint64_t here = piece_at(receive_counts(operation)[r], at, n);
        memcpy(move->receive + (receive_places(operation)[r] + at) * move->width,
               standin_slot(operation, r) + move->rank * n * move->width, here * move->width);
    }
}

static void take_varied_sum(const Move *move, uint64_t at, uint64_t n) {
    uint64_t here = piece_at(send_counts(move->operation)[move->rank], at, n);
    if (here > 0) {
        reduce_slots(move, move->receive + at * move->width, move->rank * n * move->width, here);
    }
}

/* Tells the others what this rank sends and compares what it expects with what they say. */
static int agree_on_counts(const Move *move, uint64_t *largest, char error[512]) {
    Operation *operation = move->operation;
    char *slot;
    int code = standin_begin_round(operation, &slot, error);
    if (code != 0) {
        return code;
    }
    memcpy(slot, send_counts(operation), move->ranks * sizeof(uint64_t));
    code = standin_exchange(operation, error);
    if (code != 0) {
        return code;
    }
    char text[300] = "";
    *largest = 0;
    for (uint32_t r = 0; r < move->ranks; r++) {
        const uint64_t *theirs = (const uint64_t *)(const void *)standin_slot(operation, r);
        for (uint32_t i = 0; i < move->ranks; i++) {
            *largest = larger(*largest, theirs[i]);
        }
        uint64_t sent = theirs[move->rank];
        uint64_t expected = operation->header.kind == OP_REDUCE_SCATTER_V
                                ? send_counts(operation)[move->rank]
                                : receive_counts(operation)[r];
        if (sent != expected && text[0] == 0) {
            snprintf(text, sizeof(text),
                     "arguments differ between ranks: rank %u sends %llu elements to rank %u, which "
                     "expects %llu",
                     r, (unsigned long long)sent, move->rank, (unsigned long long)expected);
        }
    }
    standin_end_round(operation);
    if (text[0] == 0) {
        return 0;
    }
    standin_violation(CHECK_MISMATCH, operation->api, "EI0005: %s", text);
    return standin_break(operation, "EI0005", text, error);
}

static int move_varied(const Move *move, char error[512]) {
    uint64_t largest;
    int code = agree_on_counts(move, &largest, error);
    if (code != 0) {
        return code;
    }
    bool sum = move->operation->header.kind == OP_REDUCE_SCATTER_V;
    return rounds(move, largest, move->ranks, fill_varied, sum ? take_varied_sum : take_varied,
                  error);
}

/* ---- one rank ---- */

static int move_alone(const Move *move) {
    const Operation *operation = move->operation;
    switch (operation->header.kind) {
        case OP_BROADCAST:
            return 0;
        case OP_ALL_TO_ALL_V:
        case OP_ALL_TO_ALL_VC:
        case OP_ALL_GATHER_V:
        case OP_REDUCE_SCATTER_V:
            memmove(move->receive + receive_places(operation)[0] * move->width,
                    move->send + send_places(operation)[0] * move->width,
                    send_counts(operation)[0] * move->width);
            return 0;
        default:
            memmove(move->receive, move->send, move->count * move->width);
            return 0;
    }
}

int standin_move(Operation *operation, char error[512]) {
    Move move = start(operation);
    if (move.ranks == 1) {
        return move_alone(&move);
    }
    switch (operation->header.kind) {
        case OP_ALL_REDUCE:
        case OP_REDUCE:
            return rounds(&move, move.count, 1, fill_own, take_sum, error);
        case OP_BROADCAST:
            return rounds(&move, move.count, 1, fill_root, take_root, error);
        case OP_ALL_GATHER:
            return rounds(&move, move.count, 1, fill_own, take_all, error);
        case OP_REDUCE_SCATTER:
            return rounds(&move, move.count, move.ranks, fill_pieces, take_piece_sum, error);
        case OP_SCATTER:
            return rounds(&move, move.count, move.ranks, fill_root_pieces, take_root_piece, error);
        case OP_ALL_TO_ALL:
            return rounds(&move, move.count, move.ranks, fill_pieces, take_pieces, error);
        default:
            return move_varied(&move, error);
    }
}
