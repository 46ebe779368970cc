/* Communicators of the stand-in: the region that the ranks share and what one rank keeps. */
#ifndef STANDIN_COMM_H
#define STANDIN_COMM_H

#include "hccl/hccl.h"
#include "standin.h"

#include <pthread.h>
#include <stdatomic.h>

#define MAX_RANKS 64
#define HEADER_RING 1024
#define SLOT_BYTES (1u << 20)
#define MAIL_BYTES (1u << 17)
#define SUB_COMMS 64

typedef enum {
    OP_ALL_REDUCE,
    OP_BROADCAST,
    OP_ALL_GATHER,
    OP_REDUCE_SCATTER,
    OP_REDUCE,
    OP_SCATTER,
    OP_ALL_TO_ALL,
    OP_ALL_TO_ALL_V,
    OP_ALL_TO_ALL_VC,
    OP_ALL_GATHER_V,
    OP_REDUCE_SCATTER_V,
    OP_BARRIER,
    OP_SEND,
    OP_RECV,
    OP_BATCH_SEND_RECV,
} OpKind;

/* What has to agree between the ranks at one place of the sequence of collectives. */
typedef struct {
    uint32_t kind;
    uint32_t dtype;
    uint32_t reduce;
    uint32_t root;
    uint64_t count;
    uint64_t matrix; /* hash of a count matrix, else 0 */
} OpHeader;

typedef enum { MEMBER_NONE, MEMBER_CLAIMED, MEMBER_READY, MEMBER_LEFT } MemberState;

typedef struct {
    _Atomic uint32_t state;
    int pid;
    int physical;
    uint64_t config_hash;
} Member;

typedef struct {
    _Alignas(64) _Atomic uint64_t headers; /* number of operations announced */
    _Atomic uint64_t posted;               /* round whose bytes lie in the slot */
    _Atomic uint64_t consumed;             /* round whose bytes were taken from all slots */
} Progress;

typedef struct {
    _Atomic uint32_t state; /* 0 free, 1 being written, 2 published */
    uint32_t leader;
    uint64_t id;
    uint64_t members; /* hash of the list of ranks */
    HcclRootInfo root_info;
} SubComm;

/* Bytes on their way from one rank to another, with the message that they belong to. */
typedef struct {
    _Alignas(64) _Atomic uint64_t posted;
    _Atomic uint64_t taken;
    uint64_t message;
    uint64_t count;
    uint32_t dtype;
    uint32_t bytes;
    char data[MAIL_BYTES];
} Mail;

typedef struct {
    uint64_t magic;
    uint64_t nonce;
    HcclRootInfo root_info;
    _Atomic uint32_t bell;
    _Atomic uint32_t ranks;
    _Atomic uint32_t complete;
    int root_pid;
    Member members[MAX_RANKS];
    SubComm subs[SUB_COMMS];
    Progress progress[MAX_RANKS];
    OpHeader headers[MAX_RANKS][HEADER_RING];
    char slots[2][MAX_RANKS][SLOT_BYTES];
    Mail mail[MAX_RANKS][MAX_RANKS];
} Region;

/* Settings of one communicator after configuration, environment and defaults. */
typedef struct {
    uint32_t buffer_mb;
    uint32_t deterministic;
    double exec_timeout_s; /* scaled; 0: never */
    double connect_timeout_s;
    char name[COMM_NAME_MAX_LENGTH];
} CommOptions;

typedef struct Comm {
    bool alive;
    Region *region;
    struct Comm *parent;
    uint32_t rank;
    uint32_t ranks;
    int device;
    char name[COMM_NAME_MAX_LENGTH];
    CommOptions options;
    pthread_mutex_t lock;
    uint64_t operations;      /* announced by this rank */
    uint64_t calls;           /* collectives and point to point, for fault rules */
    uint64_t round;           /* only on the stream's thread */
    uint64_t linked;          /* kinds of operation that were used before */
    uint64_t sent[MAX_RANKS]; /* messages, only on the stream's thread */
    uint64_t received[MAX_RANKS];
    uint64_t stream; /* of the last operation */
    uint64_t task;
    _Atomic int async_error;
    _Atomic bool broken;
    char broken_text[400];
    struct Comm *next;
} Comm;

/* One collective or point to point operation from the call to its end. */
typedef struct Operation {
    const char *api;
    const char *fault_name;
    Comm *comm;
    OpHeader header;
    uint64_t seq; /* among the collectives of the communicator, 1 is the first */
    void *send;
    void *receive;
    uint32_t peer;
    bool collective;
    /* Count arrays: the caller's and what they said at the call. */
    const uint64_t *arrays[4];
    uint64_t *copies[4];
    size_t array_length;
    HcclSendRecvItem *items;
    uint32_t item_count;
    StandinFault fault;
    bool faulty;
    uint64_t deadline_ns;
    StandinRange ranges[3];
    int range_count;
    /* Moves the bytes; 0 or an ACL code with a text. */
    int (*move)(struct Operation *operation, char error[512]);
} Operation;

/* ---- config.c ---- */

/* Checks HCCL_* variables; 0 or the HCCL code with message. */
HcclResult standin_check_environment(const char *api);
HcclResult standin_read_options(const char *api, const HcclCommConfig *config, CommOptions *options);
double standin_variable(const char *name, double otherwise);

/* ---- region.c ---- */

Region *standin_create_region(HcclRootInfo *info, int *file);
/* Maps the region of a root info; NULL with gone (its process ended) or a reason. */
Region *standin_open_region(const HcclRootInfo *info, bool *gone, char why[256]);
void standin_close_region(Region *region);
STANDIN_SHARED void standin_ring(Region *region);
/* Waits until ready says yes; false when the time (0: none) is over. */
STANDIN_SHARED bool standin_wait(Region *region, bool (*ready)(const void *what), const void *what,
                                 uint64_t deadline_ns);
uint64_t standin_hash(const void *bytes, size_t length, uint64_t seed);
bool standin_process_lives(int pid);

/* ---- comm.c ---- */

/* Checks a communicator at the start of a call; 0 or the HCCL code. */
STANDIN_SHARED HcclResult standin_check_comm(const char *api, HcclComm handle, Comm **comm);
/* Demands a thread with a device; 0 or HCCL_E_RUNTIME. */
HcclResult standin_hccl_enter(const char *api, int *device);
HcclResult standin_join(const char *api, uint32_t ranks, const HcclRootInfo *info, uint32_t rank,
                        const CommOptions *options, int device, Comm *parent, HcclComm *out);

/* ---- launch.c ---- */

/* Announces and queues an operation; takes over the copies of its arrays. */
STANDIN_SHARED HcclResult standin_launch(const Operation *operation, aclrtStream stream);
/* Starts a round: the own slot may be written after it. */
STANDIN_SHARED int standin_begin_round(Operation *operation, char **slot, char error[512]);
/* Publishes the own slot and waits for all others. */
STANDIN_SHARED int standin_exchange(Operation *operation, char error[512]);
STANDIN_SHARED const char *standin_slot(const Operation *operation, uint32_t rank);
STANDIN_SHARED void standin_end_round(Operation *operation);
STANDIN_SHARED int standin_break(Operation *operation, const char *code, const char *text,
                                 char error[512]);
STANDIN_SHARED void standin_new_deadline(Operation *operation);
STANDIN_SHARED const char *standin_op_name(uint32_t kind);

/* ---- reduce.c ---- */

size_t standin_dtype_bytes(uint32_t dtype);
/* Reduces sources in their order into target, which may be none of them. */
void standin_reduce(void *target, const void *const *sources, uint32_t sources_count,
                    uint64_t elements, uint32_t dtype, uint32_t reduce);

/* ---- move.c, p2p.c ---- */

int standin_move(Operation *operation, char error[512]);
int standin_move_items(Operation *operation, char error[512]);

#endif
