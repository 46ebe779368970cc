"""Runs the model that the quickstart exported in Hugging Face transformers, on held-out questions.

    python make_quickstart.py <quickstart output folder>

Copies the exported folder and three held-out pictures to quickstart/ beside this script and writes
there what transformers makes of them: token ids, picture grids, and the logits of all positions.
QuickstartGoldenTest compares ours with them. Made with transformers 4.57.6 and torch 2.10.0 on CPU.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, Qwen2VLForConditionalGeneration, Qwen2VLImageProcessor

KINDS = ("colour", "count", "describe")
FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)


def main(output: Path) -> None:
    exported = output / "trained" / "hf"
    target = Path(__file__).parent / "quickstart"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name in FILES:
        shutil.copy(exported / name, target / name)

    tokenizer = AutoTokenizer.from_pretrained(exported)
    processor = Qwen2VLImageProcessor.from_pretrained(exported)
    model, info = Qwen2VLForConditionalGeneration.from_pretrained(
        exported, torch_dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info[kind]:
            raise SystemExit(f"transformers reports {kind}: {info[kind]}")
    model.eval()

    heldout = json.loads((output / "shapes" / "heldout.json").read_text())
    cases = []
    tensors = {}
    for number, kind in enumerate(KINDS):
        # A different scene for each case.
        question = [item for item in heldout if item["kind"] == kind][number]
        picture = Image.open(output / "shapes" / question["image"]).convert("RGB")
        shutil.copy(output / "shapes" / question["image"], target / f"{number}.png")
        pixels = processor(images=[picture], return_tensors="pt")
        grid = pixels["image_grid_thw"]
        pads = int(grid.prod()) // processor.merge_size**2
        text = (
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
            "<|im_start|>user\n<|vision_start|>"
            + "<|image_pad|>" * pads
            + f"<|vision_end|>\n{question['question']}<|im_end|>\n<|im_start|>assistant\n"
        )
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)
        with torch.no_grad():
            logits = model(**ids, **pixels).logits[0]
            generated = model.generate(**ids, **pixels, max_new_tokens=24, do_sample=False)
        answer = tokenizer.decode(generated[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        tensors[f"logits.{number}"] = logits.float().contiguous()
        cases.append(
            {
                "image": f"{number}.png",
                "kind": kind,
                "question": question["question"],
                "answer": question["answer"],
                "generated": answer,
                "ids": ids["input_ids"][0].tolist(),
                "grid": grid[0].tolist(),
            }
        )
    save_file(tensors, target / "expected.safetensors")
    (target / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    print(json.dumps(cases, indent=1))


main(Path(sys.argv[1]))
