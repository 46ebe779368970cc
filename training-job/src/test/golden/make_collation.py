#!/usr/bin/env python3
"""Runs LLaMA-Factory's collators and transformers' position code on samples, and writes what comes
out to collation.jsonl next to this script.

  make_collation.py TOKENIZER_DIR

TOKENIZER_DIR holds tokenizer.json and tokenizer_config.json of a Qwen2 family checkpoint. Needs
what data-pipeline/src/test/golden/make_stages.py needs, of which it takes records and processors.

A line: `name`, `neat`, `pad_label`, `samples` (`ids`, `spans`, `grids` of its pictures, and
`rejected_ids`, `rejected_spans` or `segments` as [length, pictures]), and the batch: `columns`,
`ids`, `attention`, `labels` per row, `positions` per axis and row, `grids`, and with neat packing
`first_key`: per row and query the first key that it sees; it sees all keys from there up to itself.
"""

import json
import os
import random
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, *[".."] * 4, "data-pipeline", "src", "test", "golden"))

import make_stages as stages  # noqa: E402  sets up the environment first
import torch  # noqa: E402
from llamafactory.data.collator import (  # noqa: E402
    PairwiseDataCollatorWithPadding,
    SFTDataCollatorWith4DAttentionMask,
)
from llamafactory.data.processor import (  # noqa: E402
    PackedSupervisedDatasetProcessor,
    PairwiseDatasetProcessor,
    SupervisedDatasetProcessor,
)
from llamafactory.data.template import get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.hparams import DataArguments  # noqa: E402
from PIL import Image  # noqa: E402
from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration  # noqa: E402

PROCESSORS = {
    "sft": SupervisedDatasetProcessor,
    "preference": PairwiseDatasetProcessor,
    "packed": PackedSupervisedDatasetProcessor,
}


def tiny_model():
    text = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2)
    text |= dict(num_key_value_heads=1, vocab_size=152064)
    text["rope_scaling"] = {"type": "mrope", "mrope_section": [1, 1, 0]}
    vision = {"depth": 1, "embed_dim": 8, "hidden_size": 8, "num_heads": 1}
    with torch.device("meta"):
        return Qwen2VLForConditionalGeneration(Qwen2VLConfig(vision_config=vision, **text))


def features(out):
    count = len(next(iter(out.values())))
    return [{key: values[i] for key, values in out.items()} for i in range(count)]


def grids(reference, template, images):
    if not images:
        return []
    return template.mm_plugin._get_mm_inputs(images, [], [], reference.processor)["image_grid_thw"].tolist()


def sample(reference, template, kind, feature):
    images = grids(reference, template, feature["images"] or [])
    prefix = "chosen_" if kind == "preference" else ""
    out = {
        "ids": feature[prefix + "input_ids"],
        "spans": stages.base.spans(feature[prefix + "labels"]),
        "grids": images,
    }
    if kind == "preference":
        out["rejected_ids"] = feature["rejected_input_ids"]
        out["rejected_spans"] = stages.base.spans(feature["rejected_labels"])
    if kind == "packed":
        bounds = feature["packing_params"]["sequence_boundaries"][:-1]
        owners = feature["packing_params"]["image_subseq_ids"]
        out["segments"] = [
            [to - start, owners.count(i)] for i, (start, to) in enumerate(zip(bounds, bounds[1:]))
        ]
    return out


def first_keys(mask):
    rows = []
    for row in mask[:, 0]:
        keys = []
        for q, line in enumerate(row):
            allowed = torch.nonzero(line == 0).flatten().tolist()
            assert not allowed or allowed == list(range(allowed[0], q + 1))
            keys.append(allowed[0] if allowed else -1)
        rows.append(keys)
    return rows


def case(reference, model, rng, name, kind, count, cutoff=512, pictures=True, ignore_pad=True):
    args = DataArguments(
        template="qwen2_vl", cutoff_len=cutoff, packing=kind == "packed", neat_packing=kind == "packed"
    )
    template = get_template_and_fix_tokenizer(reference.tokenizer, args)
    records = []
    while len(records) < count:
        record = stages.record(rng, kind == "preference", 4)
        if kind == "preference" and len(record["turns"]) % 2 == 0:
            continue
        if bool(record["images"]) == pictures or (pictures and rng.random() < 0.4):
            if "<image>" not in record.get("chosen", "") + record.get("rejected", ""):
                records.append(record)
    out = stages.processor(reference, PROCESSORS[kind], args).preprocess_dataset(
        stages.aligned(records, kind == "preference")
    )
    rows = features(out)[:2]
    line = {
        "name": name,
        "neat": kind == "packed",
        "pad_label": -100 if ignore_pad else reference.tokenizer.pad_token_id,
        "samples": [sample(reference, template, kind, row) for row in rows],
    }
    common = dict(
        template=template,
        processor=reference.processor,
        tokenizer=reference.tokenizer,
        model=model,
        pad_to_multiple_of=8,
        label_pad_token_id=line["pad_label"],
    )
    collator = (
        PairwiseDataCollatorWithPadding(**common)
        if kind == "preference"
        else SFTDataCollatorWith4DAttentionMask(
            **common,
            block_diag_attn=kind == "packed",
            neat_packing=kind == "packed",
            attn_implementation="sdpa",
        )
    )
    batch = collator(rows)
    line["columns"] = batch["input_ids"].shape[1]
    line["ids"] = [stages.base.run_lengths(row) for row in batch["input_ids"].tolist()]
    line["labels"] = [stages.runs(row) for row in batch["labels"].tolist()]
    if kind == "packed":
        # With a blank picture LLaMA-Factory appends columns to the mask that the ids do not have.
        mask = batch["attention_mask"][:, :, : line["columns"], : line["columns"]]
        line["first_key"] = [stages.runs(row) for row in first_keys(mask)]
    else:
        line["attention"] = [stages.runs(row) for row in batch["attention_mask"].tolist()]
    line["positions"] = [
        [stages.steps(row) for row in axis] for axis in batch["position_ids"][1:, :, : line["columns"]].tolist()
    ]
    line["grids"] = batch["image_grid_thw"].tolist()
    return line


def main(tokenizer_dir):
    reference = stages.base.Reference(tokenizer_dir)
    model = tiny_model()
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as stages.FOLDER:
        for name, size in stages.SIZES.items():
            Image.new("RGB", size).save(os.path.join(stages.FOLDER, name))
        cases = [
            case(reference, model, rng, "conversations", "sft", 2),
            case(reference, model, rng, "padding is learned", "sft", 2, ignore_pad=False),
            case(reference, model, rng, "text only", "sft", 2, pictures=False),
            case(reference, model, rng, "pairs", "preference", 2),
            case(reference, model, rng, "pairs, padding is learned", "preference", 2, ignore_pad=False),
            case(reference, model, rng, "pairs of text", "preference", 2, pictures=False),
            case(reference, model, rng, "packed", "packed", 7, cutoff=176),
            case(reference, model, rng, "packed, one row", "packed", 3, cutoff=400),
            case(reference, model, rng, "packed text", "packed", 4, cutoff=160, pictures=False),
        ]
    stages.base.write_lines(os.path.join(HERE, "collation.jsonl"), cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
