#!/usr/bin/env python3
"""Makes fsdp/*.json: losses and gradient norms of a small Qwen2-VL over 20 AdamW steps, trained by
PyTorch's own fully_shard on 2 and 4 processes over Gloo, one file per setting.

Weights, pixels and batches follow the rules of make_training.py. A rank whose micro-batch has no
picture runs the vision tower on a blank one with weight 0, as sharded training needs it.

    python make_fsdp_cases.py [case ...]
    needs: torch 2.10, transformers 4.57.6
"""

import json
import math
import sys
import tempfile
from contextlib import nullcontext

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import (
    CheckpointImpl,
    checkpoint_wrapper,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, OffloadPolicy, fully_shard

from make_qwen2vl import HERE, old_name
from make_training import Wide, config, digits, make, micro_batch, modules_of, typed

STEPS, RATE, DECAY = 20, 1e-3, 0.1
TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32,
         "fp64": torch.float64, None: None}

BATCHES = [
    [
        {"row": "5 150 151x2 153 20-26 150 151x6 153 33", "images": [[1, 2, 4], [1, 4, 6]]},
        {"row": "5 6 60-62", "images": []},
    ],
    [
        {"row": "150 151x5 153 70-74", "images": [[1, 2, 10]]},
        {"row": "150 151x6 153 9 10", "images": [[1, 12, 2]]},
    ],
    [{"row": "5 6 7 8-14", "images": []}, {"row": "5 30-35 7 60", "images": []}],
]


def sizes(hidden, heads, key_heads, section):
    text = {
        "vocab_size": 161,
        "hidden_size": hidden,
        "intermediate_size": 27,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
    }
    vision = {"depth": 2, "embed_dim": 24, "mlp_ratio": 2, "num_heads": 3, "patch_size": 2}
    return config(text, vision, section, hidden // heads)


USUAL = sizes(20, 5, 1, [1, 1, 0])
# Key and value layers have two rows: some of four ranks hold nothing of them.
NARROW = sizes(10, 5, 1, [1, 0, 0])


def case(**settings):
    return {
        "config": USUAL,
        "frozen": [],
        "pad_left": False,
        "batches": BATCHES,
        "micro_batches": 1,
        "clip": 0.0,
        "worlds": [2, 4],
        "groups": [],
        "fsdp": {},
    } | settings


CASES = {
    "plain": case(),
    "keep": case(fsdp={"reshard_after_forward": False}),
    "accumulate": case(micro_batches=3),
    "clip": case(clip=0.5, micro_batches=2),
    "uneven": case(config=NARROW, clip=0.5),
    "frozen": case(frozen=["visual.patch_embed", "visual.blocks"]),
    "frozen-keep": case(
        frozen=["visual.", "model.layers.0.mlp."], fsdp={"reshard_after_forward": False}
    ),
    "hsdp": case(fsdp={"sharding_size": 2}, worlds=[4], clip=0.5),
    "hsdp-keep": case(
        fsdp={"sharding_size": 2, "reshard_after_forward": False}, worlds=[4], micro_batches=2
    ),
    "replicated": case(fsdp={"sharding_size": 1}, clip=0.5),
    "between": case(
        fsdp={"reshard_after_forward": 2, "forward_prefetch": 1}, worlds=[4], micro_batches=2
    ),
    "between-recompute": case(
        fsdp={"recompute": True, "use_reentrant": False, "reshard_after_forward": 2}, worlds=[4]
    ),
    "recompute": case(fsdp={"recompute": True, "use_reentrant": False}, micro_batches=2),
    "recompute-reentrant": case(fsdp={"recompute": True, "use_reentrant": True}, micro_batches=2),
    "recompute-keep": case(
        fsdp={"recompute": True, "use_reentrant": True, "reshard_after_forward": False}
    ),
    "ignored-frozen": case(
        frozen=["visual.patch_embed", "visual.blocks"],
        fsdp={"ignored_modules": ["visual.patch_embed", "visual.blocks.0"]},
    ),
    "ignored-trained": case(fsdp={"ignored_modules": ["visual.merger", "model.norm"]}),
    "offload": case(fsdp={"offload_to_cpu": True}, clip=0.5, micro_batches=2),
    "prefetch": case(fsdp={"forward_prefetch": 1, "backward_prefetch": 1}),
    "prefetch-far": case(
        fsdp={"forward_prefetch": 3, "backward_prefetch": 2}, micro_batches=2
    ),
    "mixed": case(
        # Without a group of its own the head would get float32 states and bfloat16 weights.
        groups=["lm_head"],
        fsdp={"param_dtype": "bf16", "reduce_dtype": "fp32", "output_dtype": "fp32"}
    ),
    "mixed-all": case(
        fsdp={
            "param_dtype": "bf16", "reduce_dtype": "fp32", "recompute": True,
            "use_reentrant": True, "forward_prefetch": 1,
        },
        clip=1.0,
        micro_batches=2,
    ),
    "mixed-narrow-reduce": case(fsdp={"param_dtype": "fp32", "reduce_dtype": "bf16"}),
    "mixed-half-reduce": case(fsdp={"param_dtype": "fp32", "reduce_dtype": "fp16"}),
    "mixed-no-cast": case(
        fsdp={"param_dtype": "bf16", "reduce_dtype": "fp32", "cast_forward_inputs": False}
    ),
    "mixed-wide": case(
        fsdp={"param_dtype": "fp64", "reduce_dtype": "fp64", "output_dtype": "fp64"}, clip=0.5
    ),
}


class Root(torch.nn.Module):
    """The model; without pictures the tower sees a blank one that counts with weight 0."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, inputs):
        if "pixel_values" not in inputs:
            # Before the text, as with pictures: all ranks have to exchange in the same order.
            width = 6 * self.net.config.vision_config.patch_size**2
            blank = self.net.model.visual(
                torch.zeros(4, width), grid_thw=torch.tensor([[1, 2, 2]])
            )
            embedded = self.net.get_input_embeddings()(inputs["input_ids"])
            inputs = {**inputs, "inputs_embeds": embedded + (0 * blank.sum()).to(embedded.dtype)}
        return self.net(**inputs, use_cache=False).loss


def modules_named(net, names):
    """Modules by the names of published checkpoints."""
    return [m for n, m in net.named_modules() if old_name(n) in names]


def shard(root, c, world):
    f = c["fsdp"]
    net = root.net
    ignored = {
        p for m in modules_named(net, f.get("ignored_modules", [])) for p in m.parameters()
    }
    ignored_modules = set(modules_named(net, f.get("ignored_modules", [])))
    size = f.get("sharding_size", world)
    if size == world:
        mesh = init_device_mesh("cpu", (world,))
    else:
        mesh = init_device_mesh("cpu", (world // size, size), mesh_dim_names=("Replicate", "Shard"))
    wrapped = [m for m in modules_of(net) if m not in ignored_modules]
    if f.get("recompute"):
        implementation = (
            CheckpointImpl.REENTRANT if f["use_reentrant"] else CheckpointImpl.NO_REENTRANT
        )
        for parent in (net.model.visual.blocks, net.model.language_model.layers):
            for index in range(len(parent)):
                parent[index] = checkpoint_wrapper(parent[index], checkpoint_impl=implementation)
        wrapped = modules_of(net)
    wrapped += modules_named(net, c["groups"])
    for module in [*wrapped, root]:
        fully_shard(
            module,
            mesh=mesh,
            reshard_after_forward=f.get("reshard_after_forward", True),
            mp_policy=MixedPrecisionPolicy(
                param_dtype=TYPES[f.get("param_dtype")],
                reduce_dtype=TYPES[f.get("reduce_dtype")],
                output_dtype=TYPES[f.get("output_dtype")],
                cast_forward_inputs=f.get("cast_forward_inputs", True),
            ),
            offload_policy=(
                CPUOffloadPolicy(pin_memory=False) if f.get("offload_to_cpu") else OffloadPolicy()
            ),
            ignored_params=ignored or None,
        )
    order = [m for m in root.modules() if m in set(wrapped)]
    for at, module in enumerate(order):
        ahead, behind = f.get("forward_prefetch", 0), f.get("backward_prefetch", 0)
        if ahead:
            module.set_modules_to_forward_prefetch(order[at + 1 : at + 1 + ahead])
        if behind:
            module.set_modules_to_backward_prefetch(order[max(0, at - behind) : at][::-1])
    return [p for p in net.parameters() if p in ignored and p.requires_grad]


def train(c, rank, world, dtype):
    net, _ = make(c, dtype)
    wide = (TYPES[c["fsdp"].get("param_dtype")] or dtype) == torch.float64
    with Wide(net, c["config"]["head_size"]) if wide else nullcontext():
        root = Root(net)
        own = shard(root, c, world)
        parameters = [p for p in net.parameters() if p.requires_grad]
        spread = [p for p in parameters if not any(p is q for q in own)]
        optimizer = torch.optim.AdamW(
            parameters, lr=RATE, betas=(0.9, 0.999), eps=1e-8, weight_decay=DECAY, foreach=False
        )
        losses, norms = [], []
        count = c["micro_batches"]
        for step in range(STEPS):
            total = 0.0
            for micro in range(count):
                number = (step * count + micro) * world + rank
                loss = root(typed(micro_batch(c, number), dtype))
                total += loss.item() / count
                (loss / count).backward()
            for p in own:
                dist.all_reduce(p.grad)
                p.grad /= world
            limit = c["clip"] or math.inf
            norm = torch.nn.utils.clip_grad_norm_(spread, limit).full_tensor().item()
            norm = math.sqrt(norm**2 + sum(p.grad.norm().item() ** 2 for p in own))
            losses.append(total)
            norms.append(norm)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    return {"losses": [digits(v) for v in losses], "norms": [digits(v) for v in norms]}


def worker(rank, world, names, folder):
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/store{world}", rank=rank, world_size=world
    )
    for name in names:
        found = {
            str(dtype).removeprefix("torch."): train(CASES[name], rank, world, dtype)
            for dtype in (torch.float64, torch.float32)
        }
        with open(f"{folder}/{name}.{world}.{rank}", "w", encoding="utf-8") as file:
            json.dump(found, file)
        if rank == 0:
            print(name, world, found["float64"]["losses"][-1], found["float32"]["norms"][-1], flush=True)
    dist.destroy_process_group()


def main(names):
    with tempfile.TemporaryDirectory() as folder:
        for world in (2, 4):
            of_world = [name for name in names if world in CASES[name]["worlds"]]
            mp.spawn(worker, args=(world, of_world, folder), nprocs=world)
        (HERE / "fsdp").mkdir(exist_ok=True)
        for name in names:
            result = dict(CASES[name])
            for world in CASES[name]["worlds"]:
                ranks = []
                for rank in range(world):
                    with open(f"{folder}/{name}.{world}.{rank}", encoding="utf-8") as file:
                        ranks.append(json.load(file))
                result[str(world)] = {
                    key: {
                        "losses": [rank[key]["losses"] for rank in ranks],
                        "norms": ranks[0][key]["norms"],
                    }
                    for key in ranks[0]
                }
            path = HERE / "fsdp" / f"{name}.json"
            path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or list(CASES))
