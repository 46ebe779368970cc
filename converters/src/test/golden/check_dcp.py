"""Lets torch.distributed.checkpoint read what WrittenCheckpointsTest wrote.

Run by hand:
    mvn -pl converters -am test -Dtest=WrittenCheckpointsTest \
        -Dsurefire.failIfNoSpecifiedTests=false -Dsparkmm.keep=FOLDER
    python check_dcp.py FOLDER
"""

import os
import socket
import sys
import tempfile
import warnings

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.checkpoint.default_planner import (
    DefaultLoadPlanner,
    _EmptyStateDictLoadPlanner,
)
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save
from torch.distributed.checkpoint.state_dict_loader import _load_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

warnings.filterwarnings("ignore")


def pattern(count):
    return bytes(0 if at % 3 == 2 else (at + 1) & 255 for at in range(count))


def raw(tensor):
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def check_pattern(name, tensor):
    expected = pattern(tensor.numel() * tensor.element_size())
    if tensor.dtype == torch.bool:
        expected = bytes(min(value, 1) for value in expected)
    assert raw(tensor) == expected, name


def check_ranks(folder):
    state = {
        "model": {
            "rows.weight": torch.zeros(7, 3),
            "scalar": torch.tensor(0.0),
            "none": torch.empty(0, 5, dtype=torch.bfloat16),
        },
        "checkpoint_version": 0.0,
        "groups": [{"lr": 0.0, "betas": []}],
    }
    dcp.load(
        state,
        storage_reader=dcp.FileSystemReader(folder),
        planner=DefaultLoadPlanner(),
        no_dist=True,
    )
    for name, tensor in state["model"].items():
        check_pattern(name, tensor)
    assert state["checkpoint_version"] == 3.0
    assert state["groups"] == [{"lr": 0.125, "betas": [0.9, None]}]


def check_any(folder):
    state = {}
    _load_state_dict(
        state,
        storage_reader=dcp.FileSystemReader(folder),
        planner=_EmptyStateDictLoadPlanner(),
        no_dist=True,
    )
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "whole.pt")
        dcp_to_torch_save(folder, path)
        whole = torch.load(path, weights_only=True)
    assert whole.keys() == state.keys()
    return whole


def reshard(rank, world, port, folder):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    dist.init_process_group("gloo", rank=rank, world_size=world)
    mesh = init_device_mesh("cpu", (world,))
    rows = distribute_tensor(torch.zeros(7, 3), mesh, [Shard(1)])
    dcp.load({"model": {"rows.weight": rows}}, checkpoint_id=folder)
    check_pattern("rows.weight", rows.full_tensor())
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    root = sys.argv[1]
    for name in sorted(os.listdir(root)):
        folder = os.path.join(root, name)
        if not os.path.exists(os.path.join(folder, ".metadata")):
            continue
        whole = check_any(folder)
        if name.startswith("ranks"):
            check_ranks(folder)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            mp.spawn(reshard, args=(2, port, folder), nprocs=2)
        elif name.startswith("type_"):
            check_pattern(name, whole["model"]["x"])
        elif name == "wheel":
            assert whole["wheel"].flatten().tolist() == list(range(9))
        print(name, "is right, torch", torch.__version__)
