/* What can be asked of a communicator and of the library. */
#define _GNU_SOURCE
#include "comm.h"

#include <string.h>

STANDIN_API HcclResult HcclGetRankSize(HcclComm handle, uint32_t *rankSize) {
    Comm *comm;
    HcclResult code = standin_check_comm("HcclGetRankSize", handle, &comm);
    if (code == HCCL_SUCCESS) {
        *rankSize = comm->ranks;
    }
    return code;
}

STANDIN_API HcclResult HcclGetRankId(HcclComm handle, uint32_t *rank) {
    Comm *comm;
    HcclResult code = standin_check_comm("HcclGetRankId", handle, &comm);
    if (code == HCCL_SUCCESS) {
        *rank = comm->rank;
    }
    return code;
}

STANDIN_API HcclResult HcclGetCommName(HcclComm handle, char *commName) {
    Comm *comm;
    HcclResult code = standin_check_comm("HcclGetCommName", handle, &comm);
    if (code == HCCL_SUCCESS) {
        memcpy(commName, comm->name, sizeof(comm->name));
    }
    return code;
}

STANDIN_API HcclResult HcclGetCommAsyncError(HcclComm handle, HcclResult *asyncError) {
    static const char api[] = "HcclGetCommAsyncError";
    Comm *comm;
    HcclResult code = standin_check_comm(api, handle, &comm);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (asyncError == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: asyncError is null");
    }
    if (standin_soc() == SOC_950) {
        return (HcclResult)standin_fail(HCCL_E_NOT_SUPPORT, api, "not supported on this chip");
    }
    for (uint32_t i = 0; i < comm->ranks && comm->async_error == 0; i++) {
        const Member *member = &comm->region->members[i];
        if (atomic_load(&member->state) == MEMBER_READY && !standin_process_lives(member->pid)) {
            comm->async_error = HCCL_E_REMOTE;
        }
    }
    *asyncError = (HcclResult)comm->async_error;
    return HCCL_SUCCESS;
}

STANDIN_API const char *HcclGetErrorString(HcclResult code) {
    static const char *const names[] = {
        "no error", "parameter error", "empty pointer", "memory error", "internal error",
        "not support feature", "not found specific resource", "resource unavailable",
        "call system interface error", "timeout", "open file fail", "tcp connect fail",
        "roce connect fail", "tcp transfer fail", "roce transfer fail", "call runtime api fail",
        "call driver api fail", "call profiling api fail", "call cce api fail",
        "call network api fail", "operation repeat", "error cqe", "error communicator suspending",
        "retry constraint", "out of memory"};
    return (int)code >= 0 && code <= HCCL_E_OOM ? names[code] : "unknown error";
}

STANDIN_API uint32_t HcclGetCommConfigCapability(void) {
    return (uint32_t)standin_env_number("STANDIN_CONFIG_CAPABILITY", 11);
}

static HcclConfigValue determinism;

STANDIN_API HcclResult HcclSetConfig(HcclConfig config, HcclConfigValue configValue) {
    if (config != HCCL_DETERMINISTIC || configValue.value < 0 || configValue.value > 2) {
        return (HcclResult)standin_misuse(CHECK_ENUM, HCCL_E_PARA, "HcclSetConfig",
                                          "configuration %d, value %d", (int)config,
                                          configValue.value);
    }
    determinism = configValue;
    return HCCL_SUCCESS;
}

STANDIN_API HcclResult HcclGetConfig(HcclConfig config, HcclConfigValue *configValue) {
    if (config != HCCL_DETERMINISTIC || configValue == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PARA, "HcclGetConfig", "configuration %d", (int)config);
    }
    *configValue = determinism;
    return HCCL_SUCCESS;
}

STANDIN_API HcclResult HcclCommSuspend(HcclComm comm) {
    (void)comm;
    return (HcclResult)standin_fail(HCCL_E_NOT_SUPPORT, "HcclCommSuspend", "reserved interface");
}

STANDIN_API HcclResult HcclCommResume(HcclComm comm) {
    (void)comm;
    return (HcclResult)standin_fail(HCCL_E_NOT_SUPPORT, "HcclCommResume", "reserved interface");
}
