/* Reductions in rank order; half types are summed in fp32 and rounded once, to nearest even. */
#include "comm.h"

#include <string.h>

#define BLOCK 1024u

size_t standin_dtype_bytes(uint32_t dtype) {
    switch (dtype) {
        case HCCL_DATA_TYPE_INT8:
        case HCCL_DATA_TYPE_UINT8:
        case HCCL_DATA_TYPE_HIF8:
        case HCCL_DATA_TYPE_FP8E4M3:
        case HCCL_DATA_TYPE_FP8E5M2:
        case HCCL_DATA_TYPE_FP8E8M0:
            return 1;
        case HCCL_DATA_TYPE_INT16:
        case HCCL_DATA_TYPE_UINT16:
        case HCCL_DATA_TYPE_FP16:
        case HCCL_DATA_TYPE_BFP16:
            return 2;
        case HCCL_DATA_TYPE_INT32:
        case HCCL_DATA_TYPE_UINT32:
        case HCCL_DATA_TYPE_FP32:
            return 4;
        case HCCL_DATA_TYPE_INT64:
        case HCCL_DATA_TYPE_UINT64:
        case HCCL_DATA_TYPE_FP64:
            return 8;
        case HCCL_DATA_TYPE_INT128:
            return 16;
        default:
            return 0;
    }
}

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint32_t to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static float from_bf16(uint16_t half) {
    return from_bits((uint32_t)half << 16);
}

static uint16_t to_bf16(float value) {
    uint32_t bits = to_bits(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (uint16_t)((bits >> 16) | 0x40u);
    }
    return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

static float from_fp16(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t magnitude = half & 0x7fffu;
    if (magnitude >= 0x7c00u) {
        return from_bits(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
    }
    if (magnitude >= 0x400u) {
        return from_bits(sign | ((magnitude << 13) + 0x38000000u));
    }
    float value = (float)magnitude * 0x1p-24f;
    return sign != 0 ? -value : value;
}

static uint16_t to_fp16(float value) {
    uint32_t bits = to_bits(value);
    uint16_t sign = (uint16_t)((bits >> 16) & 0x8000u);
    bits &= 0x7fffffffu;
    if (bits > 0x7f800000u) {
        return (uint16_t)(sign | 0x7e00u | ((bits >> 13) & 0x3ffu));
    }
    if (bits >= 0x477ff000u) {
        return (uint16_t)(sign | 0x7c00u);
    }
    if (bits < 0x38800000u) { /* subnormal: let the adder round to multiples of 2^-24 */
        float rounded = from_bits(bits) + 0.5f;
        return (uint16_t)(sign | (to_bits(rounded) - 0x3f000000u));
    }
    bits += 0xfffu + ((bits >> 13) & 1u);
    return (uint16_t)(sign | ((bits - 0x38000000u) >> 13));
}

#define LOOP(expression)                       \
    for (uint64_t i = 0; i < n; i++) {         \
        accumulated[i] = (expression);         \
    }

#define COMBINE(name, type, wide)                                                                  \
    static void combine_##name(type *accumulated, const type *next, uint64_t n, uint32_t reduce) { \
        switch (reduce) {                                                                          \
            case HCCL_REDUCE_SUM:                                                                  \
                LOOP((type)((wide)accumulated[i] + (wide)next[i]))                                 \
                break;                                                                             \
            case HCCL_REDUCE_PROD:                                                                 \
                LOOP((type)((wide)accumulated[i] * (wide)next[i]))                                 \
                break;                                                                             \
            case HCCL_REDUCE_MAX:                                                                  \
                LOOP(next[i] > accumulated[i] ? next[i] : accumulated[i])                          \
                break;                                                                             \
            default:                                                                               \
                LOOP(next[i] < accumulated[i] ? next[i] : accumulated[i])                          \
                break;                                                                             \
        }                                                                                          \
    }

COMBINE(int8, int8_t, uint32_t)
COMBINE(int16, int16_t, uint32_t)
COMBINE(int32, int32_t, uint32_t)
COMBINE(int64, int64_t, uint64_t)
COMBINE(uint64, uint64_t, uint64_t)
COMBINE(fp32, float, float)
COMBINE(fp64, double, double)

#define PLAIN(name, type)                                                                        \
    static void reduce_##name(void *target, const void *const *sources, uint32_t count,         \
                              uint64_t n, uint32_t reduce) {                                     \
        memcpy(target, sources[0], n * sizeof(type));                                            \
        for (uint32_t r = 1; r < count; r++) {                                                   \
            combine_##name(target, sources[r], n, reduce);                                       \
        }                                                                                        \
    }

PLAIN(int8, int8_t)
PLAIN(int16, int16_t)
PLAIN(int32, int32_t)
PLAIN(int64, int64_t)
PLAIN(uint64, uint64_t)
PLAIN(fp32, float)
PLAIN(fp64, double)

#define HALF(name)                                                                               \
    static void reduce_##name(void *target, const void *const *sources, uint32_t count,         \
                              uint64_t n, uint32_t reduce) {                                     \
        float sum[BLOCK];                                                                        \
        float next[BLOCK];                                                                       \
        for (uint64_t at = 0; at < n; at += BLOCK) {                                             \
            uint64_t here = n - at < BLOCK ? n - at : BLOCK;                                     \
            for (uint32_t r = 0; r < count; r++) {                                               \
                const uint16_t *source = (const uint16_t *)sources[r] + at;                      \
                float *into = r == 0 ? sum : next;                                               \
                for (uint64_t i = 0; i < here; i++) {                                            \
                    into[i] = from_##name(source[i]);                                            \
                }                                                                                \
                if (r > 0) {                                                                     \
                    combine_fp32(sum, next, here, reduce);                                       \
                }                                                                                \
            }                                                                                    \
            for (uint64_t i = 0; i < here; i++) {                                                \
                ((uint16_t *)target)[at + i] = to_##name(sum[i]);                                \
            }                                                                                    \
        }                                                                                        \
    }

HALF(fp16)
HALF(bf16)

void standin_reduce(void *target, const void *const *sources, uint32_t sources_count,
                    uint64_t elements, uint32_t dtype, uint32_t reduce) {
    switch (dtype) {
        case HCCL_DATA_TYPE_INT8:
            reduce_int8(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_INT16:
            reduce_int16(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_INT32:
            reduce_int32(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_INT64:
            reduce_int64(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_UINT64:
            reduce_uint64(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_FP16:
            reduce_fp16(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_BFP16:
            reduce_bf16(target, sources, sources_count, elements, reduce);
            break;
        case HCCL_DATA_TYPE_FP32:
            reduce_fp32(target, sources, sources_count, elements, reduce);
            break;
        default:
            reduce_fp64(target, sources, sources_count, elements, reduce);
            break;
    }
}
