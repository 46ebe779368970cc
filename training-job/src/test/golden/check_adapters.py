#!/usr/bin/env python3
"""Loads adapters that a run exported with PEFT and checks that they mean what merging them gives.

    python check_adapters.py BASE ADAPTERS MERGED

BASE and MERGED are Hugging Face folders of Qwen2-VL, ADAPTERS the folder of a run with adapters,
MERGED what mm-convert made of both. Ends with 1 if PEFT leaves a tensor of the file unused or new,
if the adapters change nothing, or if logits are further apart than bfloat16 weights explain.
"""

import sys
import warnings
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import Qwen2VLForConditionalGeneration


def model(folder):
    return Qwen2VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()


def logits(net):
    ids = torch.arange(5, 45).view(2, 20)
    with torch.no_grad():
        return net(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


def main(base, adapters, merged):
    plain = logits(model(base))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        adapted = PeftModel.from_pretrained(model(base), adapters).eval()
    complaints = [str(w.message) for w in told if "adapter keys" in str(w.message)]
    stored = load_file(Path(adapters) / "adapter_model.safetensors")
    loaded = {n: p for n, p in adapted.named_parameters() if "lora_" in n}
    by_peft = logits(adapted)
    by_merge = logits(model(merged))
    moved = (by_peft - plain).abs().max().item()
    apart = (by_peft - by_merge).abs().max().item()
    print(f"{len(stored)} tensors in the file, {len(loaded)} in the model {complaints}")
    print(f"adapters move logits by {moved:.4f}; merged weights are {apart:.5f} apart from that")
    same = sum(p.double().square().sum() for p in loaded.values()) - sum(
        p.double().square().sum() for p in stored.values()
    )
    sound = not complaints and len(stored) == len(loaded) and abs(same) < 1e-6
    sys.exit(0 if sound and moved > 0.01 and apart < 0.1 * moved else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
