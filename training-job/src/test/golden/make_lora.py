#!/usr/bin/env python3
"""Makes lora-*.json: what PEFT and transformers train on a Qwen2-VL model with low-rank adapters.

Base weights, pixels and batches are those of make_training.py; the first factor of each adapter
follows the fill rule too, the second one starts at 0. Each file holds the losses and gradient norms
of AdamW steps in float64 and float32, and the adapters' norms after the last step.

    python make_lora.py        # writes beside this script
    needs: torch 2.10, transformers 4.57.6, peft 0.18
"""

import json
import math

import numpy as np
import torch
from peft import LoraConfig, get_peft_model

from make_qwen2vl import HERE, fill_values, old_name
from make_training import MODELS, Wide, digits, make, train

STEPS = 20
ADAPTER_FILL = 7000
CASES = {
    "text": {
        "model": "gqa",
        "frozen": ["visual."],
        "targets": ["q_proj", "v_proj", "down_proj"],
        "rank": 4,
        "alpha": 8,
        # What the words select in transformers.
        "peft": r"model\.language_model\.layers\.\d+\.(self_attn\.[qv]_proj|mlp\.down_proj)",
    },
    "megatron": {
        "model": "gqa",
        "frozen": [],
        "targets": ["linear_qkv", "linear_proj", "linear_fc1", "linear_fc2"],
        "rank": 3,
        "alpha": 5,
        "peft": r"model\.(language_model\.layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)"
        r"_proj)|visual\.(blocks\.\d+\.(attn\.(qkv|proj)|mlp\.fc[12])|merger\.mlp\.[02]))",
    },
}


def adapted(case, dtype):
    model = {**MODELS[case["model"]], "frozen": case["frozen"]}
    net, _ = make(model, dtype)
    wrapped = get_peft_model(
        net,
        LoraConfig(r=case["rank"], lora_alpha=case["alpha"], target_modules=case["peft"]),
        autocast_adapter_dtype=False,
    )
    adapters = {
        old_name(name.removeprefix("base_model.model.")): p
        for name, p in wrapped.named_parameters()
        if p.requires_grad
    }
    for index, name in enumerate(sorted(adapters)):
        p = adapters[name]
        values = torch.zeros(p.shape)
        if "lora_A" in name:
            scaled = math.sqrt(3.0 / p.shape[1]) * fill_values(ADAPTER_FILL + index, p.numel())
            values = torch.from_numpy(scaled.astype(np.float32)).view(p.shape)
        p.data = values.to(dtype)
    return model, net, adapters


def main():
    torch.set_num_threads(1)
    for name, case in CASES.items():
        result = {**MODELS[case["model"]], **{k: v for k, v in case.items() if k != "peft"}}
        for dtype in (torch.float64, torch.float32):
            model, net, adapters = adapted(case, dtype)
            if dtype == torch.float64:
                with Wide(net, model["config"]["head_size"]):
                    losses, norms = train(model, net, dtype, steps=STEPS)
            else:
                losses, norms = train(model, net, dtype, steps=STEPS)
            result[str(dtype).removeprefix("torch.")] = {
                "losses": [digits(v, 17) for v in losses],
                "norms": [digits(v, 17) for v in norms],
                "adapters": {n: digits(p.norm().item(), 17) for n, p in sorted(adapters.items())},
            }
        path = HERE / f"lora-{name}.json"
        path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
        found = result["float64"]
        print(path.name, path.stat().st_size, "bytes,", len(found["adapters"]), "matrices, losses",
              found["losses"][0], "to", found["losses"][-1])


if __name__ == "__main__":
    main()
