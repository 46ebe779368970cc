"""Checks that PyTorch reads a checkpoint that ToyRun wrote, and goes on with the same losses.

Two Gloo ranks load it with torch.distributed.checkpoint.load into a sharded model and its AdamW,
which fails if a single entry is missing, and train to the end; the losses are compared with
checkpoints.json. dcp_to_torch_save must turn it into one file with the same tensors, too.

Run: python check_checkpoint.py FOLDER/iter_0000003
"""

import json
import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.device_mesh import init_device_mesh

import make_checkpoints as made


def run(rank, folder, wanted):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29659")
    dist.init_process_group("gloo", rank=rank, world_size=made.WORLD)
    torch.set_num_threads(1)
    model, optimizer = made.build(init_device_mesh("cpu", (made.WORLD,)))
    factors = [group.pop("factor") for group in optimizer.param_groups]
    weights, state = get_state_dict(model, optimizer)
    loaded = {"model": weights, "optimizer": state, "iteration": 0, "args": None}
    dcp.load(loaded, checkpoint_id=folder)
    set_state_dict(
        model,
        optimizer,
        model_state_dict=loaded["model"],
        optim_state_dict=loaded["optimizer"],
    )
    assert loaded["iteration"] == made.KEPT, loaded["iteration"]
    assert loaded["args"].consumed_train_samples == made.KEPT * made.BATCH, loaded["args"]
    for group, factor in zip(optimizer.param_groups, factors):
        group["factor"] = factor
    for iteration in range(made.KEPT + 1, made.ITERATIONS + 1):
        loss = made.step(model, optimizer, iteration, rank)
        expected = wanted[iteration - 1]
        if rank == 0:
            print(f"iteration {iteration}: loss {loss:.8f}, expected {expected:.8f}")
        assert abs(loss - expected) < 1e-6 * expected, (iteration, loss, expected)
    dist.destroy_process_group()


if __name__ == "__main__":
    checkpoint = sys.argv[1]
    with open(os.path.join(made.HERE, "checkpoints.json"), encoding="utf-8") as source:
        losses = json.load(source)["losses"]
    mp.spawn(run, (checkpoint, losses), nprocs=made.WORLD)
    with tempfile.TemporaryDirectory() as work:
        whole = os.path.join(work, "whole.pt")
        dcp_to_torch_save(checkpoint, whole)
        content = torch.load(whole, weights_only=False)
    print("dcp_to_torch_save:", sorted(content), sorted(content["model"]))
    print("PyTorch", torch.__version__, "reads", checkpoint)
