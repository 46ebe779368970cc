/* What each operation checks at its call: communicator, data type, reduction, counts, buffers. */
#define _GNU_SOURCE
#include "comm.h"

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
HcclResult standin_take_buffer(Operation *operation, const char *which, const void *address,
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

bool standin_overlap(const Operation *operation) {
    return operation->range_count == 2 && operation->ranges[0].low < operation->ranges[1].high &&
           operation->ranges[1].low < operation->ranges[0].high;
}

HcclResult standin_refuse_overlap(const Operation *operation) {
    return (HcclResult)standin_misuse(CHECK_IN_PLACE, HCCL_E_PARA, operation->api,
                                      "EI0003: the buffers overlap, %s cannot work in place",
                                      operation->api);
}

HcclResult standin_begin(const Call *call, HcclComm handle, aclrtStream stream, Operation *operation,
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

HcclResult standin_too_old(const char *api) {
    return (HcclResult)standin_misuse(CHECK_DTYPE, HCCL_E_NOT_SUPPORT, api, "%s does not exist on %s",
                                      api, aclrtGetSocName());
}
