"""Makes lora/merge.safetensors: a weight, an adapter, and what PyTorch merges them to.

Run by hand: python make_lora.py   (made with torch 2.10 and MKL on a CPU with AVX-512)
"""

import os

import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, COLUMNS, RANK, SCALE = 64, 48, 9, 0.3

if __name__ == "__main__":
    generator = torch.Generator().manual_seed(11)
    w = torch.randn(ROWS, COLUMNS, generator=generator)
    a = torch.randn(RANK, COLUMNS, generator=generator)
    b = torch.randn(ROWS, RANK, generator=generator)
    stored = w.to(torch.bfloat16)
    wide = stored.to(torch.float32)
    tensors = {
        "w": w,
        "w.bf16": stored,
        "a": a,
        "b": b,
        "a.bf16": a.to(torch.bfloat16),
        "b.bf16": b.to(torch.bfloat16),
        # As merge_base_lora_weight does, with weights of float32 and of bfloat16.
        "stored.f32": w.clone().addmm_(b, a, alpha=SCALE),
        "stored.bf16": stored.clone().addmm_(b.bfloat16(), a.bfloat16(), alpha=SCALE),
        # As merge_mm_lora_dcp_weight_to_base_hf does.
        "first": wide.clone().addmm_(b, a, alpha=SCALE).to(torch.bfloat16),
        # As merge_lora_safetensors_to_base does.
        "last": (wide + SCALE * (b @ a)).to(torch.bfloat16),
        "last.f32": wide + SCALE * (b @ a),
    }
    os.makedirs(os.path.join(HERE, "lora"), exist_ok=True)
    save_file(tensors, os.path.join(HERE, "lora", "merge.safetensors"))
