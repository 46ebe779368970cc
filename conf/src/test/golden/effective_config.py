"""Effective values of every key of the shipped examples, worked out without the Java code.

Reads conf/examples, adds the defaults and derivations that docs/configuration.md states, and writes
one sorted list of "key = value" lines per file next to this script. Run it from anywhere:

    python3 effective_config.py
"""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parents[3] / "conf" / "examples"

PRECISION = {"fp16": False, "bf16": False, "params_dtype": None}
RECOMPUTE = {
    "recompute_granularity": None,
    "recompute_method": None,
    "recompute_num_layers": None,
}
ATTENTION = {
    "attn_implementation": None,
    "attn_layout": None,
    "is_causal": None,
    "activation_offload": False,
    "synchronize_per_layer": False,
}

VISION_ENCODER = {
    "model_id": None,
    "in_channels": 3,
    "patch_size": 14,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "llm_hidden_size": None,
    "layernorm_epsilon": 1e-6,
    "normalization": "LayerNorm",
    "activation_func": "quick_gelu",
    "hidden_dropout": 0.0,
    "attention_dropout": 0.0,
    "post_layer_norm": False,
    "attention_mask_type": None,
    "use_fused_rotary_pos_emb": False,
    "freeze": True,
    "pipeline_num_layers": None,
    **PRECISION,
    **RECOMPUTE,
    **ATTENTION,
}

VISION_PROJECTOR = {
    "model_id": None,
    "num_layers": 1,
    "num_attention_heads": 0,
    "gated_linear_unit": False,
    "bias_activation_fusion": False,
    "add_bias_linear": True,
    "activation_func": "gelu",
    "layernorm_epsilon": 1e-6,
    "normalization": "LayerNorm",
    "freeze": None,
    **PRECISION,
}

TEXT_DECODER = {
    "model_id": None,
    "group_query_attention": True,
    "position_embedding_type": "mrope",
    "mrope_section": [],
    "rope_theta": 1e6,
    "normalization": "RMSNorm",
    "layernorm_epsilon": 1e-6,
    "activation_func": "silu",
    "gated_linear_unit": True,
    "add_bias_linear": False,
    "add_qkv_bias": True,
    "attention_dropout": 0.0,
    "hidden_dropout": 0.0,
    "init_method_std": 0.02,
    "untie_embeddings_and_output_weights": False,
    "use_fused_rotary_pos_emb": False,
    "attention_softmax_in_fp32": True,
    "parallel_output": True,
    "freeze": None,
    "pipeline_num_layers": None,
    **PRECISION,
    **RECOMPUTE,
    **ATTENTION,
}

LOSS = {
    "loss_type": "default",
    "compute_mode": "default",
    "chunk_size": 1024,
    "router_aux_loss_coef": 0.0,
}

PREPROCESS = {
    "model_name_or_path": None,
    "use_fast_tokenizer": True,
    "split_special_tokens": False,
    "image_max_pixels": 768 * 768,
    "image_min_pixels": 32 * 32,
    "video_max_pixels": 256 * 256,
    "video_min_pixels": 16 * 16,
    "video_fps": 2.0,
    "video_maxlen": 128,
    "image_resolution": 512,
    "video_resolution": 128,
    "image_do_pan_and_scan": False,
    "crop_to_patches": False,
    "use_audio_in_video": False,
    "audio_sampling_rate": 16000,
    "trust_remote_code": False,
    "fix_mistral_regex": False,
}

BASIC = {
    "template": None,
    "dataset_dir": "data",
    "cache_dir": None,
    "overwrite_cache": False,
    "max_samples": None,
    "train_on_prompt": False,
    "mask_history": False,
    "streaming": False,
    "preprocessing_batch_size": 1000,
    "preprocessing_num_workers": None,
    "preprocess_on_fly": False,
    "async_preprocess": False,
    "val_dataset": None,
    "val_max_samples": None,
    "val_rate": 0.0,
    "packing": None,
    "neat_packing": False,
    "enable_thinking": True,
    "tool_format": None,
    "use_pmcc_data": False,
}

ATTR = {
    "formatting": "sharegpt",
    "ranking": False,
    "packing": False,
    "pretrain": False,
    "messages": "conversations",
    "system": None,
    "images": None,
    "videos": None,
    "audios": None,
    "chosen": None,
    "rejected": None,
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
    "prompt": None,
    "query": None,
    "response": None,
    "history": None,
}

DATALOADER = {
    "sampler_type": "stateful_distributed_sampler",
    "shuffle": False,
    "drop_last": False,
    "pin_memory": False,
    "prefetch_factor": None,
    "persistent_workers": None,
    "data_sharding": False,
    "group_frame": False,
    "group_resolution": False,
    "group_data": False,
    "initial_global_step_for_sampler": 0,
    "priority_mode": "data_bucketing_img",
}

# Read, checked and not kept.
NOT_KEPT = {"disable_bias_linear", "rope_scaling", "text_encoder", "video_encoder"}


def sizes(part):
    """Width and depth with what follows from them."""
    derived = dict(part)
    heads = part["num_attention_heads"]
    derived.setdefault("ffn_hidden_size", 4 * part["hidden_size"])
    derived.setdefault("num_query_groups", heads)
    derived.setdefault("kv_channels", part["hidden_size"] // heads)
    return derived


def model(raw):
    encoder = raw["image_encoder"]
    projector = dict(encoder["vision_projector"])
    projector.setdefault("ffn_hidden_size", 4 * projector["hidden_size"])
    return {
        "init_from_hf_path": None,
        "video_token_id": None,
        "vision_start_token_id": None,
        "init_method": "normal",
        "patch": "{}",
        **raw,
        "image_encoder": {
            "vision_encoder": {**VISION_ENCODER, **sizes(encoder["vision_encoder"])},
            "vision_projector": {**VISION_PROJECTOR, **projector},
        },
        "text_decoder": {**TEXT_DECODER, **sizes(raw["text_decoder"])},
        "loss_cfg": {**LOSS, **raw.get("loss_cfg", {})},
    }


def data(raw):
    source = raw["dataset_param"]
    basic = {**BASIC, **source["basic_parameters"]}
    basic["dataset"] = basic["dataset"].split(",")
    return {
        "dataset_param": {
            "dataset_type": source["dataset_type"],
            "preprocess_parameters": {**PREPROCESS, **source["preprocess_parameters"]},
            "basic_parameters": basic,
            "attr": {**ATTR, **source["attr"]},
        },
        "dataloader_param": {**DATALOADER, **raw["dataloader_param"]},
    }


def number(value):
    """A number with a fraction as Java prints it."""
    text = repr(value)
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return (mantissa if "." in mantissa else mantissa + ".0") + "E" + str(int(exponent))


def show(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(show(element) for element in value) + "]"
    return number(value) if isinstance(value, float) else str(value)


def lines(tree, prefix=""):
    for key, value in tree.items():
        if key in NOT_KEPT:
            continue
        if isinstance(value, dict):
            yield from lines(value, prefix + key + ".")
        else:
            yield prefix + key + " = " + show(value)


def main():
    for path in sorted(EXAMPLES.glob("*/*.json")):
        kind = path.stem.split("_")[0]
        if kind not in ("model", "data"):
            continue
        raw = json.loads(path.read_text(encoding="utf-8"))
        effective = model(raw) if kind == "model" else data(raw)
        target = HERE / f"{path.parent.name}-{path.stem}.txt"
        target.write_text("\n".join(sorted(lines(effective))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
