"""Makes the golden files beside this script with the reference implementation.

    python make_safetensors.py          writes them
    python make_safetensors.py <folder> reads back what the Java tests wrote to <folder>
                                        (run them with -Dsparkmm.keep=<folder>)

Made with safetensors 0.8.0, torch 2.10.0, huggingface_hub 0.36.2.
"""

import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent

TYPES = [
    torch.bool, torch.uint8, torch.int8, torch.float8_e5m2, torch.float8_e4m3fn,
    torch.int16, torch.uint16, torch.float16, torch.bfloat16, torch.int32, torch.uint32,
    torch.float32, torch.float64, torch.int64, torch.uint64,
]


def filled(dtype, *shape):
    """Bytes 0, 1, 2, ... (bool: 0 and 1 in turn) seen as the given type."""
    count = 1
    for size in shape:
        count *= size
    count *= torch.empty(0, dtype=dtype).element_size()
    data = torch.arange(count) % (2 if dtype == torch.bool else 251)
    return data.to(torch.uint8).view(dtype).reshape(shape)


def all_types():
    tensors = {f"t.{i:02d}": filled(t, 2, 3) for i, t in enumerate(TYPES)}
    tensors["scalar"] = filled(torch.float32)
    tensors["empty"] = filled(torch.float32, 0, 4)
    tensors['odd "name"\\\n\u0001 é 中 \U0001f600 \ufb00'] = filled(torch.float32, 1)
    tensors["odd \ufb00"] = filled(torch.int16, 1)
    tensors["odd \U0001f600"] = filled(torch.int16, 1)
    return tensors


def make():
    save_file(all_types(), HERE / "all_types.safetensors", {"format": "pt"})
    save_file({"attn.0": torch.zeros(1, 2, 3)}, HERE / "vector_no_padding.safetensors")
    save_file({"attn0": torch.zeros(1, 1, 2, 3)}, HERE / "vector_padding.safetensors")
    save_file({}, HERE / "no_tensors.safetensors")
    make_sharded()


def make_sharded():
    """The way of save_pretrained: plan, files, index."""
    from huggingface_hub import split_torch_state_dict_into_shards

    sizes = [("c", 10), ("a", 25), ("huge", 40), ("b", 5), ("d", 30), ("e", 1)]
    state = {name: filled(torch.float32, n) for name, n in sizes}
    split = split_torch_state_dict_into_shards(state, max_shard_size=120)
    folder = HERE / "sharded"
    folder.mkdir(exist_ok=True)
    for file_name, names in split.filename_to_tensors.items():
        save_file({name: state[name] for name in names}, folder / file_name, {"format": "pt"})
    # transformers adds total_parameters in newer releases; total_size is what loaders read.
    index = {
        "metadata": {"total_size": split.metadata["total_size"]},
        "weight_map": split.tensor_to_filename,
    }
    text = json.dumps(index, indent=2, sort_keys=True) + "\n"
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")


def check(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.safetensors")):
        with safe_open(path, "pt") as f:
            names = list(f.keys())
        tensors = load_file(path)
        assert sorted(names) == sorted(tensors)
        print(f"{path.name}: {len(tensors)} tensors read")


if __name__ == "__main__":
    make() if len(sys.argv) == 1 else check(sys.argv[1])
