"""Makes the directories of dcp/: checkpoints that torch.distributed.checkpoint wrote from one, two
and four processes (gloo), and expected.json beside each of them: the elements as hexadecimal
little-endian bytes, and the other values as JSON.

Run by hand: python make_dcp.py   (made with torch 2.10)
"""

import json
import os
import pickle
import shutil
import socket

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.checkpoint.state_dict import get_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dcp")
NAMES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def numbers(dtype, *shape):
    count = 1
    for size in shape:
        count *= size
    values = torch.arange(1, count + 1, dtype=torch.float64) * 0.375 - 2
    return values.to(dtype).reshape(shape)


def raw(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes().hex() if flat.numel() else ""


def expected(flat):
    tensors, values = {}, {}
    for key, value in flat.items():
        if isinstance(value, torch.Tensor):
            tensors[key] = {
                "dtype": NAMES[value.dtype],
                "shape": list(value.shape),
                "hex": raw(value),
            }
        else:
            values[key] = value
    return {"tensors": tensors, "values": values}


def write_expected(name, flat):
    with open(os.path.join(HERE, name, "expected.json"), "w", encoding="utf-8") as out:
        json.dump(expected(flat), out, indent=1, sort_keys=True)
        out.write("\n")


def folder(name):
    path = os.path.join(HERE, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)


def plain_state():
    return {
        "model": {
            "embed.weight": numbers(torch.bfloat16, 5, 3),
            "half": numbers(torch.float16, 3),
            "wide": numbers(torch.float64, 2, 2),
            "ids": torch.tensor([1, -2, 1 << 40]),
            "flags": torch.tensor([True, False, True]),
            "bytes": torch.tensor([0, 7, 255], dtype=torch.uint8),
            "scalar": torch.tensor(2.5),
            "empty": torch.empty(0, 4),
            "turned": numbers(torch.float32, 3, 4).t(),
            "cut": numbers(torch.float32, 6, 4)[2:4],
        },
        "list": [numbers(torch.float32, 2), numbers(torch.int32, 3)],
        "checkpoint_version": 3.0,
        "settings": {"lr": 0.125, "betas": [0.9, 0.95], "name": "adamw", "none": None},
        "nested": {"a": {"b.c": numbers(torch.float32, 1, 2)}},
    }


def plain_flat():
    state = plain_state()
    flat = {"model." + key: value for key, value in state["model"].items()}
    flat["list.0"], flat["list.1"] = state["list"]
    flat["checkpoint_version"] = 3.0
    for key, value in state["settings"].items():
        flat["settings." + key] = value
    flat["nested.a.b.c"] = state["nested"]["a"]["b.c"]
    return flat


def save_plain(name, **options):
    folder(name)
    writer = dcp.FileSystemWriter(name, sync_files=False, **options)
    dcp.save(plain_state(), storage_writer=writer, no_dist=True)
    write_expected(name, plain_flat())


def global_tensors():
    return {
        "odd": numbers(torch.float32, 7, 3),
        "short": numbers(torch.bfloat16, 5),
        "one": numbers(torch.float32, 1, 2),
        "cols": numbers(torch.float32, 2, 9),
        "grid": numbers(torch.bfloat16, 5, 6),
        "same": numbers(torch.int64, 4),
        "step": torch.tensor(12.0),
    }


def save_sharded(rank, world, name):
    tensors = global_tensors()
    mesh = init_device_mesh("cpu", (world,))
    state = {
        "odd": distribute_tensor(tensors["odd"], mesh, [Shard(0)]),
        "short": distribute_tensor(tensors["short"], mesh, [Shard(0)]),
        "one": distribute_tensor(tensors["one"], mesh, [Shard(0)]),
        "cols": distribute_tensor(tensors["cols"], mesh, [Shard(1)]),
        "grid": distribute_tensor(tensors["grid"], mesh, [Shard(0)]),
        "same": distribute_tensor(tensors["same"], mesh, [Replicate()]),
        "step": tensors["step"],
    }
    if world == 4:
        square = init_device_mesh("cpu", (2, 2))
        state["grid"] = distribute_tensor(tensors["grid"], square, [Shard(0), Shard(1)])
    threads = 2 if name.endswith("threads") else 1
    writer = dcp.FileSystemWriter(name, thread_count=threads, sync_files=False)
    dcp.save({"model": state, "iteration": 12}, storage_writer=writer)
    if rank == 0:
        flat = {"model." + key: value for key, value in tensors.items()}
        flat["iteration"] = 12
        write_expected(name, flat)


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(3, 5)
        self.second = torch.nn.Linear(5, 3, bias=False)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))

    def get_extra_state(self):
        return {"seen": 4}

    def set_extra_state(self, state):
        pass


def save_fsdp(rank, world, name):
    torch.manual_seed(0)
    model = Tiny()
    fully_shard(model.first)
    fully_shard(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    model_state, optimizer_state = get_state_dict(model, optimizer)
    dcp.save({"model": model_state, "optimizer": optimizer_state}, checkpoint_id=name)

    def whole(value):
        return value.full_tensor() if isinstance(value, DTensor) else value

    flat = {"model." + key: whole(value) for key, value in model_state.items()}
    flat["model._extra_state.seen"] = flat.pop("model._extra_state")["seen"]
    for fqn, moments in optimizer_state["state"].items():
        for part, value in moments.items():
            flat["optimizer.state." + fqn + "." + part] = whole(value)
    if rank == 0:
        write_expected(name, flat)


def worker(rank, world, port, job, name):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    os.chdir(HERE)  # so that the metadata name no folder of this machine
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=world)
    globals()[job](rank, world, name)
    dist.barrier()
    dist.destroy_process_group()


def run(job, world, name):
    folder(name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(worker, args=(world, port, job, name), nprocs=world)


def rewrite(source, name, change):
    """The metadata of a checkpoint as another version would have written it."""
    with open(os.path.join(HERE, source, ".metadata"), "rb") as file:
        metadata = pickle.load(file)
    os.makedirs(os.path.join(HERE, "variants"), exist_ok=True)
    with open(os.path.join(HERE, "variants", name + ".metadata"), "wb") as file:
        file.write(change(metadata))


def by_protocol(number):
    return lambda metadata: pickle.dumps(metadata, protocol=number)


def as_torch_2_0(metadata):
    """Attributes that came later are missing, and the properties stand in another module."""
    for name in ("storage_meta", "version"):
        del metadata.__dict__[name]
    data = pickle.dumps(metadata, protocol=2)
    return data.replace(
        b"torch.distributed.checkpoint.metadata\nTensorProperties",
        b"torch.distributed._shard.sharded_tensor.metadata\nTensorProperties",
    ).replace(
        b"torch.distributed.checkpoint.metadata\n_MEM_FORMAT_ENCODING",
        b"torch.distributed._shard.sharded_tensor.metadata\nMEM_FORMAT_ENCODING",
    )


def as_torch_1_13(metadata):
    """As 2.0, in the modules of the time and without the original paths."""
    del metadata.__dict__["planner_data"]
    data = as_torch_2_0(metadata)
    return data.replace(b"torch.distributed.checkpoint.", b"torch.distributed._shard.checkpoint.")


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    os.chdir(HERE)
    save_plain("plain")
    save_plain("plain_threads", thread_count=2)
    save_plain("plain_single_files", single_file_per_rank=False)
    run("save_sharded", 1, "ranks1")
    run("save_sharded", 2, "ranks2")
    run("save_sharded", 4, "ranks4")
    run("save_sharded", 2, "ranks2_threads")
    run("save_fsdp", 2, "fsdp2")
    run("save_fsdp", 4, "fsdp4")
    for protocol in (2, 3, 5):
        rewrite("ranks2", "protocol%d" % protocol, by_protocol(protocol))
    rewrite("ranks2", "torch2_0", as_torch_2_0)
    rewrite("ranks2", "torch1_13", as_torch_1_13)
