"""Makes the golden files of the readers of pickles and of files of torch.save.

Usage: make_torch.py FOLDER, with torch 2.10 and numpy. Beside each file stands what it holds:
tensors as type, shape, strides and the hexadecimal bytes of their elements in row-major order.
"""

import argparse
import collections
import io
import json
import pickle
import random
import re
import sys
from pathlib import Path

import numpy
import torch

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

TYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
    torch.int16, torch.int8, torch.uint8, torch.bool, torch.uint16, torch.uint32, torch.uint64,
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
    torch.complex32, torch.complex64, torch.complex128,
]


def numbered(dtype, *shape):
    """A tensor whose bytes are 0, 1, 2, ..."""
    count = int(numpy.prod(shape, dtype=int)) * dtype.itemsize
    data = (torch.arange(count) % (2 if dtype == torch.bool else 256)).to(torch.uint8)
    return data.view(dtype).reshape(shape) if count else torch.empty(shape, dtype=dtype)


def describe(tensor):
    data = tensor.detach().contiguous()
    raw = data.reshape(-1).view(torch.uint8).numpy().tobytes() if data.numel() else b""
    return {
        "type": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "strides": list(tensor.stride()),
        "bytes": raw.hex(),
    }


def save(name, value, tensors, **options):
    torch.save(value, folder / name, **options)
    expected = {key: describe(tensor) for key, tensor in tensors.items()}
    (folder / (name + ".json")).write_text(json.dumps(expected).replace("}, ", "},\n") + "\n")


# Every element type.
tensors = {str(dtype).removeprefix("torch."): numbered(dtype, 2, 3) for dtype in TYPES}
save("types.pt", {"model": tensors}, tensors)

# Views.
base = numbered(torch.float32, 4, 6)
views = {
    "base": base,
    "transposed": base.t(),
    "row": base[2],
    "columns": base[:, 1:3],
    "steps": base[::2, ::3],
    "permuted": numbered(torch.int16, 2, 3, 4).permute(2, 0, 1),
    "scalar": torch.tensor(1.5, dtype=torch.float64),
    "scalar_of_base": base[3, 5],
    "empty": torch.empty(0, 4),
    "empty_of_base": base[4:],
    "unwritten": numbered(torch.uint16, 3, 4).t(),
    "expanded": torch.tensor([[1], [2]]).expand(2, 5),
    "parameter": torch.nn.Parameter(base.clone()),
}
marked = base.clone()
marked.note = "attribute"
views["marked"] = marked
marked_parameter = torch.nn.Parameter(base.clone())
marked_parameter.note = "attribute"
views["marked_parameter"] = marked_parameter
save("views.pt", {"model": views}, views)

# What a training run leaves, with foreign objects all around the weights.
module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
with torch.no_grad():
    for i, value in enumerate(module.state_dict().values()):
        value.copy_(torch.full_like(value, i))
state = module.state_dict()
state["0._extra_state"] = None
state["1._extra_state"] = io.BytesIO(b"state")
random.seed(1)
numpy.random.seed(1)
run = {
    "args": argparse.Namespace(
        lr=1e-3, names=["a", "b"], dtype=torch.bfloat16, flag=re.RegexFlag.IGNORECASE,
        path=Path("folder/file"), device=torch.device("cpu"), size=torch.Size([1, 2])),
    "checkpoint_version": 3.0,
    "iteration": 12,
    "model": state,
    "rng_state": [{
        "random_rng_state": random.getstate(),
        "np_rng_state": numpy.random.get_state(),
        "torch_rng_state": numbered(torch.uint8, 16),
        "number": numpy.float64(0.5),
        "rng_tracker_states": {},
    }],
    "set": {1, 2}, "frozen": frozenset({"x"}), "bytes": b"\x00\xff", "large": 2**70,
    "negative": -(2**40), "complex": 1 + 2j, "default": collections.defaultdict(list, a=[1]),
    "none": None, "true": True, "storage": numbered(torch.uint8, 4).untyped_storage(),
}
loop = [1]
loop.append(loop)
run["loop"] = loop
save("run.pt", run, {k: v for k, v in state.items() if isinstance(v, torch.Tensor)})

# What our writer must equal byte by byte.
written = {key: numbered(dtype, 2, 3) for key, dtype in
           ((str(dtype).removeprefix("torch."), dtype) for dtype in TYPES[:15])}
written["scalar"] = numbered(torch.float32)
written["empty"] = torch.empty(0, 4)
written["tied"] = written["float32"]
save("written.pt", {"model": written, "checkpoint_version": 3.0, "iteration": 70000,
                    "list": [1, -2, 3.5, True, None, "x"], "one": {"a": []}}, written)

# Batches of dicts and lists as Python's pickler makes them.
def text(i):
    """The same object for the same number, as literals of a program are."""
    return sys.intern(str(i))


batches = {text(n): [{text(i): i for i in range(n)}, list(range(n))]
           for n in (0, 1, 2, 1000, 1001)}
(folder / "batches.pkl").write_bytes(pickle.dumps(batches, protocol=2))

# Not for us.
torch.save({"model": {"a": numbered(torch.float32, 2)}}, folder / "legacy.pt",
           _use_new_zipfile_serialization=False)
script = torch.jit.script(torch.nn.ReLU())
torch.jit.save(script, str(folder / "script.pt"))

# An archive inside of a file.
stream = io.BytesIO()
torch.save(numbered(torch.bfloat16, 3, 2), stream)
(folder / "slice.bin").write_bytes(b"before" + stream.getvalue() + b"after")

# Plain data in all protocols that are read.
loop = [1]
loop.append(loop)
plain = {
    "numbers": [1, 2, 300, 70000, -1, 2**40, 2**100, -(2**63), 2**63, 1.5],
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)), "set": {1}, "frozen": frozenset([2]),
    "bytes": b"\x00\xff", "none": None, "true": True, "false": False,
    "ordered": collections.OrderedDict(b=1, a=2), "loop": loop, (1, "x"): "key", 3: "number",
    "text é \U0001f600": "x" * 300, "range": range(3), "name": argparse.Namespace(a=1),
    "class": collections.OrderedDict,
}
for protocol in range(2, 6):
    (folder / f"plain{protocol}.pkl").write_bytes(pickle.dumps(plain, protocol=protocol))
