/* Settings of communicators: HcclCommConfig, HCCL_* variables and their ranges, defaults. */
#define _GNU_SOURCE
#include "comm.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_SET HCCL_COMM_CONFIG_NOT_SET
#define HEADER_BYTES 32u

static bool whole_number(const char *text, double low, double high) {
    char *end;
    double number = strtod(text, &end);
    return isdigit((unsigned char)text[0]) && *end == 0 && number == (double)(int64_t)number &&
           number >= low && number <= high;
}

static bool one_of(const char *text, const char *const *values) {
    for (; *values != NULL; values++) {
        if (strcmp(text, *values) == 0) {
            return true;
        }
    }
    return false;
}

static HcclResult refuse(const char *api, const char *name, const char *value, const char *range) {
    return (HcclResult)standin_misuse(CHECK_ENVIRONMENT, HCCL_E_PARA, api,
                                      "EI0001: Value %s for environment variable %s is invalid. "
                                      "Expected: %s",
                                      value, name, range);
}

typedef struct {
    const char *name;
    double low;
    double high;
} NumberRange;

static const NumberRange NUMBERS[] = {
    {"HCCL_CONNECT_TIMEOUT", 120, 7200},   {"HCCL_BUFFSIZE", 1, 4294967295.0},
    {"HCCL_IF_BASE_PORT", 1024, 65520},    {"HCCL_WHITELIST_DISABLE", 0, 1},
    {"HCCL_INTRA_ROCE_ENABLE", 0, 1},      {"HCCL_INTRA_PCIE_ENABLE", 0, 1},
    {"HCCL_RDMA_TC", 0, 255},              {"HCCL_RDMA_SL", 0, 7},
    {"HCCL_ENTRY_LOG_ENABLE", 0, 1},
};

static HcclResult check_words(const char *api) {
    static const char *const families[] = {"AF_INET", "AF_INET6", NULL};
    static const char *const deterministic[] = {"false", "true", "strict", NULL};
    static const char *const expansion[][7] = {
        {"HOST", NULL},
        {"HOST", "HOST_TS", "AI_CPU", "AIV", NULL},
        {"AI_CPU", "AICPU_CacheDisable", "AIV", NULL},
        {"AICPU_TS", "AI_CPU", "AIV", "CCU_MS", "CCU_SCHED", NULL},
        {"HOST", NULL},
    };
    const struct {
        const char *name;
        const char *const *values;
        const char *range;
    } words[] = {
        {"HCCL_SOCKET_FAMILY", families, "AF_INET or AF_INET6"},
        {"HCCL_DETERMINISTIC", deterministic, "false, true or strict"},
        {"HCCL_OP_EXPANSION_MODE", expansion[standin_soc()], "a mode of this chip"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *value = getenv(words[i].name);
        if (value != NULL && !one_of(value, words[i].values)) {
            return refuse(api, words[i].name, value, words[i].range);
        }
    }
    return HCCL_SUCCESS;
}

HcclResult standin_check_environment(const char *api) {
    for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
        const char *value = getenv(NUMBERS[i].name);
        if (value != NULL && !whole_number(value, NUMBERS[i].low, NUMBERS[i].high)) {
            char range[64];
            snprintf(range, sizeof(range), "%.0f to %.0f", NUMBERS[i].low, NUMBERS[i].high);
            return refuse(api, NUMBERS[i].name, value, range);
        }
    }
    const char *tc = getenv("HCCL_RDMA_TC");
    if (tc != NULL && atoi(tc) % 4 != 0) {
        return refuse(api, "HCCL_RDMA_TC", tc, "a multiple of 4");
    }
    const char *exec = getenv("HCCL_EXEC_TIMEOUT");
    bool small = standin_soc() == SOC_910 || standin_soc() == SOC_310P;
    if (exec != NULL && !whole_number(exec, small ? 1 : 0, small ? 17340 : 2147483647.0)) {
        return refuse(api, "HCCL_EXEC_TIMEOUT", exec, small ? "1 to 17340" : "0 to 2147483647");
    }
    return check_words(api);
}

double standin_variable(const char *name, double otherwise) {
    const char *value = getenv(name);
    return value == NULL ? otherwise : strtod(value, NULL);
}

static double exec_seconds(double seconds) {
    if (standin_soc() == SOC_910 || standin_soc() == SOC_310P) {
        double floored = 68.0 * (double)(int64_t)(seconds / 68.0);
        return floored < 68 ? 68 : floored;
    }
    return seconds;
}

HcclResult standin_read_options(const char *api, const HcclCommConfig *config,
                                CommOptions *options) {
    memset(options, 0, sizeof(*options));
    const char *deterministic = standin_env("HCCL_DETERMINISTIC", "false");
    options->buffer_mb = (uint32_t)standin_variable("HCCL_BUFFSIZE", 200);
    options->deterministic = strcmp(deterministic, "false") == 0 ? 0
                             : strcmp(deterministic, "true") == 0 ? 1
                                                                  : 2;
    options->connect_timeout_s =
        (standin_variable("HCCL_CONNECT_TIMEOUT", 120) + 20) * standin_time_scale();
    double exec = exec_seconds(standin_variable("HCCL_EXEC_TIMEOUT", 1836));
    if (config != NULL) {
        uint64_t size;
        memcpy(&size, config, sizeof(size));
        if (size < HEADER_BYTES) {
            return (HcclResult)standin_misuse(CHECK_CONFIG, HCCL_E_PARA, api,
                                              "EI0003: HcclCommConfig has a size of %llu bytes",
                                              (unsigned long long)size);
        }
        HcclCommConfig own;
        HcclCommConfigInit(&own);
        memcpy(&own, config, size < sizeof(own) ? size : sizeof(own));
        if (own.magic != HCCL_COMM_CONFIG_MAGIC_WORD) {
            return (HcclResult)standin_misuse(CHECK_CONFIG, HCCL_E_PARA, api,
                                              "EI0003: HcclCommConfig has the magic word 0x%x, "
                                              "0x%x is expected",
                                              own.magic, HCCL_COMM_CONFIG_MAGIC_WORD);
        }
        if (size > sizeof(own) || own.version > 11 || own.version < 1) {
            standin_warning(CHECK_CONFIG, api, "HcclCommConfig of %llu bytes, version %u is newer",
                            (unsigned long long)size, own.version);
        }
        if ((own.hcclBufferSize == 0) ||
            (own.hcclDeterministic != NOT_SET && own.hcclDeterministic > 2)) {
            return (HcclResult)standin_misuse(CHECK_CONFIG, HCCL_E_PARA, api,
                                              "EI0003: HcclCommConfig has a buffer size of %u and "
                                              "determinism %u",
                                              own.hcclBufferSize, own.hcclDeterministic);
        }
        if (own.hcclBufferSize != NOT_SET) {
            options->buffer_mb = own.hcclBufferSize;
        }
        if (own.hcclDeterministic != NOT_SET) {
            options->deterministic = own.hcclDeterministic;
        }
        if (own.version >= 2) {
            if (memchr(own.hcclCommName, 0, sizeof(own.hcclCommName)) == NULL) {
                return (HcclResult)standin_misuse(CHECK_CONFIG, HCCL_E_PARA, api,
                                                  "EI0003: hcclCommName does not end");
            }
            memcpy(options->name, own.hcclCommName, sizeof(options->name));
        }
        if (own.version >= 4 && own.hcclOpExpansionMode > 6) {
            return (HcclResult)standin_misuse(CHECK_CONFIG, HCCL_E_PARA, api,
                                              "EI0003: hcclOpExpansionMode is %u",
                                              own.hcclOpExpansionMode);
        }
        if (own.version >= 8 && (uint32_t)own.hcclExecTimeOut != NOT_SET) {
            exec = exec_seconds(own.hcclExecTimeOut);
        }
    }
    options->exec_timeout_s = exec * standin_time_scale();
    return HCCL_SUCCESS;
}
