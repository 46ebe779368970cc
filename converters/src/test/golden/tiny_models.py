"""Tiny random checkpoints with the tensor names and shape relations of the real families."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file

LLM_LAYERS = 8
VIT_LAYERS = 4


@dataclass
class Tiny:
    """A family: its converter, its configuration and its tensors in file order."""

    name: str
    converter: str
    config: dict
    seed: int
    tensors: dict = field(default_factory=dict)


def pattern(number, count, dtype):
    """Elements of tensor `number` that look random, by a formula that tests in Java repeat."""
    x = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(number * 1000003)
    x = (x * numpy.uint64(2654435761)) & numpy.uint64(0xFFFFFFFF)
    x ^= x >> numpy.uint64(15)
    if dtype == torch.bfloat16:
        return torch.from_numpy((x & numpy.uint64(0x3FFF)).astype(numpy.int16)).view(dtype)
    return torch.from_numpy((x & numpy.uint64(0x3FFFFFFF)).astype(numpy.int32)).view(dtype)


class Maker:
    """Makes tensors from a seed; weights are bfloat16, norms float32."""

    def __init__(self, seed):
        self.seed = seed
        self.tensors = {}

    def add(self, name, *shape, dtype=torch.bfloat16):
        number = self.seed * 10000 + len(self.tensors)
        self.tensors[name] = pattern(number, math.prod(shape), dtype).reshape(shape)

    def linear(self, name, rows, cols, bias):
        self.add(name + ".weight", rows, cols)
        if bias:
            self.add(name + ".bias", rows)

    def norm(self, name, size, bias=False):
        self.add(name + ".weight", size, dtype=torch.float32)
        if bias:
            self.add(name + ".bias", size, dtype=torch.float32)


def text_tower(maker, prefix, hidden, heads, groups, inner, vocab, bias, layers=LLM_LAYERS, dim=None, qk_norm=False):
    dim = dim or hidden // heads
    maker.add(prefix + "embed_tokens.weight", vocab, hidden)
    for layer in range(layers):
        at = f"{prefix}layers.{layer}."
        maker.linear(at + "self_attn.q_proj", heads * dim, hidden, bias)
        maker.linear(at + "self_attn.k_proj", groups * dim, hidden, bias)
        maker.linear(at + "self_attn.v_proj", groups * dim, hidden, bias)
        maker.linear(at + "self_attn.o_proj", hidden, heads * dim, False)
        if qk_norm:
            maker.norm(at + "self_attn.q_norm", dim)
            maker.norm(at + "self_attn.k_norm", dim)
        maker.norm(at + "input_layernorm", hidden)
        maker.norm(at + "post_attention_layernorm", hidden)
        if inner:
            maker.linear(at + "mlp.gate_proj", inner, hidden, False)
            maker.linear(at + "mlp.up_proj", inner, hidden, False)
            maker.linear(at + "mlp.down_proj", hidden, inner, False)
    maker.norm(prefix + "norm", hidden)


def qwen2vl(tied=False, seed=1):
    maker = Maker(seed)
    hidden, heads, groups, inner, vocab, embed = 32, 8, 4, 48, 64, 16
    maker.add("visual.patch_embed.proj.weight", embed, 3, 2, 2, 2)
    for layer in range(VIT_LAYERS):
        at = f"visual.blocks.{layer}."
        maker.norm(at + "norm1", embed, True)
        maker.norm(at + "norm2", embed, True)
        maker.linear(at + "attn.qkv", 3 * embed, embed, True)
        maker.linear(at + "attn.proj", embed, embed, True)
        maker.linear(at + "mlp.fc1", 4 * embed, embed, True)
        maker.linear(at + "mlp.fc2", embed, 4 * embed, True)
    maker.norm("visual.merger.ln_q", embed, True)
    maker.linear("visual.merger.mlp.0", 4 * embed, 4 * embed, True)
    maker.linear("visual.merger.mlp.2", hidden, 4 * embed, True)
    text_tower(maker, "model.", hidden, heads, groups, inner, vocab, True)
    if not tied:
        maker.add("lm_head.weight", vocab, hidden)
    config = {
        "architectures": ["Qwen2VLForConditionalGeneration"],
        "model_type": "qwen2_vl",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "num_hidden_layers": LLM_LAYERS,
        "vocab_size": vocab,
        "tie_word_embeddings": tied,
        "vision_config": {
            "depth": VIT_LAYERS,
            "embed_dim": embed,
            "hidden_size": hidden,
            "num_heads": 4,
            "mlp_ratio": 4,
            "patch_size": 2,
            "temporal_patch_size": 2,
            "in_chans": 3,
            "spatial_merge_size": 2,
        },
    }
    return Tiny("qwen2vl-tied" if tied else "qwen2vl", "Qwen2VLConverter", config, seed, maker.tensors)


def qwen2_5vl(tied=False, seed=2):
    maker = Maker(seed)
    hidden, heads, groups, inner, vocab, embed, vit_inner = 32, 8, 4, 48, 64, 16, 40
    maker.add("visual.patch_embed.proj.weight", embed, 3, 2, 2, 2)
    for layer in range(VIT_LAYERS):
        at = f"visual.blocks.{layer}."
        maker.norm(at + "norm1", embed)
        maker.norm(at + "norm2", embed)
        maker.linear(at + "attn.qkv", 3 * embed, embed, True)
        maker.linear(at + "attn.proj", embed, embed, True)
        maker.linear(at + "mlp.gate_proj", vit_inner, embed, True)
        maker.linear(at + "mlp.up_proj", vit_inner, embed, True)
        maker.linear(at + "mlp.down_proj", embed, vit_inner, True)
    maker.norm("visual.merger.ln_q", embed)
    maker.linear("visual.merger.mlp.0", 4 * embed, 4 * embed, True)
    maker.linear("visual.merger.mlp.2", hidden, 4 * embed, True)
    text_tower(maker, "model.", hidden, heads, groups, inner, vocab, True)
    if not tied:
        maker.add("lm_head.weight", vocab, hidden)
    config = {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "num_hidden_layers": LLM_LAYERS,
        "vocab_size": vocab,
        "tie_word_embeddings": tied,
        "vision_config": {
            "depth": VIT_LAYERS,
            "hidden_size": embed,
            "out_hidden_size": hidden,
            "num_heads": 4,
            "intermediate_size": vit_inner,
            "patch_size": 2,
            "temporal_patch_size": 2,
            "in_chans": 3,
            "spatial_merge_size": 2,
        },
    }
    return Tiny("qwen2_5vl-tied" if tied else "qwen2_5vl", "Qwen2_5_VLConverter", config, seed, maker.tensors)


def internvl(arch, tied=False, seed=3):
    maker = Maker(seed)
    hidden, heads, groups, inner, vocab = 32, 8, 4, 48, 67
    vit, vit_heads, vit_inner = 24, 6, 48
    maker.add("vision_model.embeddings.class_embedding", 1, 1, vit)
    maker.add("vision_model.embeddings.patch_embedding.weight", vit, 3, 2, 2)
    maker.add("vision_model.embeddings.patch_embedding.bias", vit)
    maker.add("vision_model.embeddings.position_embedding", 1, 5, vit)
    for layer in range(VIT_LAYERS):
        at = f"vision_model.encoder.layers.{layer}."
        maker.add(at + "ls1", vit)
        maker.add(at + "ls2", vit)
        maker.linear(at + "attn.qkv", 3 * vit, vit, True)
        maker.linear(at + "attn.proj", vit, vit, True)
        maker.norm(at + "attn.q_norm", vit)
        maker.norm(at + "attn.k_norm", vit)
        maker.linear(at + "mlp.fc1", vit_inner, vit, True)
        maker.linear(at + "mlp.fc2", vit, vit_inner, True)
        maker.norm(at + "norm1", vit, True)
        maker.norm(at + "norm2", vit, True)
    maker.norm("mlp1.0", 4 * vit, True)
    maker.linear("mlp1.1", hidden, 4 * vit, True)
    maker.linear("mlp1.3", hidden, hidden, True)
    if arch == "InternLM2ForCausalLM":
        dim = hidden // heads
        maker.add("language_model.model.tok_embeddings.weight", vocab, hidden)
        for layer in range(LLM_LAYERS):
            at = f"language_model.model.layers.{layer}."
            maker.linear(at + "attention.wqkv", (heads + 2 * groups) * dim, hidden, False)
            maker.linear(at + "attention.wo", hidden, hidden, False)
            maker.linear(at + "feed_forward.w1", inner, hidden, False)
            maker.linear(at + "feed_forward.w3", inner, hidden, False)
            maker.linear(at + "feed_forward.w2", hidden, inner, False)
            maker.norm(at + "attention_norm", hidden)
            maker.norm(at + "ffn_norm", hidden)
        maker.norm("language_model.model.norm", hidden)
        head = "language_model.output.weight"
    else:
        bias = arch == "Qwen2ForCausalLM"
        text_tower(maker, "language_model.model.", hidden, heads, groups, inner, vocab, bias)
        head = "language_model.lm_head.weight"
    if not tied:
        maker.add(head, vocab, hidden)
    config = {
        "architectures": ["InternVLChatModel"],
        "model_type": "internvl_chat",
        "llm_config": {
            "architectures": [arch],
            "hidden_size": hidden,
            "intermediate_size": inner,
            "num_attention_heads": heads,
            "num_key_value_heads": groups,
            "num_hidden_layers": LLM_LAYERS,
            "vocab_size": vocab,
            "tie_word_embeddings": tied,
        },
        "vision_config": {
            "hidden_size": vit,
            "intermediate_size": vit_inner,
            "num_hidden_layers": VIT_LAYERS,
            "num_attention_heads": vit_heads,
            "qk_normalization": True,
        },
    }
    short = {"Qwen2ForCausalLM": "qwen2", "LlamaForCausalLM": "llama", "InternLM2ForCausalLM": "internlm2"}[arch]
    return Tiny(f"internvl-{short}{'-tied' if tied else ''}", "InternVLConverter", config, seed, maker.tensors)


def qwen3vl(experts=0, tied=False, seed=4):
    maker = Maker(seed)
    hidden, heads, groups, dim, inner, vocab, embed = 32, 8, 4, 6, 48, 64, 16
    expert_inner = 24
    deepstack = [0, 2]
    maker.add("model.visual.patch_embed.proj.weight", embed, 3, 2, 2, 2)
    maker.add("model.visual.patch_embed.proj.bias", embed)
    maker.add("model.visual.pos_embed.weight", 9, embed)
    for layer in range(VIT_LAYERS):
        at = f"model.visual.blocks.{layer}."
        maker.norm(at + "norm1", embed, True)
        maker.norm(at + "norm2", embed, True)
        maker.linear(at + "attn.qkv", 3 * embed, embed, True)
        maker.linear(at + "attn.proj", embed, embed, True)
        maker.linear(at + "mlp.linear_fc1", 4 * embed, embed, True)
        maker.linear(at + "mlp.linear_fc2", embed, 4 * embed, True)
    for at, size in [("model.visual.merger.", embed)] + [
        (f"model.visual.deepstack_merger_list.{i}.", 4 * embed) for i in range(len(deepstack))
    ]:
        maker.norm(at + "norm", size, True)
        maker.linear(at + "linear_fc1", 4 * embed, 4 * embed, True)
        maker.linear(at + "linear_fc2", hidden, 4 * embed, True)
    text_tower(
        maker,
        "model.language_model.",
        hidden,
        heads,
        groups,
        0 if experts else inner,
        vocab,
        False,
        dim=dim,
        qk_norm=True,
    )
    for layer in range(LLM_LAYERS if experts else 0):
        at = f"model.language_model.layers.{layer}.mlp."
        maker.linear(at + "gate", experts, hidden, False)
        maker.add(at + "experts.gate_up_proj", experts, hidden, 2 * expert_inner)
        maker.add(at + "experts.down_proj", experts, expert_inner, hidden)
    if not tied:
        maker.add("lm_head.weight", vocab, hidden)
    text = {
        "model_type": "qwen3_vl_moe_text" if experts else "qwen3_vl_text",
        "hidden_size": hidden,
        "head_dim": dim,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "num_hidden_layers": LLM_LAYERS,
        "vocab_size": vocab,
    }
    if experts:
        text.update(num_experts=experts, num_experts_per_tok=2, moe_intermediate_size=expert_inner, mlp_only_layers=[], decoder_sparse_step=1)
    config = {
        "architectures": ["Qwen3VLMoeForConditionalGeneration" if experts else "Qwen3VLForConditionalGeneration"],
        "model_type": "qwen3_vl_moe" if experts else "qwen3_vl",
        "tie_word_embeddings": tied,
        "text_config": text,
        "vision_config": {
            "depth": VIT_LAYERS,
            "hidden_size": embed,
            "intermediate_size": 4 * embed,
            "out_hidden_size": hidden,
            "num_heads": 4,
            "patch_size": 2,
            "temporal_patch_size": 2,
            "in_channels": 3,
            "spatial_merge_size": 2,
            "num_position_embeddings": 9,
            "deepstack_visual_indexes": deepstack,
        },
    }
    name = f"qwen3vl{'-moe' if experts else ''}{'-tied' if tied else ''}"
    return Tiny(name, "Qwen3VLMegatronConverter", config, seed, maker.tensors)


def adapters(new_names=False, prefix="", rank=4, seed=5):
    """LoRA adapters for a Qwen2.5-VL as of qwen2_5vl."""
    maker = Maker(seed)
    hidden, inner, embed, vit_inner = 32, 48, 16, 40
    visual = prefix + ("model.visual." if new_names else "visual.")
    text = prefix + ("model.language_model." if new_names else "model.")
    modules = []
    for layer in range(VIT_LAYERS):
        at = f"{visual}blocks.{layer}."
        modules += [
            (at + "attn.qkv", 3 * embed, embed),
            (at + "attn.proj", embed, embed),
            (at + "mlp.gate_proj", vit_inner, embed),
            (at + "mlp.up_proj", vit_inner, embed),
            (at + "mlp.down_proj", embed, vit_inner),
        ]
    for layer in range(LLM_LAYERS):
        at = f"{text}layers.{layer}."
        modules += [
            (at + "self_attn.q_proj", hidden, hidden),
            (at + "self_attn.k_proj", 16, hidden),
            (at + "self_attn.v_proj", 16, hidden),
            (at + "self_attn.o_proj", hidden, hidden),
            (at + "mlp.gate_proj", inner, hidden),
            (at + "mlp.up_proj", inner, hidden),
            (at + "mlp.down_proj", hidden, inner),
        ]
    for name, rows, cols in modules:
        maker.add(name + ".lora_A.weight", rank, cols)
        maker.add(name + ".lora_B.weight", rows, rank)
    return maker.tensors


def write(tiny, folder, shards=2):
    """Writes a model as a Hugging Face folder with an index and a few other files."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(tiny.config, indent=2))
    (folder / "README.md").write_text("tiny\n")
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "vocab.txt").write_text("a b c\n")
    names = list(tiny.tensors)
    size = -(-len(names) // shards)
    weight_map = {}
    for shard in range(shards):
        part = names[shard * size : (shard + 1) * size]
        file = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
        save_file({name: tiny.tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in part})
    total = sum(t.numel() * t.element_size() for t in tiny.tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    return folder
