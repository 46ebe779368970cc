"""Reads with PyTorch what the Java tests wrote.

Usage: check_torch.py FOLDER, after running TorchFileLayoutTest with -Dsparkmm.keep=FOLDER.
Every way of loading must give what PyTorch itself wrote to torch/written.pt.
"""

import os
import sys
from pathlib import Path

os.environ["TORCH_SERIALIZATION_DEBUG"] = "1"  # compares computed with real offsets

import torch
from torch.utils.serialization import config

kept = Path(sys.argv[1])
golden = torch.load(Path(__file__).parent / "torch" / "written.pt", weights_only=True)


def same(ours, theirs):
    assert type(ours) is type(theirs), (ours, theirs)
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            same(ours[key], theirs[key])
    elif isinstance(theirs, torch.Tensor):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        assert ours.stride() == theirs.stride()
        if theirs.numel():
            flat = [t.reshape(-1).view(torch.uint8) for t in (ours, theirs)]
            assert torch.equal(*flat)
    else:
        assert ours == theirs


for mmap in (False, True):
    for weights_only in (False, True):
        for calculate in (False, True):
            config.load.calculate_storage_offsets = calculate
            options = {"mmap": mmap, "weights_only": weights_only}
            ours = torch.load(kept / "written.pt", **options)
            same(ours, golden)
            assert ours["model"]["tied"].data_ptr() == ours["model"]["float32"].data_ptr()
            many = torch.load(kept / "many.pt", **options)["model"]
            assert len(many) == 3000
            for i, (name, tensor) in enumerate(many.items()):
                assert name == f"layer.{i}" and tensor.shape == (i % 7, 3)
                assert (tensor == i % 256).all()
            print("read with", options, "calculate_storage_offsets", calculate)
