"""Checkpoints of PyTorch's fully_shard on two Gloo ranks, and how their runs went on.

The model, the batches, the learning rates and the parameter groups are those of ToyRun in
src/test/java/io/sparkmm/train/checkpoint. Written beside this script:

  checkpoints/by-name   get_state_dict, as most PyTorch programs and MindSpeed-MM's own engine do
  checkpoints/by-index  the optimizer's own state dict, as Megatron stores it, with its arguments
  checkpoints.json      losses of all iterations

Run: python make_checkpoints.py
"""

import argparse
import json
import math
import os
import shutil

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.checkpoint.state_dict import get_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY, HIDDEN, COLUMNS = 11, 5, 6
BATCH, ITERATIONS, KEPT, WORLD = 12, 6, 3, 2


class Vectors(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        i = torch.arange(VOCABULARY * HIDDEN, dtype=torch.float64)
        values = 0.3 * torch.sin(i * 1.3 + len(name + ".weight"))
        self.weight = torch.nn.Parameter(values.float().view(VOCABULARY, HIDDEN))

    def forward(self, value, project):
        if project:
            return value @ self.weight.t()
        return torch.nn.functional.embedding(value, self.weight)


class Toy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = Vectors("embed")
        self.head = Vectors("head")

    def forward(self, ids):
        return self.head(self.embed(ids[:, :-1], False), True)


def batch(first):
    rows = torch.tensor([first + WORLD * i for i in range(BATCH // WORLD)])
    columns = torch.arange(COLUMNS)
    return (rows[:, None] * 3 + columns[None, :] ** 2) % VOCABULARY


def rate(samples):
    decay = ITERATIONS * BATCH
    warmup = 0.1 * decay
    if samples <= warmup:
        return 0.01 + (0.05 - 0.01) * samples / warmup
    q = (samples - warmup) / (decay - warmup)
    return 0.05 * 0.5 * (math.cos(math.pi * q) + 1.0)


def build(mesh):
    model = Toy()
    fully_shard(model.embed, mesh=mesh)
    fully_shard(model.head, mesh=mesh)
    fully_shard(model, mesh=mesh)
    groups = [
        {"params": [model.embed.weight], "weight_decay": 0.1, "factor": 2.0},
        {"params": [model.head.weight], "weight_decay": 0.0, "factor": 1.0},
    ]
    return model, torch.optim.AdamW(groups, lr=0.05, betas=(0.9, 0.95), eps=1e-8)


def step(model, optimizer, iteration, rank):
    consumed = (iteration - 1) * BATCH
    ids = batch(consumed + rank)
    logits = model(ids)
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, VOCABULARY), ids[:, 1:].reshape(-1)
    )
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for group in optimizer.param_groups:
        group["lr"] = rate(consumed) * group["factor"]
    optimizer.step()
    mean = loss.detach().clone()
    dist.all_reduce(mean)
    return mean.item() / WORLD


def fresh(name):
    folder = os.path.join(HERE, "checkpoints", name)
    if dist.get_rank() == 0:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    dist.barrier()
    return folder


def run(rank):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29657")
    dist.init_process_group("gloo", rank=rank, world_size=WORLD)
    torch.set_num_threads(1)
    model, optimizer = build(init_device_mesh("cpu", (WORLD,)))
    losses = []
    for iteration in range(1, ITERATIONS + 1):
        losses.append(step(model, optimizer, iteration, rank))
        if iteration == KEPT:
            weights, state = get_state_dict(model, optimizer)
            dcp.save(
                {"model": weights, "optimizer": state, "iteration": KEPT},
                checkpoint_id=fresh("by-name"),
            )
            arguments = argparse.Namespace(
                consumed_train_samples=KEPT * BATCH, params_dtype=torch.float32
            )
            dcp.save(
                {
                    "args": arguments,
                    "checkpoint_version": 3.0,
                    "iteration": KEPT,
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "opt_param_scheduler": {"max_lr": 0.05, "num_steps": KEPT * BATCH},
                },
                checkpoint_id=fresh("by-index"),
            )
    if rank == 0:
        with open(os.path.join(HERE, "checkpoints.json"), "w", encoding="utf-8") as out:
            json.dump({"torch": torch.__version__, "kept": KEPT, "losses": losses}, out, indent=1)
            out.write("\n")
    dist.destroy_process_group()


if __name__ == "__main__":
    mp.spawn(run, nprocs=WORLD)
