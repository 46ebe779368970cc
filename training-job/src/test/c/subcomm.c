/* Sub communicators: the member with the lowest rank publishes where the others meet. */
#define _GNU_SOURCE
#include "comm.h"

#include <stdio.h>

static SubComm *find_sub(Region *region, uint64_t id, uint32_t leader) {
    for (int i = 0; i < SUB_COMMS; i++) {
        SubComm *sub = &region->subs[i];
        if (atomic_load(&sub->state) == 2 && sub->id == id && sub->leader == leader) {
            return sub;
        }
    }
    return NULL;
}

static SubComm *publish_sub(Region *region, uint64_t id, uint32_t leader, uint64_t members,
                            const HcclRootInfo *info) {
    for (int i = 0; i < SUB_COMMS; i++) {
        SubComm *sub = &region->subs[i];
        uint32_t free_state = 0;
        if (atomic_compare_exchange_strong(&sub->state, &free_state, 1)) {
            sub->id = id;
            sub->leader = leader;
            sub->members = members;
            sub->root_info = *info;
            atomic_store(&sub->state, 2);
            standin_ring(region);
            return sub;
        }
    }
    return NULL;
}

typedef struct {
    Region *region;
    uint64_t id;
    uint32_t leader;
} SubQuery;

static bool sub_published(const void *what) {
    const SubQuery *query = what;
    return find_sub(query->region, query->id, query->leader) != NULL;
}

static HcclResult join_sub(const char *api, Comm *global, uint32_t count, const uint32_t *ranks,
                           uint64_t id, uint32_t rank, const CommOptions *options, HcclComm *out) {
    uint64_t members = standin_hash(ranks, count * sizeof(uint32_t), id);
    SubQuery query = {global->region, id, ranks[0]};
    SubComm *sub = NULL;
    if (rank == 0) {
        HcclRootInfo info;
        HcclResult code = standin_make_root_info(api, &info, -1);
        if (code != HCCL_SUCCESS) {
            return code;
        }
        sub = publish_sub(global->region, id, ranks[0], members, &info);
    } else {
        uint64_t deadline = standin_now_ns() + (uint64_t)(options->connect_timeout_s * 1e9);
        if (standin_wait(global->region, sub_published, &query, deadline)) {
            sub = find_sub(global->region, id, ranks[0]);
        }
    }
    if (sub == NULL) {
        return (HcclResult)standin_misuse(CHECK_MISSING_RANK, HCCL_E_TIMEOUT, api,
                                          "EI0015: rank %u of %s did not create sub communicator %llu",
                                          ranks[0], global->name, (unsigned long long)id);
    }
    if (sub->members != members) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0005: the ranks name different members of sub "
                                          "communicator %llu",
                                          (unsigned long long)id);
    }
    HcclRootInfo info = sub->root_info;
    HcclResult code = standin_join(api, count, &info, rank, options, global->device, global, out);
    if (rank == 0) {
        atomic_store(&sub->state, 0);
    }
    return code;
}

STANDIN_API HcclResult HcclCreateSubCommConfig(HcclComm *comm, uint32_t rankNum, uint32_t *rankIds,
                                               uint64_t subCommId, uint32_t subCommRankId,
                                               HcclCommConfig *config, HcclComm *subComm) {
    static const char api[] = "HcclCreateSubCommConfig";
    if (comm == NULL || subComm == NULL || config == NULL) {
        return (HcclResult)standin_fail(HCCL_E_PTR, api, "EI0003: comm, config or subComm is null");
    }
    Comm *global;
    HcclResult code = standin_check_comm(api, *comm, &global);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (rankIds == NULL && subCommId == 0xFFFFFFFFu) {
        *subComm = NULL;
        return HCCL_SUCCESS;
    }
    if (global->parent != NULL) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0003: %s is a sub communicator itself", global->name);
    }
    bool good = rankIds != NULL && rankNum > 0 && rankNum <= global->ranks &&
                subCommRankId < rankNum && rankIds[subCommRankId] == global->rank;
    for (uint32_t i = 0; good && i < rankNum; i++) {
        good = rankIds[i] < global->ranks && (i == 0 || rankIds[i] > rankIds[i - 1]);
    }
    if (!good) {
        return (HcclResult)standin_misuse(CHECK_RANKS, HCCL_E_PARA, api,
                                          "EI0003: the ranks of a sub communicator must be ascending "
                                          "ranks of %s and name this rank at its place",
                                          global->name);
    }
    CommOptions options;
    code = standin_read_options(api, config, &options);
    if (code != HCCL_SUCCESS) {
        return code;
    }
    if (options.name[0] == 0) {
        snprintf(options.name, sizeof(options.name), "%.90s_sub_%llu", global->name,
                 (unsigned long long)subCommId);
    }
    return join_sub(api, global, rankNum, rankIds, subCommId, subCommRankId, &options, subComm);
}
