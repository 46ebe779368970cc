#!/usr/bin/env python3
"""Makes the Qwen2-VL golden files with Hugging Face transformers.

Weights and pixels follow the integer fill rule that the Java tests also have, so that no weight
file is needed; only ``qwen2vl-saved`` holds weights, to show that a folder written by
``save_pretrained`` can be read.

    python make_qwen2vl.py            # writes beside this script
    needs: torch 2.10, transformers 4.57.6, safetensors
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

HERE = Path(__file__).resolve().parent
PATCH_VALUES = 96
MASK = (1 << 64) - 1
IMAGE, VIDEO = 151, 152

BASE = {
    "vocab_size": 160,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_act": "silu",
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-06,
    "rope_theta": 10000.0,
    "initializer_range": 0.2,
    "image_token_id": IMAGE,
    "video_token_id": VIDEO,
    "vision_start_token_id": 150,
    "vision_end_token_id": 153,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "use_sliding_window": False,
    "rope_scaling": {"type": "mrope", "mrope_section": [2, 1, 1]},
    "vision_config": {
        "depth": 2,
        "embed_dim": 48,
        "hidden_size": 32,
        "mlp_ratio": 2,
        "num_heads": 4,
        "in_channels": 3,
        "patch_size": 4,
        "temporal_patch_size": 2,
        "spatial_merge_size": 2,
        "hidden_act": "quick_gelu",
        "initializer_range": 0.2,
    },
}
TIED = {**BASE, "tie_word_embeddings": True, "num_key_value_heads": 4}
HEADS = {
    **BASE,
    "hidden_size": 48,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "num_hidden_layers": 3,
    "rope_theta": 1000000.0,
    "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
    "vision_config": {
        **BASE["vision_config"],
        "depth": 1,
        "embed_dim": 40,
        "hidden_size": 48,
        "num_heads": 5,
        "mlp_ratio": 4,
    },
}

CASES = [
    {
        "name": "right padded, two pictures",
        "pad_left": False,
        "rows": ["5 6 7 150 151x6 153 8 9 10 11", "12 150 151x2 153 13 14 15"],
        "images": [[1, 4, 6], [1, 2, 4]],
        "videos": [],
    },
    {
        "name": "left padded, three pictures",
        "pad_left": True,
        "rows": ["12 150 151x2 153 13 14 15 150 151x4 153 16", "5 6 7 150 151x6 153 8 9 10 11 12"],
        "images": [[1, 2, 4], [1, 4, 4], [1, 6, 4]],
        "videos": [],
    },
    {
        "name": "video and picture",
        "pad_left": False,
        "rows": ["5 150 152x4 153 150 151x6 153 8 9 10"],
        "images": [[1, 4, 6]],
        "videos": [[2, 2, 4]],
    },
]


def fill_values(p, count):
    """v of the fill rule for elements 0..count-1 of tensor p, in [-1, 1)."""
    e = np.arange(1, count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        start = np.uint64(((p + 1) * 0x9E3779B97F4A7C15) & MASK)
        z = start + e * np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(30)
        z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27)
        z *= np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53 * 2 - 1


def old_name(name):
    """Module name of transformers to the name in published files."""
    for new, old in (("model.visual.", "visual."), ("model.language_model.", "model.")):
        if name.startswith(new):
            return old + name[len(new) :]
    return name


def fill(model):
    parameters = {old_name(name): p for name, p in model.named_parameters()}
    for index, name in enumerate(sorted(parameters)):
        parameter = parameters[name]
        v = fill_values(index, parameter.numel())
        if name.endswith(".bias"):
            v = 0.1 * v
        elif "norm" in name or "ln_q" in name:
            v = 1 + 0.1 * v
        elif "embed_tokens" in name:
            v = 0.5 * v
        else:
            v = v * np.sqrt(3.0 / (parameter.numel() / parameter.shape[0]))
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(v.astype(np.float32)).view(parameter.shape))
    return parameters


def ids_of(text):
    ids = []
    for token in text.split(" "):
        value, _, count = token.partition("x")
        ids += [int(value)] * int(count or 1)
    return ids


def pixels(p, grids):
    patches = sum(t * h * w for t, h, w in grids)
    values = (1.5 * fill_values(p, patches * PATCH_VALUES)).astype(np.float32)
    return torch.from_numpy(values).view(patches, PATCH_VALUES)


def inputs_of(case):
    rows = [ids_of(row) for row in case["rows"]]
    width = max(map(len, rows))
    ids, mask = [], []
    for row in rows:
        pad = [0] * (width - len(row))
        ids.append(pad + row if case["pad_left"] else row + pad)
        keep = [1] * len(row)
        mask.append(pad + keep if case["pad_left"] else keep + pad)
    ids, mask = torch.tensor(ids), torch.tensor(mask)
    supervised = (mask == 1) & (ids > 7) & (ids < 150)
    inputs = {
        "input_ids": ids,
        "attention_mask": mask,
        "labels": torch.where(supervised, ids, -100),
    }
    if case["images"]:
        inputs["pixel_values"] = pixels(1000, case["images"])
        inputs["image_grid_thw"] = torch.tensor(case["images"])
    if case["videos"]:
        inputs["pixel_values_videos"] = pixels(1001, case["videos"])
        inputs["video_grid_thw"] = torch.tensor(case["videos"])
    return inputs


def sample(tensor, count):
    flat = tensor.detach().reshape(-1)
    step = max(1, flat.numel() // count)
    return [float(f"{x:.9g}") for x in flat[::step][:count].tolist()]


def run(model, parameters, case, gradients):
    inputs = inputs_of(case)
    model.zero_grad(set_to_none=True)
    output = model(**inputs)
    result = dict(case)
    result["loss"] = float(f"{output.loss.item():.9g}")
    result["logits"] = [
        {
            "row": row,
            "column": column,
            "argmax": int(output.logits[row, column].argmax()),
            "values": sample(output.logits[row, column], 10),
        }
        for row, column in inputs["attention_mask"].nonzero().tolist()
    ]
    if gradients:
        output.loss.backward()
        result["gradients"] = {
            name: {
                "max": float(f"{p.grad.abs().max().item():.9g}"),
                "values": sample(p.grad, 8),
            }
            for name, p in sorted(parameters.items())
        }
    return result


def make(config):
    model_config = Qwen2VLConfig(**json.loads(json.dumps(config)))
    model_config._attn_implementation = "eager"
    torch.manual_seed(0)
    return Qwen2VLForConditionalGeneration(model_config).float().eval()


def write(name, content):
    path = HERE / name
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    torch.set_num_threads(1)
    for name, config in (("plain", BASE), ("tied", TIED), ("heads", HEADS)):
        model = make(config)
        parameters = fill(model)
        cases = [run(model, parameters, case, gradients=True) for case in CASES]
        write(f"qwen2vl-{name}.json", {"config": config, "cases": cases})

    folder = HERE / "qwen2vl-saved"
    shutil.rmtree(folder, ignore_errors=True)
    model = make(TIED)
    fill(model)
    model.to(torch.bfloat16).save_pretrained(folder, safe_serialization=True)
    model = Qwen2VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    cases = [run(model, {}, case, gradients=False) for case in CASES]
    write("qwen2vl-saved.json", {"cases": cases})


if __name__ == "__main__":
    main()
