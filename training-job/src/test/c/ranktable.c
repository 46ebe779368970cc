/* Rank tables of version 1.0 and 1.2: reading, checking, and meeting without a root info. */
#define _GNU_SOURCE
#include "comm.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_BYTES (1u << 20)
#define PATH_BYTES 4096

typedef struct {
    int devices[MAX_RANKS]; /* physical card of each rank, -1: not named */
    uint32_t ranks;
    uint64_t hash;
} Table;

static HcclResult refuse(const char *api, HcclResult code, const char *id, const char *path,
                         const char *what) {
    return (HcclResult)standin_fail(code, api, "%s: rank table %s: %s", id, path, what);
}

static HcclResult load(const char *api, const char *path, char **text) {
    if (path == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: clusterInfo is null");
    }
    if (strlen(path) >= PATH_BYTES) {
        return refuse(api, HCCL_E_PARA, "EI0003", "", "its path is longer than 4095 bytes");
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return refuse(api, HCCL_E_OPEN_FILE_FAILURE, "EI0004", path, strerror(errno));
    }
    *text = calloc(1, TABLE_BYTES);
    ssize_t length = read(file, *text, TABLE_BYTES - 1);
    close(file);
    if (length <= 0) {
        free(*text);
        return refuse(api, HCCL_E_PARA, "EI0004", path, "it is empty");
    }
    return HCCL_SUCCESS;
}

/* Finds "key": "value" from a place on; all scalars of these versions are texts. */
static const char *text_of(const char *from, const char *key, const char *end, char *value,
                           size_t size) {
    char quoted[64];
    snprintf(quoted, sizeof(quoted), "\"%s\"", key);
    const char *at = strstr(from, quoted);
    if (at == NULL || (end != NULL && at >= end)) {
        return NULL;
    }
    at += strlen(quoted);
    while (isspace((unsigned char)*at) || *at == ':') {
        at++;
    }
    if (*at != '"') {
        return NULL;
    }
    const char *stop = strchr(at + 1, '"');
    if (stop == NULL || (size_t)(stop - at) > size) {
        return NULL;
    }
    memcpy(value, at + 1, (size_t)(stop - at - 1));
    value[stop - at - 1] = 0;
    return stop + 1;
}

static HcclResult read_devices(const char *api, const char *path, const char *text, Table *table) {
    for (uint32_t i = 0; i < MAX_RANKS; i++) {
        table->devices[i] = -1;
    }
    char value[64];
    for (const char *at = strstr(text, "\"device_id\""); at != NULL;
         at = strstr(at + 1, "\"device_id\"")) {
        const char *open = at;
        while (open > text && *open != '{') {
            open--;
        }
        const char *close = strchr(at, '}');
        if (text_of(open, "rank_id", close, value, sizeof(value)) == NULL) {
            return refuse(api, HCCL_E_PARA, "EI0017", path, "field rank_id is missing in a device");
        }
        int rank = atoi(value);
        text_of(open, "device_id", close, value, sizeof(value));
        if (rank < 0 || rank >= MAX_RANKS || table->devices[rank] >= 0) {
            return refuse(api, HCCL_E_PARA, "EI0014", path, "a rank_id is twice in it or too large");
        }
        table->devices[rank] = atoi(value);
        table->ranks++;
        if (standin_soc() == SOC_910 &&
            text_of(open, "device_ip", close, value, sizeof(value)) == NULL) {
            return refuse(api, HCCL_E_PARA, "EI0017", path, "field device_ip is missing in a device");
        }
    }
    for (uint32_t i = 0; i < table->ranks; i++) {
        if (table->devices[i] < 0) {
            return refuse(api, HCCL_E_PARA, "EI0014", path, "the rank_ids have a gap");
        }
    }
    return table->ranks > 0 ? HCCL_SUCCESS
                            : refuse(api, HCCL_E_PARA, "EI0004", path, "it names no device");
}

static HcclResult read_table(const char *api, const char *path, Table *table) {
    char *text = NULL;
    memset(table, 0, sizeof(*table));
    HcclResult code = load(api, path, &text);
    if (code != HCCL_SUCCESS || text == NULL) {
        return code;
    }
    char value[64] = "";
    if (text_of(text, "status", NULL, value, sizeof(value)) == NULL) {
        code = refuse(api, HCCL_E_PARA, "EI0017", path, "field status is missing");
    } else if (strcmp(value, "completed") != 0) {
        code = refuse(api, HCCL_E_PARA, "EI0004", path, "its status is not completed");
    } else if (text_of(text, "version", NULL, value, sizeof(value)) == NULL) {
        code = refuse(api, HCCL_E_PARA, "EI0017", path, "field version is missing");
    } else if (strcmp(value, "1.0") != 0 && strcmp(value, "1.2") != 0) {
        code = refuse(api, HCCL_E_PARA, "EI0004", path, "its version is neither 1.0 nor 1.2");
    } else if (strcmp(value, "1.0") == 0 &&
               text_of(text, "server_count", NULL, value, sizeof(value)) == NULL) {
        code = refuse(api, HCCL_E_PARA, "EI0017", path, "field server_count is missing");
    } else if (text_of(text, "server_id", NULL, value, sizeof(value)) == NULL) {
        code = refuse(api, HCCL_E_PARA, "EI0017", path, "field server_id is missing");
    } else {
        table->hash = standin_hash(text, strlen(text), 3);
        code = read_devices(api, path, text, table);
    }
    free(text);
    return code;
}

/* ---- meeting ---- */

/* The file that stands for rank 0's well known address in the table. */
static void meeting_place(const Table *table, char path[320]) {
    snprintf(path, 320, "%s/table-%016llx", standin_lock_folder(), (unsigned long long)table->hash);
}

static bool publish(const Table *table, const HcclRootInfo *info) {
    char path[320];
    char draft[340];
    meeting_place(table, path);
    snprintf(draft, sizeof(draft), "%s.%d", path, (int)getpid());
    int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = file >= 0 && write(file, info, sizeof(*info)) == (ssize_t)sizeof(*info);
    if (file >= 0) {
        close(file);
    }
    return good && rename(draft, path) == 0;
}

/* Waits for a root info of a living process that no communicator has used. */
static bool find(const Table *table, HcclRootInfo *info, double seconds) {
    char path[320];
    meeting_place(table, path);
    uint64_t deadline = standin_now_ns() + (uint64_t)(seconds * 1e9);
    while (standin_now_ns() < deadline) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        bool good = file >= 0 && read(file, info, sizeof(*info)) == (ssize_t)sizeof(*info);
        if (file >= 0) {
            close(file);
        }
        bool gone;
        char why[256];
        Region *region = good ? standin_open_region(info, &gone, why) : NULL;
        if (region != NULL) {
            standin_close_region(region);
            return true;
        }
        standin_sleep_ms(5);
    }
    return false;
}

static HcclResult init(const char *api, const char *path, uint32_t rank, const HcclCommConfig *config,
                       HcclComm *comm) {
    static _Atomic bool used;
    int device;
    HcclResult code = standin_hccl_enter(api, &device);
    Table table;
    CommOptions options;
    if (code == HCCL_SUCCESS && comm == NULL) {
        code = (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: comm is null");
    }
    if (code == HCCL_SUCCESS) {
        code = standin_check_environment(api);
    }
    if (code == HCCL_SUCCESS) {
        code = read_table(api, path, &table);
    }
    if (code == HCCL_SUCCESS) {
        code = standin_read_options(api, config, &options);
    }
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (rank >= table.ranks) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0014: rank %u of %u ranks of the table", rank,
                                          table.ranks);
    }
    if (table.devices[rank] != standin_physical_device(device)) {
        return (HcclResult)standin_misuse(CHECK_OTHER_DEVICE, HCCL_E_PARA, api,
                                          "EI0014: the table gives rank %u card %d, the thread has "
                                          "card %d",
                                          rank, table.devices[rank], standin_physical_device(device));
    }
    if (atomic_exchange(&used, true)) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "a process initialises from a rank table once");
    }
    HcclRootInfo info;
    if (rank == 0) {
        code = standin_make_root_info(api, &info, -1);
        if (code == HCCL_SUCCESS && !publish(&table, &info)) {
            code = (HcclResult)standin_fail(HCCL_E_SYSCALL, api, "cannot write in %s",
                                            standin_lock_folder());
        }
    } else if (!find(&table, &info, options.connect_timeout_s)) {
        code = (HcclResult)standin_misuse(CHECK_MISSING_RANK, HCCL_E_TIMEOUT, api,
                                          "EI0006: rank 0 of the rank table did not come in %.1f s",
                                          options.connect_timeout_s);
    }
    if (code == HCCL_SUCCESS) {
        code = standin_join(api, table.ranks, &info, rank, &options, device, NULL, comm);
    }
    if (code != HCCL_SUCCESS) {
        atomic_store(&used, false);
    }
    return code;
}

STANDIN_API HcclResult HcclCommInitClusterInfo(const char *clusterInfo, uint32_t rank,
                                               HcclComm *comm) {
    return init("HcclCommInitClusterInfo", clusterInfo, rank, NULL, comm);
}

STANDIN_API HcclResult HcclCommInitClusterInfoConfig(const char *clusterInfo, uint32_t rank,
                                                     HcclCommConfig *config, HcclComm *comm) {
    static const char api[] = "HcclCommInitClusterInfoConfig";
    if (config == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: config is null");
    }
    return init(api, clusterInfo, rank, config, comm);
}
