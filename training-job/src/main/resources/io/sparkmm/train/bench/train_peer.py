"""Trains the model of `sparkmm bench train` with transformers and measures it.

    python train_peer.py task.json result.json

The task holds a Qwen2-VL configuration, the sizes of the batch and the number of processes. One
process trains plainly with the fused AdamW, two train with fully_shard over Gloo. Needs torch and
transformers; no network is used.
"""

import json
import os
import re
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

TEXT_BEFORE = 8


def memory(name):
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(name + r":\s+(\d+) kB", status.read()).group(1)) * 1024


def matmul_flops(side=2048, seconds=1.5):
    a, b, out = torch.ones(side, side), torch.ones(side, side), torch.ones(side, side)
    best, begin = float("inf"), time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        torch.mm(a, b, out=out)
        best = min(best, time.perf_counter() - start)
    return 2.0 * side**3 / best


def make_batch(config, task, seed):
    rows, columns, side = task["rows"], task["columns"], task["grid"]
    vision = config["vision_config"]
    merge = vision["spatial_merge_size"]
    picture = (side // merge) ** 2
    random = torch.Generator().manual_seed(seed)
    start = config["vision_start_token_id"]
    ids = torch.randint(0, start, (rows, columns), generator=random)
    ids[:, TEXT_BEFORE] = start
    ids[:, TEXT_BEFORE + 1 : TEXT_BEFORE + 1 + picture] = config["image_token_id"]
    ids[:, TEXT_BEFORE + 1 + picture] = config["vision_end_token_id"]
    labels = ids.clone()
    labels[ids == config["image_token_id"]] = -100
    values = vision["in_channels"] * vision["temporal_patch_size"] * vision["patch_size"] ** 2
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "labels": labels,
        "pixel_values": torch.rand(rows * side * side, values, generator=random) * 2 - 1,
        "image_grid_thw": torch.tensor([[1, side, side]] * rows),
    }


def local(tensor):
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def train(rank, task, meeting, result_file):
    torch.set_num_threads(task["threads"])
    ranks, config = task["ranks"], task["config"]
    if ranks > 1:
        dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank, world_size=ranks)
    peak = matmul_flops()
    torch.manual_seed(1)
    model = Qwen2VLForConditionalGeneration._from_config(
        Qwen2VLConfig(**config), attn_implementation="sdpa", torch_dtype=torch.float32
    )
    model.train()
    parameters = sum(p.numel() for p in model.parameters())
    if ranks > 1:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        mesh = init_device_mesh("cpu", (ranks,))
        for block in [*model.model.visual.blocks, *model.model.language_model.layers]:
            fully_shard(block, mesh=mesh)
        fully_shard(model, mesh=mesh)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, fused=True
    )
    batch = make_batch(config, task, rank)
    steps, losses, parts = [], [], {"forward": [], "backward": [], "optimizer": []}
    for _ in range(task["warm_up"] + task["iterations"]):
        begin = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model(**batch, use_cache=False).loss
        losses.append(loss.item())
        middle = time.perf_counter()
        loss.backward()
        late = time.perf_counter()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        end = time.perf_counter()
        steps.append(end - begin)
        parts["forward"].append(middle - begin)
        parts["backward"].append(late - middle)
        parts["optimizer"].append(end - late)
    counted = task["iterations"]
    state = sum(local(p).nbytes for p in model.parameters())
    state += sum(local(p.grad).nbytes for p in model.parameters() if p.grad is not None)
    state += sum(
        local(value).nbytes
        for values in optimizer.state.values()
        for key, value in values.items()
        if key.startswith("exp_avg")
    )
    if rank == 0:
        with open(result_file, "w", encoding="utf-8") as out:
            json.dump(
                {
                    "parameters": parameters,
                    "step_ms": sorted(steps[-counted:])[counted // 2] * 1e3,
                    "split_ms": {k: sum(v[-counted:]) / counted * 1e3 for k, v in parts.items()},
                    "tokens": batch["input_ids"].numel() * ranks,
                    "flops": task["flops"] * ranks,
                    "matmul_flops_per_second": peak * ranks,
                    "state_bytes": state,
                    "resident_bytes": memory("VmRSS"),
                    "peak_resident_bytes": memory("VmHWM"),
                    "first_loss": losses[0],
                    "last_loss": losses[-1],
                    "torch": torch.__version__,
                },
                out,
            )
    if ranks > 1:
        dist.barrier()
        dist.destroy_process_group()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        task = json.load(file)
    if task["ranks"] == 1:
        train(0, task, "", sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(
            train,
            args=(task, os.path.join(folder, "meeting"), sys.argv[2]),
            nprocs=task["ranks"],
        )


if __name__ == "__main__":
    main()
