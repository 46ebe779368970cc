#!/usr/bin/env python3
"""Runs LLaMA-Factory's pairwise, packing and pretraining processors on generated records, and
writes what comes out.

  make_stages.py TOKENIZER_DIR golden               stages.jsonl next to this script
  make_stages.py TOKENIZER_DIR dump FILE CASES      a large file with CASES cases of each stage

TOKENIZER_DIR holds tokenizer.json and tokenizer_config.json of a Qwen2 family checkpoint.
Needs what make_qwen2vl.py needs, of which it takes the tokenizer, pieces of text and run lengths.

A line: `stage`, `cutoff` (as the user sets it), flags, `records` (system, turns, images; of a pair
`chosen` and `rejected` too), `sizes` of the pictures, and `rows`: per row `ids` (run lengths),
`spans`, `images`, and `rejected_ids`, `rejected_spans` or `positions` (run lengths of steps of 1:
[first, count]) and `mask` (run lengths as [value, count]). A pair that LLaMA-Factory drops or fails
at has no row. `knapsack` lines have `lengths`, `capacity`, `rows` of record numbers.
"""

import json
import os
import random
import sys
import tempfile

import make_qwen2vl as base
from llamafactory.data.processor import (
    PackedSupervisedDatasetProcessor,
    PairwiseDatasetProcessor,
    PretrainDatasetProcessor,
)
from llamafactory.data.processor.processor_utils import greedy_knapsack
from llamafactory.data.template import get_template_and_fix_tokenizer
from llamafactory.hparams import DataArguments
from PIL import Image

SIZES = {"a.png": (112, 84), "b.png": (56, 56), "c.png": (140, 56)}
WORDS = "one two three red green blue circle square \u4f60\u597d caf\u00e9 1,000 {{content}} <|im_end|>".split()


def text(rng, longest):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randrange(longest + 1)))


def record(rng, pair, longest):
    turns = [text(rng, longest) for _ in range(2 * rng.choice([1, 1, 2, 3]) - (1 if pair else 0))]
    images = [rng.choice(sorted(SIZES)) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
    for _ in images:
        i = 2 * rng.randrange((len(turns) + 1) // 2)
        turns[i] = rng.choice(["<image>\n" + turns[i], turns[i] + "<image>"])
    out = {"system": rng.choice(["", "", "Be brief."]), "turns": turns, "images": images}
    if pair:
        out["chosen"], out["rejected"] = text(rng, longest), text(rng, 2 * longest)
        defect = rng.random()
        if defect < 0.05:
            out["rejected"] += "<image>"
        elif defect < 0.1:
            out["turns"] = turns + ["an answer too many"]
        elif defect < 0.15 and images:
            # The picture stands in both answers.
            out["turns"][0] = out["turns"][0].replace("<image>", "", 1)
            if out["turns"][0] != turns[0]:
                out["chosen"] += "<image>"
                out["rejected"] = "<image>" + out["rejected"]
    return out


def messages(record):
    return [
        {"role": ("user", "assistant")[i % 2], "content": content}
        for i, content in enumerate(record["turns"])
    ]


def aligned(records, pair):
    batch = {key: [] for key in ("_prompt", "_response", "_system", "_tools", "_images", "_videos", "_audios")}
    for r in records:
        all_turns = messages(r)
        answers = (
            [{"role": "assistant", "content": r[key]} for key in ("chosen", "rejected")]
            if pair
            else all_turns[-1:]
        )
        batch["_prompt"].append(all_turns if pair else all_turns[:-1])
        batch["_response"].append(answers)
        batch["_system"].append(r["system"])
        batch["_tools"].append("")
        batch["_images"].append([os.path.join(FOLDER, name) for name in r["images"]] or None)
        batch["_videos"].append(None)
        batch["_audios"].append(None)
    return batch


def runs(values):
    out = []
    for value in values:
        if out and out[-1][0] == value:
            out[-1][1] += 1
        else:
            out.append([value, 1])
    return out


def steps(values):
    out = []
    for value in values:
        if out and out[-1][0] + out[-1][1] == value:
            out[-1][1] += 1
        else:
            out.append([value, 1])
    return out


def processor(reference, kind, args):
    reference.processor.image_max_pixels, reference.processor.image_min_pixels = 262144, 0
    template = get_template_and_fix_tokenizer(reference.tokenizer, args)
    return kind(template, reference.tokenizer, reference.processor, args)


def pair(reference, rng, name, records=None, cutoff=None):
    case = {
        "name": name,
        "stage": "preference",
        "cutoff": cutoff or rng.choice([rng.randrange(1, 60), rng.randrange(30, 200), 4096, 4096]),
        "records": records or [record(rng, True, rng.choice([3, 12]))],
        "sizes": SIZES,
    }
    args = DataArguments(template="qwen2_vl", cutoff_len=case["cutoff"])
    try:
        out = processor(reference, PairwiseDatasetProcessor, args).preprocess_dataset(
            aligned(case["records"], True)
        )
    except Exception as e:  # noqa: BLE001  any failure is an outcome here
        return {**case, "error": f"{type(e).__name__}: {e}"[:120], "rows": []}
    rows = []
    for i in range(len(out.get("chosen_input_ids", []))):
        rows.append(
            {
                "ids": base.run_lengths(out["chosen_input_ids"][i]),
                "spans": base.spans(out["chosen_labels"][i]),
                "rejected_ids": base.run_lengths(out["rejected_input_ids"][i]),
                "rejected_spans": base.spans(out["rejected_labels"][i]),
                "images": [os.path.basename(p) for p in out["images"][i] or []],
            }
        )
    return {**case, "rows": rows}


def packed(reference, rng, name, size):
    # Long enough that no picture is cut, which LLaMA-Factory would let pass.
    cutoff = rng.choice([200, 256, 400])
    case = {
        "name": name,
        "stage": "packed",
        "cutoff": cutoff,
        "neat": rng.random() < 0.7,
        "train_on_prompt": rng.random() < 0.2,
        "records": [record(rng, False, rng.choice([0, 3, 8])) for _ in range(size)],
        "sizes": SIZES,
    }
    args = DataArguments(
        template="qwen2_vl",
        cutoff_len=cutoff,
        packing=True,
        neat_packing=case["neat"],
        train_on_prompt=case["train_on_prompt"],
    )
    out = processor(reference, PackedSupervisedDatasetProcessor, args).preprocess_dataset(
        aligned(case["records"], False)
    )
    rows = []
    for i, ids in enumerate(out["input_ids"]):
        rows.append(
            {
                "ids": base.run_lengths(ids),
                "spans": base.spans(out["labels"][i]),
                "positions": steps(out["position_ids"][i]),
                "mask": runs(out["attention_mask"][i]),
                "images": [os.path.basename(p) for p in out["images"][i] or []],
            }
        )
    return {**case, "rows": rows}


def pretrain(reference, rng, name, size, packing):
    case = {
        "name": name,
        "stage": "pretrain",
        "cutoff": rng.choice([16, 33, 64]),
        "packing": packing,
        "records": [
            {"system": "", "turns": [text(rng, rng.choice([0, 5, 30]))], "images": []}
            for _ in range(size)
        ],
        "sizes": {},
    }
    args = DataArguments(template="qwen2_vl", cutoff_len=case["cutoff"], packing=False)
    args.packing = packing
    batch = {"_prompt": [messages(r) for r in case["records"]]}
    out = processor(reference, PretrainDatasetProcessor, args).preprocess_dataset(batch)
    pad = reference.tokenizer.pad_token_id
    rows = [
        {
            "ids": base.run_lengths(ids),
            "spans": base.spans([-100 if i == pad else i for i in ids]),
            "images": [],
        }
        for ids in out["input_ids"]
    ]
    return {**case, "rows": rows}


def knapsack(rng, name, size):
    capacity = rng.randrange(5, 200)
    lengths = [rng.randrange(1, capacity + 1) for _ in range(size)]
    if rng.random() < 0.5:
        lengths = [1 + n // 3 for n in lengths]
    left = {}
    for i, n in enumerate(lengths):
        left.setdefault(n, []).append(i)
    rows = [[left[n].pop() for n in row] for row in greedy_knapsack(list(lengths), capacity)]
    return {"name": name, "stage": "knapsack", "lengths": lengths, "capacity": capacity, "rows": rows}


def cases(reference, rng, count, window):
    example = {"system": "", "turns": ["u1", "a1", "u2"], "images": [], "chosen": "c", "rejected": "r s t"}
    yield pair(reference, rng, "two prompt turns", [example], 4096)
    long = {**example, "turns": ["word " * 90], "chosen": "x " * 9, "rejected": "y " * 57}
    yield pair(reference, rng, "cut by the longer answer", [long], 120)
    for i in range(count):
        yield pair(reference, rng, f"pair {i}")
    for i in range(max(2, count // 10)):
        yield packed(reference, rng, f"packed {i}", window)
    for i in range(max(2, count // 10)):
        yield pretrain(reference, rng, f"pretrain {i}", window, i % 2 == 0)
    for i in range(max(4, count // 4)):
        yield knapsack(rng, f"knapsack {i}", rng.randrange(1, window))


def main(tokenizer_dir, mode, *rest):
    global FOLDER
    reference = base.Reference(tokenizer_dir)
    file = os.path.join(base.HERE, "stages.jsonl") if mode == "golden" else rest[0]
    count, window = (16, 24) if mode == "golden" else (int(rest[1]), 200)
    with tempfile.TemporaryDirectory() as FOLDER:
        for name, size in SIZES.items():
            Image.new("RGB", size).save(os.path.join(FOLDER, name))
        base.write_lines(file, cases(reference, random.Random(32), count, window))


if __name__ == "__main__":
    main(*sys.argv[1:])
