"""Writes fully_shard.json: losses, gradient norms and weights of a small net that PyTorch's own
fully_shard trains on two processes, and the same in bfloat16 computation.

The net, its initial weights and its data are those of ResidualNet.java.

Run with PyTorch 2.10 in this folder: python make_fully_shard.py
"""

import json
import math
import os
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

INPUTS, HIDDEN, INNER, BLOCKS = 4, 7, 5, 3
RANKS, STEPS, BATCH, MICRO_BATCHES = 2, 10, 12, 2


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.empty(HIDDEN))
        self.up = torch.nn.Linear(HIDDEN, INNER)
        self.down = torch.nn.Linear(INNER, HIDDEN)

    def forward(self, x):
        return x + self.down(torch.tanh(self.up(x * self.scale)))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.input = torch.nn.Linear(INPUTS, HIDDEN)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(BLOCKS))
        self.head = torch.nn.Linear(HIDDEN, 1)

    def forward(self, x):
        x = self.input(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x).view(-1)


def java_hash(text):
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def initial(name, shape):
    remainder = int(math.fmod(java_hash(name), 1000))
    count = math.prod(shape)
    offset = 1.0 if name.endswith("scale") else 0.0
    values = [0.6 * math.sin(1.7 * i + 0.01 * remainder) + offset for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).view(shape)


def batch(first, rows, dtype):
    inputs = [math.cos(0.9 * (first * INPUTS + i)) for i in range(rows * INPUTS)]
    targets = [math.sin(0.7 * (first + i)) for i in range(rows)]
    return (
        torch.tensor(inputs, dtype=torch.float64).view(rows, INPUTS).to(dtype),
        torch.tensor(targets, dtype=torch.float64).to(dtype),
    )


def train(rank, dtype, policy):
    net = Net().to(dtype)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(initial(name, parameter.shape))
    mesh = init_device_mesh("cpu", (RANKS,))
    for module in [*net.blocks, net.head, net]:
        fully_shard(module, mesh=mesh, mp_policy=policy, reshard_after_forward=True)
    decayed = [p for n, p in net.named_parameters() if p.dim() > 1]
    others = [p for n, p in net.named_parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=0.02,
        betas=(0.9, 0.999),
        eps=1e-8,
    )
    rows = BATCH // RANKS // MICRO_BATCHES
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        total = 0.0
        for micro in range(MICRO_BATCHES):
            inputs, targets = batch(step * BATCH + (micro * RANKS + rank) * rows, rows, dtype)
            loss = (net(inputs).to(dtype) - targets).pow(2).mean()
            total += loss.item() / MICRO_BATCHES
            (loss / MICRO_BATCHES).backward()
        losses.append(total)
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        norms.append(norm.full_tensor().item())
        optimizer.step()
    weights = {
        name: parameter.full_tensor().double().flatten().tolist()
        for name, parameter in net.named_parameters()
    }
    return {"losses": losses, "norms": norms, "weights": weights}


def worker(rank, path):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29555")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=RANKS)
    results = {
        "float64": train(rank, torch.float64, MixedPrecisionPolicy()),
        "bfloat16": train(
            rank,
            torch.float32,
            MixedPrecisionPolicy(
                param_dtype=torch.bfloat16,
                reduce_dtype=torch.float32,
                output_dtype=torch.float32,
            ),
        ),
    }
    with open(f"{path}.{rank}", "w") as file:
        json.dump(results, file)
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(worker, args=(f"{folder}/rank",), nprocs=RANKS)
        ranks = []
        for rank in range(RANKS):
            with open(f"{folder}/rank.{rank}") as file:
                ranks.append(json.load(file))
    merged = {
        kind: {
            "losses": [rank[kind]["losses"] for rank in ranks],
            "norms": ranks[0][kind]["norms"],
            "weights": ranks[0][kind]["weights"],
        }
        for kind in ranks[0]
    }
    with open("fully_shard.json", "w") as file:
        json.dump(merged, file, indent=1)
        file.write("\n")
