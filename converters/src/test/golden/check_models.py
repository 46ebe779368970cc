"""Reads with PyTorch and transformers what the Java tests wrote.

    mvn -pl converters -am test -Dtest=GoldenRoundTripTest -Dsparkmm.keep=FOLDER -Dsurefire.failIfNoSpecifiedTests=false
    python check_models.py FOLDER

Every `.pt` below FOLDER must load with `weights_only=True`. Every `*-hf` folder must load with `from_pretrained`
without missing, unexpected or mismatched tensors, and give the same logits as the original; InternVL, whose code is
not part of transformers, must hold the same tensors as the original.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForImageTextToText
from transformers import __version__ as transformers_version

HERE = Path(__file__).parent / "models"


def load(folder):
    model, info = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True, dtype="auto")
    wrong = {key: value for key, value in info.items() if value}
    if wrong:
        raise SystemExit(f"{folder}: {wrong}")
    return model.eval()


def tensors(folder):
    state = {}
    for file in sorted(folder.glob("*.safetensors")):
        state |= load_file(file)
    return state


def same_bytes(a, b):
    return a.keys() == b.keys() and all(
        a[key].dtype == b[key].dtype and torch.equal(a[key].flatten().view(torch.uint8), b[key].flatten().view(torch.uint8))
        for key in a)


def main():
    folder = Path(sys.argv[1])
    files = sorted(folder.rglob("*.pt"))
    for file in files:
        state = torch.load(file, weights_only=True)
        if list(state)[-1] != "checkpoint_version" or state["checkpoint_version"] != 3.0:
            raise SystemExit(f"{file}: no checkpoint_version 3.0 at the end")
        if not all(isinstance(value, torch.Tensor) and value.is_contiguous() for value in state["model"].values()):
            raise SystemExit(f"{file}: not contiguous tensors")
    exported = sorted(folder.glob("*-hf"))
    if not files or not exported:
        raise SystemExit(f"{folder}: nothing to check")
    ids = torch.tensor([[3, 5, 7, 9, 11]])
    for target in exported:
        original = next(path for path in sorted(HERE.iterdir(), reverse=True) if target.name.startswith(path.name + "-"))
        if not same_bytes(tensors(target), tensors(original)):
            raise SystemExit(f"{target}: tensors differ from {original}")
        if not target.name.startswith("internvl"):
            with torch.no_grad():
                if not torch.equal(load(target)(input_ids=ids).logits, load(original)(input_ids=ids).logits):
                    raise SystemExit(f"{target}: logits differ from {original}")
            print(target.name, "loads and gives the logits of", original.name, AutoConfig.from_pretrained(target).model_type)
        else:
            print(target.name, "holds the tensors of", original.name)
    print(f"{len(files)} .pt files, {len(exported)} folders; torch {torch.__version__}, transformers {transformers_version}")


if __name__ == "__main__":
    main()
