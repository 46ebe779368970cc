#!/usr/bin/env python3
"""Makes training-*.json: what transformers computes and trains on four Qwen2-VL models.

Weights, pixels and batches follow integer rules that the Java tests also have, so no weight file is
needed, not even for the model of 100 million parameters. Each file holds

  * logits of chosen positions in float32, and gradients in float32 and float64: norm, largest
    value, two projections on values of the fill rule, and some elements;
  * losses and gradient norms of 50 AdamW steps in float64 and float32;
  * losses of the same steps computed in bfloat16 with float32 master weights by PyTorch's own
    fully_shard, in runs that differ only in the order of rows and micro-batches.

transformers keeps float32 inside of RMSNorm, softmax, rotary embeddings and cross entropy whatever
the type of the weights. For float64 these places are replaced by the same formulas in float64;
--as-is also trains with them left alone and prints how far the losses are apart.

    python make_training.py [--as-is] [name ...]     # writes beside this script
    needs: torch 2.10, transformers 4.57.6
"""

import json
import math
import os
import random
import sys
import tempfile

import numpy as np
import torch
import torch.distributed as dist
import transformers.models.qwen2_vl.modeling_qwen2_vl as qwen2vl
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

from make_qwen2vl import HERE, fill, fill_values, ids_of, old_name

STEPS = 50
IMAGE_FILL, VIDEO_FILL, PROBE_FILL = 2000, 2001, 9000


def config(text, vision, section, head, tied=False, first_special=150):
    return {
        "hidden_act": "silu",
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "initializer_range": 0.02,
        "vision_start_token_id": first_special,
        "image_token_id": first_special + 1,
        "video_token_id": first_special + 2,
        "vision_end_token_id": first_special + 3,
        "tie_word_embeddings": tied,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "use_sliding_window": False,
        "rope_scaling": {"type": "mrope", "mrope_section": section},
        **text,
        "vision_config": {
            "hidden_size": text["hidden_size"],
            "in_channels": 3,
            "temporal_patch_size": 2,
            "spatial_merge_size": 2,
            "hidden_act": "quick_gelu",
            "initializer_range": 0.02,
            **vision,
        },
    } | {"head_size": head}


MODELS = {
    "gqa": {
        "config": config(
            {
                "vocab_size": 160,
                "hidden_size": 48,
                "intermediate_size": 80,
                "num_hidden_layers": 2,
                "num_attention_heads": 6,
                "num_key_value_heads": 2,
            },
            {"depth": 2, "embed_dim": 48, "mlp_ratio": 2, "num_heads": 4, "patch_size": 4},
            [2, 1, 1],
            8,
        ),
        "frozen": [],
        "pad_left": False,
        "batches": [
            [  # several pictures of very different sizes, rows of very different lengths
                {
                    "row": "5 150 151x2 153 20-26 150 151x20 153 6 30-33 150 151x1 153 7 40",
                    "images": [[1, 2, 4], [1, 8, 10], [1, 2, 2]],
                },
                {"row": "5 6 60-61", "images": []},
            ],
            [
                {"row": "150 151x5 153 70-80", "images": [[1, 2, 10]]},
                {"row": "150 151x6 153 150 151x3 153 9 10", "images": [[1, 12, 2], [1, 6, 2]]},
            ],
            [
                {"row": "5 6 7 8-20", "images": []},  # no picture in the whole batch
                {"row": "5 30-45 7 7 60", "images": []},
            ],
            [
                {"row": "5 150 152x6 153 90-99", "videos": [[3, 2, 4]]},  # a clip of three frames
                {"row": "5 150 151x4 153 6 90-92", "images": [[1, 4, 4]]},
            ],
        ],
        "micro_batches": 2,
        "optimizer": {"lr": 2e-3, "min_lr": 2e-4, "warmup": 5, "decay": 0.1, "clip": 1.0},
    },
    "tied": {
        "config": config(
            {
                "vocab_size": 160,
                "hidden_size": 32,
                "intermediate_size": 64,
                "num_hidden_layers": 3,
                "num_attention_heads": 4,
                "num_key_value_heads": 4,
            },
            {"depth": 1, "embed_dim": 64, "mlp_ratio": 4, "num_heads": 4, "patch_size": 2},
            [1, 1, 2],
            8,
            tied=True,
        ),
        "frozen": [],
        "pad_left": True,
        "batches": [
            [
                {"row": "5 150 151x6 153 8-18", "images": [[1, 6, 4]]},
                {"row": "150 151x1 153 60-62", "images": [[1, 2, 2]]},
                {"row": "5 6 7 100", "images": []},
            ],
            [
                {"row": "5 150 152x8 153 6 150 151x2 153 8-12", "videos": [[2, 4, 4]],
                 "images": [[1, 4, 2]]},
                {"row": "120-130", "images": []},
                {"row": "150 151x9 153 31", "images": [[1, 6, 6]]},
            ],
        ],
        "micro_batches": 1,
        "optimizer": {"lr": 1e-3, "min_lr": 0.0, "warmup": 0, "decay": 0.0, "clip": 0.0},
    },
    "frozen": {
        "config": config(
            {
                "vocab_size": 170,
                "hidden_size": 60,
                "intermediate_size": 96,
                "num_hidden_layers": 2,
                "num_attention_heads": 5,
                "num_key_value_heads": 1,
            },
            {"depth": 3, "embed_dim": 40, "mlp_ratio": 3, "num_heads": 5, "patch_size": 4},
            [2, 2, 2],
            12,
        ),
        "frozen": ["visual.patch_embed", "visual.blocks"],
        "pad_left": False,
        "batches": [
            [
                {"row": "5 6 7 150 151x6 153 8-11", "images": [[1, 4, 6]]},
                {"row": "12 150 151x2 153 13-15", "images": [[1, 2, 4]]},
            ],
            [
                {"row": "150 151x15 153 6 9-29", "images": [[1, 10, 6]]},
                {"row": "33-41", "images": []},
            ],
            [
                {"row": "150 151x4 153 150 151x4 153 150 151x4 153 77-79",
                 "images": [[1, 4, 4], [1, 8, 2], [1, 2, 8]]},
                {"row": "5 150 151x3 153 99", "images": [[1, 2, 6]]},
            ],
        ],
        "micro_batches": 3,
        "optimizer": {"lr": 3e-3, "min_lr": 3e-4, "warmup": 10, "decay": 0.01, "clip": 0.5},
    },
    "100m": {
        "config": config(
            {
                "vocab_size": 20000,
                "hidden_size": 640,
                "intermediate_size": 2560,
                "num_hidden_layers": 11,
                "num_attention_heads": 10,
                "num_key_value_heads": 2,
            },
            {"depth": 6, "embed_dim": 320, "mlp_ratio": 4, "num_heads": 5, "patch_size": 14},
            [8, 12, 12],
            64,
            first_special=19990,
        ),
        "frozen": [],
        "pad_left": False,
        "batches": [
            [
                {"row": "5 19990 19991x8 19993 6 1000-1015", "images": [[1, 4, 8]]},
                {"row": "5 19990 19991x2 19993 6 3000-3003", "images": [[1, 4, 2]]},
            ],
            [
                {"row": "5 6 7 9000-9008", "images": []},
                {"row": "19990 19991x1 19993 19990 19991x6 19993 6 15000-15010",
                 "images": [[1, 2, 2], [1, 6, 4]]},
            ],
        ],
        "micro_batches": 1,
        "optimizer": {"lr": 2e-4, "min_lr": 0.0, "warmup": 5, "decay": 0.1, "clip": 1.0},
    },
}


def expand(text):
    ids = []
    for token in text.split(" "):
        first, _, last = token.partition("-")
        ids += list(range(int(first), int(last) + 1)) if last else ids_of(token)
    return ids


def micro_batch(model, number, order=None):
    """Inputs of a micro-batch of the run; text ids and pixels change with its number."""
    c = model["config"]
    rows = model["batches"][number % len(model["batches"])]
    text_ids = c["vision_start_token_id"] - 8
    ids, parts = [], {"images": [], "videos": []}
    start = {"images": 0, "videos": 0}
    prepared = []
    for row in rows:
        values = [
            8 + (i - 8 + 11 * number) % text_ids if 8 <= i < 8 + text_ids else i
            for i in expand(row["row"])
        ]
        media = {}
        for kind in parts:
            grids = row.get(kind, [])
            patches = sum(t * h * w for t, h, w in grids)
            media[kind] = (grids, start[kind], start[kind] + patches)
            start[kind] += patches
        prepared.append((values, media))
    pixels = {
        kind: pixel_values(model, first + 2 * number, start[kind])
        for kind, first in (("images", IMAGE_FILL), ("videos", VIDEO_FILL))
    }
    width = max(len(values) for values, _ in prepared)
    mask, grids, slices = [], {"images": [], "videos": []}, {"images": [], "videos": []}
    for index in order or range(len(prepared)):
        values, media = prepared[index]
        pad = [0] * (width - len(values))
        keep = [1] * len(values)
        ids.append(pad + values if model["pad_left"] else values + pad)
        mask.append(pad + keep if model["pad_left"] else keep + pad)
        for kind in grids:
            grids[kind] += media[kind][0]
            slices[kind].append(pixels[kind][media[kind][1] : media[kind][2]])
    ids, mask = torch.tensor(ids), torch.tensor(mask)
    supervised = (mask == 1) & (ids >= 8) & (ids < 8 + text_ids)
    inputs = {
        "input_ids": ids,
        "attention_mask": mask,
        "labels": torch.where(supervised, ids, -100),
    }
    if grids["images"]:
        inputs["pixel_values"] = torch.cat(slices["images"])
        inputs["image_grid_thw"] = torch.tensor(grids["images"])
    if grids["videos"]:
        inputs["pixel_values_videos"] = torch.cat(slices["videos"])
        inputs["video_grid_thw"] = torch.tensor(grids["videos"])
    return inputs


def pixel_values(model, p, patches):
    size = 6 * model["config"]["vision_config"]["patch_size"] ** 2
    values = (1.5 * fill_values(p, patches * size)).astype(np.float32)
    return torch.from_numpy(values).view(patches, size)


class WideRmsNorm(torch.nn.Module):
    """RMSNorm wholly in the type of its input."""

    def __init__(self, norm):
        super().__init__()
        self.weight = norm.weight
        self.epsilon = norm.variance_epsilon

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon))


class Wide:
    """Replaces float32 inside of transformers by float64 while it is open."""

    def __init__(self, model, head):
        self.model, self.head = model, head

    def __enter__(self):
        self.saved = (
            qwen2vl.apply_rotary_pos_emb_vision,
            qwen2vl.eager_attention_forward,
        )

        def rotate_vision(q, k, cos, sin):
            cos, sin = cos.unsqueeze(-2), sin.unsqueeze(-2)
            return (
                q * cos + qwen2vl.rotate_half(q) * sin,
                k * cos + qwen2vl.rotate_half(k) * sin,
            )

        def attend(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
            key = qwen2vl.repeat_kv(key, module.num_key_value_groups)
            value = qwen2vl.repeat_kv(value, module.num_key_value_groups)
            scores = query @ key.transpose(2, 3) * scaling
            if attention_mask is not None:
                scores = scores + attention_mask[:, :, :, : key.shape[-2]]
            weights = scores.softmax(-1)
            return (weights @ value).transpose(1, 2).contiguous(), weights

        qwen2vl.apply_rotary_pos_emb_vision = rotate_vision
        qwen2vl.eager_attention_forward = attend
        text = self.model.model.language_model
        for layer in text.layers:
            layer.input_layernorm = WideRmsNorm(layer.input_layernorm)
            layer.post_attention_layernorm = WideRmsNorm(layer.post_attention_layernorm)
        text.norm = WideRmsNorm(text.norm)
        theta = self.model.config.text_config.rope_theta
        powers = torch.arange(0, self.head, 2, dtype=torch.float64) / self.head

        def rotary(x, position_ids):
            angles = position_ids[..., None].double() / theta**powers
            angles = torch.cat((angles, angles), -1)
            return angles.cos(), angles.sin()

        text.rotary_emb.forward = rotary
        self.model.loss_function = lambda logits, labels, **_: torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
        )
        tower = self.model.model.visual.rotary_pos_emb
        width = 2 * tower.inv_freq.numel()
        tower.inv_freq = 1 / 10000.0 ** (torch.arange(0, width, 2, dtype=torch.float64) / width)
        return self

    def __exit__(self, *problem):
        qwen2vl.apply_rotary_pos_emb_vision, qwen2vl.eager_attention_forward = self.saved


def make(model, dtype):
    values = {k: v for k, v in json.loads(json.dumps(model["config"])).items() if k != "head_size"}
    net_config = Qwen2VLConfig(**values)
    net_config._attn_implementation = "eager"
    net_config.get_text_config()._attn_implementation = "eager"
    torch.manual_seed(0)
    net = Qwen2VLForConditionalGeneration(net_config).float().eval()
    parameters = fill(net)
    # Buffers stay float32: transformers never has them in another type.
    for parameter in net.parameters():
        parameter.data = parameter.data.to(dtype)
        name = next(n for n, p in parameters.items() if p is parameter)
        parameter.requires_grad_(not name.startswith(tuple(model["frozen"]) or ("?",)))
    return net, parameters


def typed(inputs, dtype):
    return {k: v.to(dtype) if v.is_floating_point() else v for k, v in inputs.items()}


def digits(value, count=17):
    return float(f"{value:.{count}g}")


def gradient(parameter, index):
    g = parameter.grad.double().flatten()
    step = max(1, g.numel() // 6)
    probes = [float(g @ torch.from_numpy(fill_values(PROBE_FILL + 2 * index + k, g.numel())))
              for k in (0, 1)]
    return {
        "norm": digits(g.norm().item(), 12),
        "max": digits(g.abs().max().item(), 6),
        "probes": [digits(p, 12) for p in probes],
        "values": [digits(v, 9) for v in g[::step][:6].tolist()],
    }


def first_batches(model, net, parameters, dtype):
    """Logits and gradients of every batch, and the gradient of all of them together."""
    found = []
    net.zero_grad(set_to_none=True)
    for number in range(len(model["batches"])):
        inputs = typed(micro_batch(model, number), dtype)
        output = net(**inputs)
        places = inputs["attention_mask"].nonzero().tolist()
        picked = places[:: max(1, len(places) // 8)]
        width = output.logits.shape[-1]
        found.append(
            {
                "loss": digits(output.loss.item()),
                "logits": [
                    {
                        "row": row,
                        "column": column,
                        "argmax": int(output.logits[row, column].argmax()),
                        "values": [
                            digits(v, 9)
                            for v in output.logits[row, column][:: max(1, width // 10)][:10].tolist()
                        ],
                    }
                    for row, column in picked
                ],
            }
        )
        output.loss.backward()
    gradients = {
        name: gradient(p, index)
        for index, (name, p) in enumerate(sorted(parameters.items()))
        if p.grad is not None
    }
    return {"batches": found, "gradients": gradients}


def rate(o, step):
    """Cosine with warm-up; step counts from 0."""
    if o["warmup"] > 0 and step <= o["warmup"]:
        return o["lr"] * step / o["warmup"]
    q = (step - o["warmup"]) / (STEPS - o["warmup"])
    return o["min_lr"] + (o["lr"] - o["min_lr"]) * 0.5 * (1 + math.cos(math.pi * q))


def train(model, net, dtype, seed=None, steps=STEPS):
    o = model["optimizer"]
    trainable = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        trainable, lr=0.0, betas=(0.9, 0.999), eps=1e-8, weight_decay=o["decay"], fused=True
    )
    chance = random.Random(seed)
    losses, norms = [], []
    for step in range(steps):
        count = model["micro_batches"]
        numbers = [step * count + micro for micro in range(count)]
        if seed is not None:
            chance.shuffle(numbers)
        total = 0.0
        for number in numbers:
            order = list(range(len(model["batches"][number % len(model["batches"])])))
            if seed is not None:
                chance.shuffle(order)
            loss = net(**typed(micro_batch(model, number, order), dtype), use_cache=False).loss
            (loss / count).backward()
            total += loss.item() / count
        norm = torch.nn.utils.clip_grad_norm_(trainable, o["clip"] or math.inf)
        norms.append(float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm))
        losses.append(total)
        for group in optimizer.param_groups:
            group["lr"] = rate(o, step)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return losses, norms


def modules_of(net):
    return [*net.model.visual.blocks, net.model.visual.merger, *net.model.language_model.layers]


def bfloat16_run(model, seed, mesh):
    """float32 masters and bfloat16 computation, by fully_shard on one process."""
    net, _ = make(model, torch.float32)
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    for module in [*modules_of(net), net]:
        fully_shard(module, mesh=mesh, mp_policy=policy, reshard_after_forward=True)
    return train(model, net, torch.bfloat16, seed)[0]


def main(names, as_is):
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29557")
    with tempfile.NamedTemporaryFile() as store:
        dist.init_process_group("gloo", init_method=f"file://{store.name}x", rank=0, world_size=1)
        mesh = init_device_mesh("cpu", (1,))
        for name in names:
            model = MODELS[name]
            result = {**model, "parameters": 0}
            for dtype in (torch.float64, torch.float32):
                key = str(dtype).removeprefix("torch.")
                net, parameters = make(model, dtype)
                result["parameters"] = sum(p.numel() for p in net.parameters())
                if dtype == torch.float64:
                    if as_is:
                        plain = train(model, net, dtype)[0]
                        net, parameters = make(model, dtype)
                    with Wide(net, model["config"]["head_size"]):
                        first = first_batches(model, net, parameters, dtype)
                        net.zero_grad(set_to_none=True)
                        losses, norms = train(model, net, dtype)
                    if as_is:
                        apart = max(abs(a - b) / b for a, b in zip(plain, losses))
                        print(f"{name}: float32 inside moves float64 losses by {apart:.2e}")
                else:
                    first = first_batches(model, net, parameters, dtype)
                    net.zero_grad(set_to_none=True)
                    losses, norms = train(model, net, dtype)
                result[key] = {
                    **first,
                    "losses": [digits(v, 17 if key == "float64" else 9) for v in losses],
                    "norms": [digits(v, 17 if key == "float64" else 9) for v in norms],
                }
                del net, parameters
            result["bfloat16"] = [
                [digits(v, 9) for v in bfloat16_run(model, seed, mesh)]
                for seed in [None, *range(1, 4 if name == "100m" else 9)]
            ]
            path = HERE / f"training-{name}.json"
            path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
            a, b = result["float32"]["losses"], result["float64"]["losses"]
            print(
                f"{path.name}: {path.stat().st_size} bytes, {result['parameters']} parameters,",
                f"losses {b[0]:.4f} to {b[-1]:.4f}, float32 apart"
                f" {max(abs(x - y) / y for x, y in zip(a, b)):.1e}",
                flush=True,
            )
        dist.destroy_process_group()


if __name__ == "__main__":
    chosen = [a for a in sys.argv[1:] if not a.startswith("--")]
    main(chosen or list(MODELS), "--as-is" in sys.argv)
