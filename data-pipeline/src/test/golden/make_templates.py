#!/usr/bin/env python3
"""Runs LLaMA-Factory's own templates on generated conversations, and writes what comes out.

  make_templates.py TOKENIZER_DIR golden                  the golden files next to this script
  make_templates.py TOKENIZER_DIR dump OUT_DIR [COUNT]    COUNT (10000) conversations for each
                                                          setup, not committed

TOKENIZER_DIR holds tokenizer.json and tokenizer_config.json of a Qwen2 family checkpoint.
Needs torch, transformers 4.57, llamafactory 0.9.5, tokenizers, pillow. Nothing is downloaded.

The format of a conversation is the one of make_qwen2vl.py, plus `setup`: the name of an entry of
templates_setups.json, which says how the Java side gets the same template and tokenizer.

Grids and numbers of tiles are those of the real image processors. They are computed once for each
picture and pair of bounds and remembered, since they depend on nothing else.
"""

import copy
import json
import os
import random
import sys
import tempfile
from types import SimpleNamespace

from make_qwen2vl import (  # noqa: E402  sets up the environment of the imports below
    HERE, MLLM, PIECES, image_processor, random_text, run_lengths, spans, write_lines)

import torch  # noqa: E402
from llamafactory.data import template as lf  # noqa: E402
from llamafactory.data.converter import get_dataset_converter  # noqa: E402
from llamafactory.data.formatter import EmptyFormatter, FunctionFormatter, StringFormatter  # noqa: E402
from llamafactory.data.parser import DatasetAttr  # noqa: E402
from llamafactory.data.processor import SupervisedDatasetProcessor  # noqa: E402
from llamafactory.hparams import DataArguments  # noqa: E402
from PIL import Image  # noqa: E402
from transformers import AutoTokenizer, CLIPImageProcessor, GotOcr2ImageProcessor, Qwen2VLImageProcessor  # noqa: E402

SIZES = [
    (640, 480), (500, 375), (64, 64), (1024, 1024), (70, 70), (98, 14), (5, 4), (3000, 10), (28, 28),
    (333, 500), (1920, 1080), (300, 900), (1200, 400), (27, 29), (448, 448), (896, 448), (450, 1340),
]
THINK = ["<tool_response>", "</tool_response>", "<think>", "</think>"]
WORDS = ["<s>", "</s>", "<img>", "</img>", "<IMG_CONTEXT>", "<image>"]
# How a tokenizer differs from the base: added tokens that are not special, then special ones.
VARIANTS = {
    "plain": {"words": [], "special": []},
    "qwen3": {"words": THINK, "special": []},
    "ends": {"words": [], "special": WORDS, "bos_token": "<s>", "eos_token": "</s>"},
    "intern": {"words": [], "special": WORDS, "bos_token": "<s>", "eos_token": "<|im_end|>"},
    "no_ends": {"words": [], "special": [], "bos_token": None, "eos_token": None, "pad_token": None},
}
QWEN3_OF_LF = {
    "extends": "qwen3_vl", "tool_format": "qwen", "function": "{{content}}<|im_end|>\n",
    "reasoning": {"open": "<think>\n", "close": "\n</think>\n\n", "discard_masked_history": True},
}
CUSTOM = {
    "prefix": [{"special": "bos"}, "#"],
    "system": ["<<", {"token": "<|im_start|>"}, "{{content}}>>\n"],
    "user": ["[{{idx}}] {{content}}", {"token": "<|im_start|>"}, "\n"],
    "assistant": ["{{content}}", {"special": "eos"}, "\n\n"],
    "observation": "({{content}})",
    "tool_format": "default",
    "stop_words": ["<|im_end|>"],
    "default_system": "Hi.",
    "pictures": {"start": "<|vision_start|>", "image": "<|image_pad|>", "end": "<|vision_end|>",
                 "video": "<|video_pad|>", "family": "qwen_vl"},
}
# template: what SparkMM uses, a name or a definition. reference: LLaMA-Factory's name.
SETUPS = {
    "qwen2vl": {"template": "qwen2vl", "reference": "mm_qwen2vl"},
    "qwen2_vl": {"template": "qwen2_vl", "reference": "qwen2_vl"},
    "qwen2vl, tool format default": {
        "template": "qwen2vl", "reference": "mm_qwen2vl", "tool_format": "default"},
    "qwen3_vl": {"template": "qwen3_vl", "reference": "mm_qwen3_vl", "tokenizer": "qwen3", "preserve": True},
    "qwen3_vl of LLaMA-Factory": {
        "template": QWEN3_OF_LF, "reference": "qwen3_vl", "tokenizer": "qwen3"},
    "qwen3_vl of LLaMA-Factory, not thinking": {
        "template": QWEN3_OF_LF, "reference": "qwen3_vl", "tokenizer": "qwen3", "thinking": False},
    "qwen3_vl of LLaMA-Factory, unset": {
        "template": {**QWEN3_OF_LF, "reasoning": {**QWEN3_OF_LF["reasoning"], "thinking": "unset"}},
        "reference": "qwen3_vl", "tokenizer": "qwen3", "thinking": None},
    "qwen3_vl_nothink": {
        "template": "qwen3_vl_nothink", "reference": "qwen3_vl_nothink", "tokenizer": "qwen3",
        "tool_format": "qwen"},
    "intern_vl": {"template": "intern_vl", "reference": "intern_vl", "tokenizer": "intern"},
    "intern_vl, cropped": {
        "template": "intern_vl", "reference": "intern_vl", "tokenizer": "intern", "crop": True},
    "llava": {"template": "llava", "reference": "llava", "tokenizer": "ends"},
    "vicuna": {"template": "vicuna", "reference": "vicuna", "tokenizer": "ends"},
    "chatml": {"template": "chatml", "reference": "chatml"},
    "default": {"template": "default", "reference": "default", "tokenizer": "ends"},
    "default, tokenizer without ends": {
        "template": "default", "reference": "default", "tokenizer": "no_ends"},
    "empty": {"template": "empty", "reference": "empty", "tokenizer": "ends"},
    "custom": {"template": CUSTOM, "reference": "custom", "tokenizer": "ends"},
}
TEXT_ONLY = {"vicuna", "chatml", "default", "empty"}


class PlainFunction(StringFormatter):
    """MindSpeed-MM's slot for calls: the text as it is."""

    def apply(self, **kwargs):
        return super().apply(content=kwargs["content"])


def register():
    """The templates that LLaMA-Factory does not have, from its own parts."""
    for name, base, observation in (
        ("mm_qwen2vl", "qwen2_vl", "<|im_start|>tool\n{{content}}<|im_end|>\n<|im_start|>assistant\n"),
        ("mm_qwen3_vl", "qwen3_vl", None),
    ):
        new = copy.deepcopy(lf.TEMPLATES[base])
        new.format_function = PlainFunction(slots=["{{content}}"])
        if observation:
            new.format_observation = StringFormatter(slots=[observation])
        lf.TEMPLATES[name] = new
    lf.register_template(
        name="custom",
        format_prefix=EmptyFormatter(slots=[{"bos_token"}, "#"]),
        format_system=StringFormatter(slots=["<<", {"token": "<|im_start|>"}, "{{content}}>>\n"]),
        format_user=StringFormatter(slots=["[{{idx}}] {{content}}", {"token": "<|im_start|>"}, "\n"]),
        format_assistant=StringFormatter(slots=["{{content}}", {"eos_token"}, "\n\n"]),
        format_observation=StringFormatter(slots=["({{content}})"]),
        stop_words=["<|im_end|>"],
        default_system="Hi.",
        mm_plugin=lf.get_mm_plugin(name="qwen2_vl", image_token="<|image_pad|>", video_token="<|video_pad|>"),
    )


def add_tokens(base_dir, variant, folder):
    """Writes the base tokenizer with the tokens of a variant; new ids follow the largest one."""
    with open(os.path.join(base_dir, "tokenizer.json"), encoding="utf-8") as f:
        tokenizer = json.load(f)
    with open(os.path.join(base_dir, "tokenizer_config.json"), encoding="utf-8") as f:
        config = json.load(f)
    largest = max([t["id"] for t in tokenizer["added_tokens"]] + list(tokenizer["model"]["vocab"].values()))
    present = {t["content"] for t in tokenizer["added_tokens"]}
    for content in variant["words"] + variant["special"]:
        if content in present:
            continue
        known = tokenizer["model"]["vocab"].get(content)
        largest += known is None
        tokenizer["added_tokens"].append({
            "id": largest if known is None else known, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": content in variant["special"]})
    for key in ("bos_token", "eos_token", "pad_token"):
        if key in variant:
            config[key] = variant[key]
    for name, content in (("tokenizer.json", tokenizer), ("tokenizer_config.json", config)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            json.dump(content, f)


def load_tokenizer(base_dir, variant):
    with tempfile.TemporaryDirectory() as folder:
        add_tokens(base_dir, VARIANTS[variant], folder)
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def family_of(setup):
    """Name of the folder with the processor's files."""
    name = setup["reference"]
    if name in TEXT_ONLY:
        return "none"
    return name if name in ("intern_vl", "llava") else "qwen3_vl" if "qwen3" in name else "qwen2_vl"


def processor_of(setup):
    """The processor; the real image processor with what LLaMA-Factory's plugins ask for."""
    name = setup["reference"]
    if name in TEXT_ONLY:
        return None
    common = {"video_processor": SimpleNamespace(merge_size=2)}
    if name == "intern_vl":
        size = {"height": 448, "width": 448}
        return SimpleNamespace(
            image_processor=GotOcr2ImageProcessor(size=size), image_seq_length=256,
            crop_to_patches=setup.get("crop", False), **common)
    if name == "llava":
        return SimpleNamespace(
            image_processor=CLIPImageProcessor(
                size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336}),
            patch_size=14, num_additional_image_tokens=1, vision_feature_select_strategy="default", **common)
    if "qwen3" in name:
        images = Qwen2VLImageProcessor(
            patch_size=16, min_pixels=65536, max_pixels=16777216,
            image_mean=[0.5] * 3, image_std=[0.5] * 3)
    else:
        images = image_processor()
    return SimpleNamespace(image_processor=images, **common)


class Setup:
    """One template of LLaMA-Factory with a tokenizer and a processor."""

    def __init__(self, name, tokenizer_dir, folder):
        self.name = name
        self.setup = SETUPS[name]
        self.folder = folder
        self.tokenizer = load_tokenizer(tokenizer_dir, self.setup.get("tokenizer", "plain"))
        self.args = DataArguments(
            template=self.setup["reference"], media_dir=folder, tool_format=self.setup.get("tool_format"))
        self.args.enable_thinking = self.setup.get("thinking", True)
        self.args.preserve_thinking = self.setup.get("preserve", False)
        kept = copy.deepcopy(lf.TEMPLATES[self.setup["reference"]])
        self.template = lf.get_template_and_fix_tokenizer(self.tokenizer, self.args)
        lf.TEMPLATES[self.setup["reference"]] = kept
        self.processor = processor_of(self.setup)
        self.known = {}
        pad = {"intern_vl": "<IMG_CONTEXT>", "llava": "<image>"}.get(self.setup["reference"], "<|image_pad|>")
        self.pad = self.tokenizer.convert_tokens_to_ids(pad)
        if self.processor is not None:
            self.compute = self.template.mm_plugin._get_mm_inputs
            self.template.mm_plugin._get_mm_inputs = self.inputs

    def inputs(self, images, videos, audios, processor, **kwargs):
        """What the plugin computes of pictures, from what it computed of each."""
        assert not videos and not audios
        out = {}
        for image in images:
            key = (image, processor.image_max_pixels, processor.image_min_pixels)
            if key not in self.known:
                one = self.compute([image], [], [], processor)
                self.known[key] = {
                    "image_grid_thw": one.get("image_grid_thw"),
                    "image_num_patches": one.get("image_num_patches"),
                    "pixel_values": torch.as_tensor(one["pixel_values"][:1]).clone(),
                }
            for name, value in self.known[key].items():
                if value is not None:
                    out.setdefault(name, []).append(value)
        return {
            name: [int(v[0]) for v in values] if name == "image_num_patches" else torch.cat(
                [torch.as_tensor(v) for v in values])
            for name, values in out.items()
        }

    def grids(self, case, images):
        """The grids in the form of SparkMM."""
        if not images:
            return []
        known = self.inputs(images, [], [], self.processor)
        if "image_num_patches" in known:
            return [[n, 32, 32] for n in known["image_num_patches"]]
        if "image_grid_thw" in known:
            return known["image_grid_thw"].tolist()
        return [[1, 24, 24] for _ in images]

    def encode(self, case):
        self.args.cutoff_len = case["cutoff"]
        self.args.train_on_prompt = case["train_on_prompt"]
        self.args.mask_history = case["mask_history"]
        if self.processor is not None:
            self.processor.image_max_pixels = case["max_pixels"]
            self.processor.image_min_pixels = case["min_pixels"]
        attr = DatasetAttr("file", "records", formatting="sharegpt")
        for key, value in case["attr"].items():
            setattr(attr, key, value)
        try:
            aligned = get_dataset_converter("sharegpt", attr, self.args)(case["record"])
            out = SupervisedDatasetProcessor(
                self.template, self.tokenizer, self.processor, self.args
            ).preprocess_dataset({key: [value] for key, value in aligned.items()})
            if not out.get("input_ids"):
                return {"outcome": "drop"}
            grids = self.grids(case, aligned["_images"] or [])
        except Exception as e:  # noqa: BLE001  any failure is an outcome here
            return {"outcome": "fail", "error": f"{type(e).__name__}: {e}"[:200]}
        features = sum(t * h * w for t, h, w in grids) // (1 if self.setup["reference"] == "llava" else 4)
        return {
            "outcome": "keep",
            "ids": run_lengths(out["input_ids"][0]),
            "spans": spans(out["labels"][0]),
            "grids": grids,
            "cut": bool(grids) and out["input_ids"][0].count(self.pad) < features,
        }


# --- conversations ------------------------------------------------------------------------------

ODD = [
    "a\u0300\u0301\u0302\u0303\u0327", "\u05d0\u05b8\u0591", "\u202e\u0645\u0631\u062d\u0628\u0627\u202c", "\U0001f469\U0001f3fd\u200d\U0001f680",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\r", "\r\n\r\n", "\u00a0\u00a0", "\u0085", "\u000b\u000c", "\u001c", "\x7f",
    "q" * 700, "\u6f22" * 300, "na\u00efve " * 40, "\uff21\uff11\u3392", "\u1112\u1161\u11ab", "\ufffd\ufffe", "0" * 65,
    "<image", "image>", "<|im_end|><|im_end|>", "<s>", "</s>", "<IMG_CONTEXT", "<img></img>", "USER: ", " ASSISTANT:",
    "\nHuman: ", "System: ", "{{name}}", "{content}", "%s{}", "\\u0041", "<tool_response>", "</think>", "<think>",
]
RESERVED = ["<|image_pad|>", "<|video_pad|>", "<IMG_CONTEXT>"]


def text_of(rng):
    text = random_text(rng)
    if rng.random() < 0.3:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(ODD) + text[at:]
    if rng.random() < 0.15:
        text = " ".join(rng.choice(PIECES + ODD) for _ in range(rng.randrange(20, 80)))
    return text


def thought(rng):
    return rng.choice([
        "<think>\n{}\n</think>\n\n", "<think>\n{}\n</think>\n\n", "<think>{}</think>", "<think>\n{}\n</think>",
        "\n<think>\n{}\n</think>\n\n\n\n", "<think>\n{}", "{}</think>\n\n", "<think>\n\n</think>\n\n",
    ]).replace("{}", text_of(rng))


def value_of(rng, depth=0):
    kind = rng.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return text_of(rng)
    if kind == 1:
        return rng.choice([0, -1, 7, 12345678901234567890123, -0, 10**18])
    if kind == 2:
        return rng.choice([0.1, -0.0, 1e22, 1e16, 123456789012345680.0, 1e-5, 0.0001, 5e-324, 1.7976931348623157e308,
                           2.0**-44, 1 / 3, 9007199254740993.0, float("inf"), rng.uniform(-1e6, 1e6), rng.random() * 10**rng.randrange(-20, 20)])
    if kind < 5:
        return rng.choice([True, False, None, "x"])
    if kind == 5:
        return rng.choice(["caf\u00e9 \u4f60\u597d", "\u0001\u001f\x7f\u2028", "a\"b\\c/d", "\b\f\n\r\t", "\U0001f600"])
    if kind == 6:
        return [value_of(rng, depth + 1) for _ in range(rng.randrange(3))]
    return {text_of(rng)[:12]: value_of(rng, depth + 1) for _ in range(rng.randrange(4))}


def call(rng):
    calls = [{"name": rng.choice(["search", "get_weather", "\u5929\u6c14"]), "arguments": value_of(rng)}
             for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    if rng.random() < 0.1:
        calls[0]["extra"] = 1
    body = calls if len(calls) > 1 or rng.random() < 0.1 else calls[0]
    text = json.dumps(body, ensure_ascii=rng.random() < 0.3, indent=rng.choice([None, None, 2]))
    form = rng.random()
    if form < 0.2:
        text = rng.choice(["", "Let me see.\n"]) + "<tool_call>\n" + text + "\n</tool_call>" + rng.choice(["", "\n"])
    elif form < 0.35:
        text = f"<think>\n{rng.choice(['hm', 'a b'])}\n</think>\n\n" + text
    elif form < 0.4:
        text = rng.choice(["", "no call", "{", "[]", "{}", "{\"name\": \"x\"}", text + " x", "[1]", text[:-1]])
    return text


def template_case(rng, number, name, pictures):
    turns = []
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4, 5, 8])):
        turns.append(("tool" if turns and turns[-1][0] == "call" or rng.random() < 0.05 else "user", text_of(rng)))
        kind = "call" if rng.random() < 0.12 else "assistant"
        turns.append((kind, call(rng) if kind == "call" else text_of(rng)))
    turns = [list(turn) for turn in turns]
    for turn in turns:
        if turn[0] == "assistant" and rng.random() < 0.25:
            turn[1] = thought(rng) + turn[1]
    text_only = SETUPS[name]["reference"] in TEXT_ONLY
    images = [rng.choice(pictures) for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 3, 4]))]
    if text_only and rng.random() < 0.97:
        images = []
    for _ in images if not text_only or rng.random() < 0.8 else [1]:
        places = [i for i, turn in enumerate(turns) if turn[0] != "call"
                  and (i % 2 == 0 or rng.random() < 0.1)]
        turn = turns[rng.choice(places)]
        at = rng.randrange(len(turn[1]) + 1)
        turn[1] = turn[1][:at] + "<image>" + turn[1][at:]
    case = {
        "name": f"{name} {number}",
        "setup": name,
        "attr": {**MLLM, "observation_tag": "tool", "function_tag": "call"},
        "record": {"images": images, "messages": [{"role": r, "content": c} for r, c in turns]},
        "cutoff": rng.choice([rng.randrange(8, 100), rng.randrange(40, 800), rng.randrange(200, 2000), 2048, 4096, 4096]),
        "train_on_prompt": rng.random() < 0.15,
        "mask_history": rng.random() < 0.25,
        "max_pixels": 262144,
        "min_pixels": 0,
    }
    if SETUPS[name]["reference"] in ("intern_vl", "llava"):
        # Hundreds of tokens for each picture.
        case["cutoff"] *= rng.choice([1, 2, 4, 4])
    if rng.random() < 0.3:
        case["max_pixels"], case["min_pixels"] = rng.choice([(589824, 1024), (16384, 0), (10**6, 10**5)])
    messages = case["record"]["messages"]
    system = rng.random()
    if system < 0.2:
        case["record"]["sys"] = rng.choice(["", None, text_of(rng), text_of(rng)])
        case["attr"]["system"] = "sys"
    elif system < 0.3:
        case["attr"]["system_tag"] = "system"
        messages.insert(0, {"role": "system", "content": text_of(rng)})
    defect = rng.random()
    if defect < 0.01:
        messages.pop()
    elif defect < 0.02:
        messages.reverse()
    elif defect < 0.03:
        messages[-1]["content"] += rng.choice(["<image>", "<video>", "<audio>"])
    elif defect < 0.04:
        case["record"]["images"] = images + [rng.choice(pictures)]
    elif defect < 0.045:
        messages[0]["role"] = rng.choice(["system", "human", "assistant"])
    elif defect < 0.05:
        messages[-1]["content"] += rng.choice(RESERVED)
    return case


def make_pictures(folder):
    names = []
    for width, height in SIZES:
        name = f"{width}x{height}.png"
        Image.new("RGB", (width, height)).save(os.path.join(folder, name))
        names.append(name)
    return names


def generate(name, tokenizer_dir, count, folder, pictures):
    rng = random.Random(f"sparkmm {name}")
    setup = Setup(name, tokenizer_dir, folder)
    for number in range(count):
        case = template_case(rng, number, name, pictures)
        # LLaMA-Factory resolves names to files of this folder; the case keeps the names.
        out = setup.encode(copy.deepcopy(case))
        yield {**case, **out}


def line_of(case):
    return json.dumps(case, separators=(",", ":")) + "\n"


def write_dump(tokenizer_dir, out_dir, count, only):
    os.makedirs(out_dir, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pictures = make_pictures(folder)
        for name in SETUPS:
            if only and name not in only:
                continue
            tally = {}
            path = os.path.join(out_dir, name.replace(" ", "_").replace(",", "") + ".jsonl")
            with open(path, "w", encoding="utf-8") as f:
                for case in generate(name, tokenizer_dir, count, folder, pictures):
                    tally[case["outcome"]] = tally.get(case["outcome"], 0) + 1
                    f.write(line_of(case))
            print(name, tally, flush=True)


def hardness(case):
    """Many things at once in few tokens."""
    record = case["record"]
    texts = [m["content"] for m in record["messages"]]
    whole = "".join(texts)
    tokens = sum(1 if i >= 0 else 0 for i in case["ids"])
    truncated = sum(1 - i if i < 0 else 1 for i in case["ids"]) + case["ids"].count(-1) >= case["cutoff"]
    return (
        3 * len(set(m["role"] for m in record["messages"])) + 2 * len(record["images"])
        + 2 * truncated + case["mask_history"] + case["train_on_prompt"] + 2 * ("<think>" in whole)
        + len(set(texts)) + sum(ord(c) > 0x2fff for c in whole) / 50 - tokens / 120
    )


def hardest(cases, count):
    kept = [c for c in cases if c["outcome"] == "keep" and c["spans"] and len(line_of(c)) < 4000]
    ordered = sorted(kept, key=hardness, reverse=True)
    # One of six is a picture cut in two, which SparkMM rejects.
    cut = [c for c in ordered if c["cut"]][:count // 6]
    return cut + [c for c in ordered if not c["cut"]][:count - len(cut)]


def write_golden(tokenizer_dir):
    setups = {
        name: {**{k: v for k, v in setup.items() if k != "reference"}, "processor": family_of(setup)}
        for name, setup in SETUPS.items()}
    with open(os.path.join(HERE, "templates_setups.json"), "w", encoding="utf-8") as f:
        json.dump({"tokenizers": VARIANTS, "setups": setups}, f, indent=1)
        f.write("\n")
    make_tiny(os.path.join(HERE, "tiny_tokenizer"))
    for name, setup in SETUPS.items():
        folder = os.path.join(HERE, "processors", family_of(setup))
        processor = processor_of(setup)
        if processor is not None:
            processor.image_processor.save_pretrained(folder)
            with open(os.path.join(folder, "processor_config.json"), "w", encoding="utf-8") as f:
                rest = {k: v for k, v in vars(processor).items() if isinstance(v, (str, int)) and k != "crop_to_patches"}
                json.dump(rest, f, indent=1)
                f.write("\n")
    with tempfile.TemporaryDirectory() as folder:
        pictures = make_pictures(folder)
        for file, base, count in (
            ("templates_qwen.jsonl", tokenizer_dir, 12),
            ("templates_tiny.jsonl", os.path.join(HERE, "tiny_tokenizer"), 4),
        ):
            cases = []
            for name in SETUPS:
                cases += hardest(generate(name, base, 200, folder, pictures), count)
            write_lines(os.path.join(HERE, file), cases)
            print(file, len(cases))


def make_tiny(folder):
    """A small tokenizer of the Qwen2 kind, trained on the texts of this script."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
               "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
    split = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
             r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(split), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        PIECES + ODD,
        trainers.BpeTrainer(
            vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens(special)
    os.makedirs(folder, exist_ok=True)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as f:
        json.dump({"bos_token": None, "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>",
                   "tokenizer_class": "PreTrainedTokenizerFast"}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    register()
    if len(sys.argv) == 3 and sys.argv[2] == "golden":
        write_golden(sys.argv[1])
    elif len(sys.argv) >= 4 and sys.argv[2] == "dump":
        total = int(sys.argv[4]) if len(sys.argv) > 4 else 10000
        write_dump(sys.argv[1], sys.argv[3], total, sys.argv[5:])
    else:
        sys.exit(__doc__)
