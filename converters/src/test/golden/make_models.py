"""Makes tiny checkpoints of every model family and records what the reference converter makes of them.

    python make_models.py --reference DIR

DIR holds a checkout of MindSpeed-MM (the folder with the package `checkpoint`). Needs torch, transformers 4.57 and
safetensors. Writes `models/<name>/` with config.json and weights, and `models/expected.json` with element type, shape,
SHA-256 (first 16 digits) and way of division of every tensor after the operators of the reference, before any division
among ranks; `models/lora.json` has the names of adapters on both sides.

Models of transformers come from its own classes, so their names are those of real checkpoints. InternVL's code is not
part of transformers; its vision tower is put together here by the names of the published checkpoints.
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
import types
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent / "models"
ROPE = {"type": "mrope", "mrope_section": [1, 1, 0], "rope_type": "default"}


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameter in sorted(model.named_parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=generator))


def save_transformers(name, model, dtype, seed, shard=None):
    randomise(model, seed)
    target = HERE / name
    model.to(dtype).save_pretrained(target, safe_serialization=True, max_shard_size=shard or "5GB")
    (target / "generation_config.json").unlink(missing_ok=True)


def qwen2_vl(name, dtype, seed, tied, kv_heads, shard=None):
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    config = Qwen2VLConfig(
        text_config=dict(vocab_size=38, hidden_size=16, intermediate_size=12, num_hidden_layers=3, num_attention_heads=4,
                         num_key_value_heads=kv_heads, tie_word_embeddings=tied, rope_scaling=ROPE, bos_token_id=1,
                         eos_token_id=2),
        vision_config=dict(depth=2, embed_dim=8, hidden_size=16, num_heads=2, mlp_ratio=2, patch_size=2),
        tie_word_embeddings=tied)
    save_transformers(name, Qwen2VLForConditionalGeneration(config), dtype, seed, shard)


def qwen2_5_vl(name, dtype, seed, tied, heads, kv_heads):
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    config = Qwen2_5_VLConfig(
        text_config=dict(vocab_size=34, hidden_size=4 * heads, intermediate_size=10, num_hidden_layers=2,
                         num_attention_heads=heads, num_key_value_heads=kv_heads, tie_word_embeddings=tied,
                         rope_scaling=ROPE, bos_token_id=1, eos_token_id=2),
        vision_config=dict(depth=3, hidden_size=8, intermediate_size=10, num_heads=2, out_hidden_size=4 * heads,
                           patch_size=2, fullatt_block_indexes=[1]),
        tie_word_embeddings=tied)
    save_transformers(name, Qwen2_5_VLForConditionalGeneration(config), dtype, seed)


def qwen3_vl(name, dtype, seed, tied, moe):
    text = dict(vocab_size=36, hidden_size=12, intermediate_size=10, num_hidden_layers=2, num_attention_heads=4,
                num_key_value_heads=2, head_dim=4, tie_word_embeddings=tied,
                rope_scaling={"rope_type": "default", "mrope_section": [1, 1, 0], "mrope_interleaved": True})
    vision = dict(depth=3, hidden_size=8, intermediate_size=6, num_heads=2, out_hidden_size=12, patch_size=2,
                  num_position_embeddings=9, deepstack_visual_indexes=[0, 2])
    if moe:
        from transformers import Qwen3VLMoeConfig, Qwen3VLMoeForConditionalGeneration

        text.update(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=6)
        model = Qwen3VLMoeForConditionalGeneration(
            Qwen3VLMoeConfig(text_config=text, vision_config=vision, tie_word_embeddings=tied))
    else:
        from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

        model = Qwen3VLForConditionalGeneration(
            Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=tied))
    save_transformers(name, model, dtype, seed)


def internvl_vision(width, mlp, layers, text_width, large):
    """Names and shapes of InternViT; the large one has RMS norms, norms of q and k, and no bias of q, k and v."""
    merged = 4 * width
    shapes = {
        "vision_model.embeddings.class_embedding": (1, 1, width),
        "vision_model.embeddings.position_embedding": (1, 5, width),
        "vision_model.embeddings.patch_embedding.weight": (width, 3, 2, 2),
        "vision_model.embeddings.patch_embedding.bias": (width,),
        "mlp1.0.weight": (merged,), "mlp1.0.bias": (merged,),
        "mlp1.1.weight": (text_width, merged), "mlp1.1.bias": (text_width,),
        "mlp1.3.weight": (text_width, text_width), "mlp1.3.bias": (text_width,),
    }
    for layer in range(layers):
        prefix = f"vision_model.encoder.layers.{layer}."
        shapes |= {prefix + key: shape for key, shape in {
            "attn.qkv.weight": (3 * width, width), "attn.proj.weight": (width, width), "attn.proj.bias": (width,),
            "mlp.fc1.weight": (mlp, width), "mlp.fc1.bias": (mlp,),
            "mlp.fc2.weight": (width, mlp), "mlp.fc2.bias": (width,),
            "norm1.weight": (width,), "norm2.weight": (width,), "ls1": (width,), "ls2": (width,)}.items()}
        extra = ["attn.q_norm.weight", "attn.k_norm.weight"] if large else ["norm1.bias", "norm2.bias"]
        shapes |= {prefix + key: (width,) for key in extra}
        if not large:
            shapes[prefix + "attn.qkv.bias"] = (3 * width,)
    return shapes


def internlm2(width, mlp, layers, heads, kv_heads, vocab):
    """Names and shapes of InternLM2, whose code is not part of transformers."""
    rows = (heads + 2 * kv_heads) * (width // heads)
    shapes = {"model.tok_embeddings.weight": (vocab, width), "model.norm.weight": (width,),
              "output.weight": (vocab, width)}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes |= {prefix + "attention.wqkv.weight": (rows, width), prefix + "attention.wo.weight": (width, width),
                   prefix + "feed_forward.w1.weight": (mlp, width), prefix + "feed_forward.w3.weight": (mlp, width),
                   prefix + "feed_forward.w2.weight": (width, mlp), prefix + "attention_norm.weight": (width,),
                   prefix + "ffn_norm.weight": (width,)}
    return shapes


def internvl(name, dtype, seed, architecture, large):
    width, mlp, layers, heads, kv_heads, vocab = 12, 10, 2, 6, 2, 31
    vit_width, vit_heads = (20, 5) if large else (8, 4)
    if architecture == "InternLM2ForCausalLM":
        text = internlm2(width, mlp, layers, heads, kv_heads, vocab)
    else:
        import transformers

        config = getattr(transformers, architecture.replace("ForCausalLM", "Config"))(
            hidden_size=width, intermediate_size=mlp, num_hidden_layers=layers, num_attention_heads=heads,
            num_key_value_heads=kv_heads, vocab_size=vocab, bos_token_id=1, eos_token_id=2)
        model = getattr(transformers, architecture)(config)
        text = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    shapes = internvl_vision(vit_width, 14, 3, width, large)
    shapes |= {"language_model." + key: shape for key, shape in text.items()}
    generator = torch.Generator().manual_seed(seed)
    tensors = {key: torch.randn(shape, generator=generator).to(dtype) for key, shape in sorted(shapes.items())}
    target = HERE / name
    target.mkdir(parents=True)
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["InternVLChatModel"], "model_type": "internvl_chat", "downsample_ratio": 0.5,
        "llm_config": {"architectures": [architecture], "hidden_size": width, "intermediate_size": mlp,
                       "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
                       "vocab_size": vocab, "tie_word_embeddings": False},
        "vision_config": {"hidden_size": vit_width, "intermediate_size": 14, "num_hidden_layers": 3,
                          "num_attention_heads": vit_heads, "image_size": 4, "patch_size": 2,
                          "qkv_bias": not large, "qk_normalization": large}}
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def split_name(patterns, key):
    """Name of the class that divides a tensor, as the reference looks it up."""
    for pattern, split in patterns.items():
        if re.match(pattern, key):
            return split.__name__ if isinstance(split, type) else f"{type(split).__name__}({split.head})"
    return "none"


def digest(tensor):
    raw = tensor.contiguous().view(torch.uint8).numpy().tobytes()
    names = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}
    return [names[tensor.dtype], list(tensor.shape), hashlib.sha256(raw).hexdigest()[:16]]


def namespace(value):
    return types.SimpleNamespace(**{k: namespace(v) if isinstance(v, dict) else v for k, v in value.items()})


def reference(converter, folder, canonical, devices):
    """The state after the operators of the reference, and its table of divisions."""
    from checkpoint.vlm_model.converters import internvl as vl, qwen2_5vl as q25, qwen2vl as q2, qwen3vl_megatron as q3
    from checkpoint.vlm_model.hf_to_mm import convert
    from transformers import AutoConfig

    if converter == "InternVLConverter":
        config = namespace(json.loads((folder / "config.json").read_text()))
        ops, tied = vl.InternVLConverter._create_ops(config), config.llm_config.tie_word_embeddings
        table = vl.create_internvl_tp_patterns(config.vision_config.num_attention_heads)
    else:
        config = AutoConfig.from_pretrained(folder)
        tied = config.tie_word_embeddings
        if converter == "Qwen3VLMegatronConverter":
            ops, table = q3.Qwen3VLMegatronConverter._create_ops(config), q3.qwen3_vl_tp_patterns
        else:
            options = q2.ModelConfigQwen2(enable_canonical_hf_struct=canonical)
            if converter == "Qwen2VLConverter":
                ops = q2.Qwen2VLConverter._create_ops(config, options)
                table = q2.canonical_qwen2vl_tp_patterns if canonical else q2.qwen2vl_tp_patterns
            else:
                ops = q25.Qwen2_5_VLConverter._create_ops(config, options)
                table = q25.canonical_qwen2_5_vl_tp_patterns if canonical else q25.qwen2_5_vl_tp_patterns
    state = {}
    for file in sorted(folder.glob("*.safetensors")):
        state |= load_file(file)
    return convert(state, ops, tied, devices > 1), table


def lora():
    """Names of adapters on both sides, with their way of division."""
    from checkpoint.vlm_model.converters import qwen2_5vl as q25

    cases = []
    for prefix, new_names in (("", False), ("base_model.model.", True)):
        text, vision = ("model.language_model.", "model.visual.") if new_names else ("model.", "visual.")
        modules = [f"{text}layers.1.{name}_proj" for name in (
            "self_attn.q", "self_attn.k", "self_attn.v", "self_attn.o", "mlp.gate", "mlp.up", "mlp.down")]
        modules += [f"{vision}blocks.12.{name}" for name in (
            "attn.qkv", "attn.proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")]
        names = [f"{prefix}{module}.lora_{kind}.weight" for module in modules for kind in "AB"]
        state = {name: name for name in names}
        for op in q25.create_qwen2_5_vl_lora_ops(new_names, prefix):
            op.apply(state)
        table = q25.canonical_qwen2_5_vl_tp_lora_patterns
        cases.append({"prefix": prefix, "new_names": new_names,
                      "names": {old: [new, split_name(table, new)] for new, old in sorted(state.items())}})
    return cases


MODELS = {
    "qwen2vl-sharded": ("Qwen2VLConverter", lambda n: qwen2_vl(n, torch.float32, 1, False, 2, "12KB")),
    "qwen2vl-tied": ("Qwen2VLConverter", lambda n: qwen2_vl(n, torch.bfloat16, 2, True, 1)),
    "qwen2.5vl": ("Qwen2_5_VLConverter", lambda n: qwen2_5_vl(n, torch.bfloat16, 3, False, 6, 2)),
    "qwen2.5vl-tied": ("Qwen2_5_VLConverter", lambda n: qwen2_5_vl(n, torch.float16, 4, True, 4, 4)),
    "internvl-qwen2": ("InternVLConverter", lambda n: internvl(n, torch.bfloat16, 5, "Qwen2ForCausalLM", False)),
    "internvl-llama": ("InternVLConverter", lambda n: internvl(n, torch.bfloat16, 6, "LlamaForCausalLM", False)),
    "internvl-internlm2": ("InternVLConverter", lambda n: internvl(n, torch.bfloat16, 7, "InternLM2ForCausalLM", True)),
    "qwen3vl": ("Qwen3VLMegatronConverter", lambda n: qwen3_vl(n, torch.bfloat16, 8, False, False)),
    "qwen3vl-tied": ("Qwen3VLMegatronConverter", lambda n: qwen3_vl(n, torch.bfloat16, 9, True, False)),
    "qwen3vl-moe": ("Qwen3VLMegatronConverter", lambda n: qwen3_vl(n, torch.bfloat16, 10, False, True)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, type=Path)
    sys.path.insert(0, str(parser.parse_args().reference))
    shutil.rmtree(HERE, ignore_errors=True)
    cases = []
    for name, (converter, make) in MODELS.items():
        make(name)
        layouts = [False, True] if converter in ("Qwen2VLConverter", "Qwen2_5_VLConverter") else [False]
        for canonical in layouts:
            for devices in (1, 2):
                if devices == 2 and "tied" not in name:
                    continue  # the same as for one device
                state, table = reference(converter, HERE / name, canonical, devices)
                tensors = {key: digest(value) + [split_name(table, key)] for key, value in sorted(state.items())}
                cases.append({"model": name, "converter": converter, "canonical": canonical, "devices": devices,
                              "tensors": tensors})
    lines = []
    for case in cases:
        tensors = case.pop("tensors")
        rows = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in tensors.items())
        lines.append(json.dumps(case)[:-1] + ', "tensors": {\n' + rows + "}}")
    (HERE / "lora.json").write_text(json.dumps(lora(), indent=1) + "\n")
    (HERE / "expected.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
