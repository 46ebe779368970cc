#!/usr/bin/env python3
"""Runs LLaMA-Factory's and transformers' own code on conversations and pictures, and writes what
comes out.

  make_qwen2vl.py TOKENIZER_DIR golden                    the two golden files next to this script
  make_qwen2vl.py TOKENIZER_DIR dump OUT_DIR SHARED_DATA  the large comparison, not committed

TOKENIZER_DIR holds tokenizer.json and tokenizer_config.json of a Qwen2 family checkpoint.
Needs torch, transformers 4.57, llamafactory 0.9.5, pillow. Nothing is downloaded.

Format of a conversation: one JSON object with the record and the settings, and with `outcome`
(keep, drop, fail), `ids`, `spans` (half open), `grids`. In `ids` a negative number -n repeats the
id before it n more times. A picture: one JSON object with the file (base64) or its path, the bounds,
Pillow's mode, and for each filter `grid`, `sha256` (of pixel_values as little-endian float32) and
`head` (first numbers).
"""

import base64
import hashlib
import importlib.machinery
import io
import json
import os
import random
import sys
import tempfile
import types

os.environ["HF_HUB_OFFLINE"] = "1"
# llamafactory imports torchaudio for sounds only; an installation for another CUDA would fail here.
audio = types.ModuleType("torchaudio")
audio.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
sys.modules["torchaudio"] = audio

import numpy as np  # noqa: E402
from llamafactory.data.converter import get_dataset_converter  # noqa: E402
from llamafactory.data.mm_plugin import Qwen2VLPlugin  # noqa: E402
from llamafactory.data.parser import DatasetAttr  # noqa: E402
from llamafactory.data.processor import SupervisedDatasetProcessor  # noqa: E402
from llamafactory.data.template import get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.extras import logging as lf_logging  # noqa: E402
from llamafactory.hparams import DataArguments  # noqa: E402
from PIL import Image  # noqa: E402
from transformers import (  # noqa: E402
    AutoTokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)

lf_logging._get_library_root_logger().setLevel("ERROR")
HERE = os.path.dirname(os.path.abspath(__file__))
PREPROCESSOR = {
    "image_processor_type": "Qwen2VLImageProcessor",
    "min_pixels": 3136,
    "max_pixels": 12845056,
    "patch_size": 14,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}


def image_processor():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "preprocessor_config.json"), "w") as f:
            json.dump(PREPROCESSOR, f)
        return Qwen2VLImageProcessor.from_pretrained(folder)


class Reference:
    """LLaMA-Factory's way from a record to ids, labels and grids."""

    def __init__(self, tokenizer_dir):
        self.tokenizer = AutoTokenizer.from_pretrained(tokenizer_dir, local_files_only=True)
        self.processor = Qwen2VLProcessor(
            image_processor=image_processor(),
            tokenizer=self.tokenizer,
            video_processor=Qwen2VLVideoProcessor(),
        )

    def encode(self, case, media_dir):
        args = DataArguments(template="qwen2_vl", cutoff_len=case["cutoff"], media_dir=media_dir)
        # Set afterwards, since LLaMA-Factory refuses the combination that MindSpeed-MM allows.
        args.train_on_prompt = case["train_on_prompt"]
        args.mask_history = case["mask_history"]
        template = get_template_and_fix_tokenizer(self.tokenizer, args)
        self.processor.image_max_pixels = case["max_pixels"]
        self.processor.image_min_pixels = case["min_pixels"]
        attr = DatasetAttr("file", "records", formatting="sharegpt")
        for key, value in case["attr"].items():
            setattr(attr, key, value)
        try:
            aligned = get_dataset_converter("sharegpt", attr, args)(case["record"])
            batch = {key: [value] for key, value in aligned.items()}
            out = SupervisedDatasetProcessor(
                template, self.tokenizer, self.processor, args
            ).preprocess_dataset(batch)
        except Exception as e:  # noqa: BLE001  any failure is an outcome here
            return {"outcome": "fail", "error": f"{type(e).__name__}: {e}"[:200]}
        if not out.get("input_ids"):
            return {"outcome": "drop"}
        images = aligned["_images"] or []
        inputs = template.mm_plugin._get_mm_inputs(images, [], [], self.processor)
        grids = inputs["image_grid_thw"].tolist() if images else []
        return {
            "outcome": "keep",
            "ids": run_lengths(out["input_ids"][0]),
            "spans": spans(out["labels"][0]),
            "grids": grids,
        }


def run_lengths(ids):
    out = []
    for i in ids:
        if len(out) > 1 and out[-1] < 0 and out[-2] == i:
            out[-1] -= 1
        elif out and out[-1] == i:
            out.append(-1)
        else:
            out.append(i)
    return out


def spans(labels):
    out = []
    for i, label in enumerate(labels):
        if label == -100:
            continue
        if out and out[-1][1] == i:
            out[-1][1] = i + 1
        else:
            out.append([i, i + 1])
    return out


MLLM = {
    "messages": "messages",
    "images": "images",
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": None,
    "function_tag": None,
    "system_tag": None,
}


def conversation(name, texts, images=(), **settings):
    case = {
        "name": name,
        "attr": dict(MLLM),
        "record": {
            "images": list(images),
            "messages": [
                {"role": ("user", "assistant")[i % 2], "content": text}
                for i, text in enumerate(texts)
            ],
        },
        "cutoff": 4096,
        "train_on_prompt": False,
        "mask_history": False,
        "max_pixels": 262144,
        "min_pixels": 0,
    }
    for key, value in settings.items():
        if key in ("system", "sys"):
            case["record"][key] = value
            case["attr"]["system"] = key
        elif key in case:
            case[key] = value
        else:
            case["attr"][key] = value
    return case


# --- golden conversations -----------------------------------------------------------------------

GOLDEN_SIZES = {
    "a.png": (640, 480),
    "b.png": (500, 375),
    "c.png": (64, 64),
    "d.png": (1024, 1024),
}


def golden_conversations():
    two = ["<image>\nWho?", "Ann.", "Why?", "Fun."]
    long = ["one two three four five six seven eight nine ten", "red green blue"] * 3
    return [
        conversation("one turn, picture first", ["<image>\nWhat is shown?", "A meal."], ["a.png"]),
        conversation("placeholder last", ["How many dogs?\n<image>", "Two."], ["b.png"]),
        conversation("two turns", two, ["a.png"]),
        conversation(
            "two pictures in two turns", ["<image>First", "a", "Then<image>", "b"], ["c.png", "d.png"]
        ),
        conversation(
            "two pictures in one turn", ["Compare <image> and <image>.", "Same."], ["c.png", "b.png"]
        ),
        conversation("text only", ["Hi", "Hello"]),
        conversation("system column", ["Hi", "Hello"], sys="Be brief."),
        conversation("mask history", two, ["a.png"], mask_history=True),
        conversation("train on prompt", two[:2], ["a.png"], train_on_prompt=True),
        conversation("both flags", two, ["a.png"], mask_history=True, train_on_prompt=True),
        conversation("cut in the second turn", long, cutoff=50),
        conversation("cut, mask history", long, cutoff=50, mask_history=True),
        conversation("long prompt", ["word " * 90, "yes"], cutoff=64),
        conversation("answer starts with a line feed", ["Hi", "\nYo"]),
        conversation("empty texts", ["", ""]),
        conversation(
            "unicode",
            ["e\u0301 caf\u00e9 \u4f60\u597d \U0001f469\u200d\U0001f52c\r\n\t \u0645\u0631\u062d\u0628\u0627", "1234567 \u0939\u093f <|im_end|>\n\n x"],
        ),
    ]


def draw(width, height, channels, shift=0):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return ((x * 7 + y * 13 + c * 29 + (x * y) % 31 * 5 + shift) % 256).astype(np.uint8)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def smooth(width, height):
    """Slow changes, so that lossy formats stay close to it."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], -1).astype(np.uint8)


def golden_pictures():
    """(name, file bytes, max pixels, min pixels)"""
    rgb = Image.fromarray(draw(37, 29, 3))
    palette = rgb.quantize(16)
    bilevel = Image.fromarray(draw(33, 41, 1)[..., 0]).convert("1")
    grey16 = Image.fromarray((draw(31, 30, 1)[..., 0].astype(np.uint16) * 3))
    photo = Image.fromarray(smooth(75, 53))
    exif = Image.Exif()
    exif[0x0112] = 6
    return [
        ("rgb", encoded(rgb, "PNG"), 10**6, 0),
        ("rgb shrunk", encoded(rgb, "PNG"), 800, 0),
        ("rgb enlarged", encoded(rgb, "PNG"), 10**6, 4000),
        ("rgb shrunk, then enlarged", encoded(rgb, "PNG"), 900, 900),
        ("grey", encoded(Image.fromarray(draw(40, 30, 1)[..., 0]), "PNG"), 900, 0),
        ("grey, 4 bits", encoded(Image.fromarray(draw(40, 30, 1)[..., 0]), "PNG", bits=4), 900, 0),
        ("grey and alpha", encoded(Image.fromarray(draw(40, 30, 2), "LA"), "PNG"), 900, 0),
        ("grey, 16 bits", encoded(grey16, "PNG"), 10**6, 0),
        ("grey, 16 bits, shrunk", encoded(grey16, "PNG"), 500, 0),
        ("rgba", encoded(Image.fromarray(draw(40, 30, 4)), "PNG"), 10**6, 0),
        ("rgba shrunk", encoded(Image.fromarray(draw(40, 30, 4)), "PNG"), 900, 0),
        ("rgb with a transparent colour", encoded(rgb, "PNG", transparency=(0, 29, 58)), 900, 0),
        ("palette", encoded(palette, "PNG"), 800, 0),
        ("palette with transparency", encoded(palette, "PNG", transparency=3), 800, 0),
        ("bilevel", encoded(bilevel, "PNG"), 900, 0),
        ("one pixel", encoded(Image.fromarray(draw(1, 1, 3)), "PNG"), 10**6, 0),
        ("wide", encoded(Image.fromarray(draw(300, 1, 3)), "PNG"), 10**6, 0),
        ("tall beyond the ratio", encoded(Image.fromarray(draw(2, 6000, 1)[..., 0]), "PNG"), 10**6, 0),
        ("half rounds to even", encoded(Image.fromarray(draw(98, 14, 3)), "PNG"), 10**6, 0),
        ("gif", encoded(palette, "GIF"), 800, 0),
        ("bmp", encoded(rgb, "BMP"), 800, 0),
        ("bmp palette", encoded(palette, "BMP"), 800, 0),
        ("jpeg", encoded(photo, "JPEG", quality=90), 3000, 0),
        ("jpeg 4:4:4", encoded(photo, "JPEG", quality=90, subsampling=0), 3000, 0),
        ("jpeg 4:2:2", encoded(photo, "JPEG", quality=90, subsampling=1), 3000, 0),
        ("jpeg progressive", encoded(photo, "JPEG", quality=90, progressive=True), 3000, 0),
        ("jpeg grey", encoded(photo.convert("L"), "JPEG", quality=90), 3000, 0),
        ("jpeg cmyk", encoded(photo.convert("CMYK"), "JPEG", quality=90), 3000, 0),
        ("jpeg rgb", encoded(photo, "JPEG", quality=90, keep_rgb=True), 3000, 0),
        ("jpeg turned by exif", encoded(photo, "JPEG", quality=90, exif=exif), 3000, 0),
    ]


class MindSpeedPlugin(Qwen2VLPlugin):
    """The same with NEAREST where MindSpeed-MM takes it."""

    def _preprocess_image(self, image, image_max_pixels, image_min_pixels, **kwargs):
        for beyond, bound in (
            (lambda area: area > image_max_pixels, image_max_pixels),
            (lambda area: area < image_min_pixels, image_min_pixels),
        ):
            if beyond(image.width * image.height):
                factor = (bound / (image.width * image.height)) ** 0.5
                size = int(image.width * factor), int(image.height * factor)
                image = image.resize(size, Image.Resampling.NEAREST)
        return super()._preprocess_image(
            image, image_max_pixels=10**12, image_min_pixels=0, **kwargs
        )


FILTERS = {"LLAMA_FACTORY": Qwen2VLPlugin, "MINDSPEED_MM": MindSpeedPlugin}


def picture(processor, data, filter_name, max_pixels, min_pixels):
    plugin = FILTERS[filter_name]("<|image_pad|>", "<|video_pad|>", None)
    mode = Image.open(io.BytesIO(data)).mode
    images = plugin._regularize_images(
        [data], image_max_pixels=max_pixels, image_min_pixels=min_pixels
    )["images"]
    out = processor(images, return_tensors="np")
    values = out["pixel_values"].astype("<f4")
    return mode, {
        "grid": out["image_grid_thw"][0].tolist(),
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
        "head": [float(v) for v in values.ravel()[:8]],
    }, values


def write_golden(reference):
    with tempfile.TemporaryDirectory() as folder:
        for name, size in GOLDEN_SIZES.items():
            Image.new("RGB", size).save(os.path.join(folder, name))
        cases = []
        for case in golden_conversations():
            out = reference.encode(case, folder)
            case["sizes"] = {n: list(GOLDEN_SIZES[n]) for n in sorted(set(case["record"]["images"]))}
            cases.append({**case, **out})
    write_lines(os.path.join(HERE, "qwen2vl_conversations.jsonl"), cases)
    pictures = []
    for name, data, max_pixels, min_pixels in golden_pictures():
        line = {"name": name, "max_pixels": max_pixels, "min_pixels": min_pixels, "results": {}}
        for filter_name in FILTERS:
            line["mode"], line["results"][filter_name], _ = picture(
                reference.processor.image_processor, data, filter_name, max_pixels, min_pixels
            )
        pictures.append({**line, "file": base64.b64encode(data).decode()})
    write_lines(os.path.join(HERE, "qwen2vl_pictures.jsonl"), pictures)


# --- the large comparison -----------------------------------------------------------------------

PIECES = [
    "the quick brown fox", "How many dogs are there?", "I'm, you've, he'll DON'T", "3.14159 -42 1,000,000",
    "  two  spaces  ", "\t\ttabs\t", "\r\n", "\n\n\n", "\n", " ", "trailing \n", "a\u0300\u0301", "e\u0301",
    "\u00e9", "\u1e9b\u0323", "\u212b\u2126", "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u3053\u3093\u306b\u3061\u306f", "\uc548\ub155", "\u1100\u1161\u11a8",
    "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05c1\u05dc\u05d5\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e44\u0e17\u0e22", "\U0001f600", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea\U0001f1eb",
    "\U0001f44d\U0001f3fd", "\u200b\u200d\ufeff", "\u0000", "\u0007\u001b[0m", "\u00a0\u2003\u3000", "\u2028\u2029", "\ue000\U000f0000",
    "\U00020000\U0002f800", "{{content}}", "{{ idx }}", "<|im_end|>", "<|im_start|>user\n", "<|endoftext|>",
    "<tool_call>", "<think>\n", "<|vision_start|>", "<|object_ref_start|>", "<|im_end", "<im", "<imag e>",
    "def f(x):\n    return x**2\n", "<a href=\"http://x.y/?q=1&r=2\">", "~!@#$%^&*()_+`-=[]\\{}|;':\",./<>?",
    "Stra\u00dfe \u0130stanbul \u01c4 \ufb01", "\u00bd\u00b2\u2460\u2167\u0663", "x" * 120, "ab" * 40, "9" * 30, "\u2581\u2581", "\u0120\u010a",
]


def random_text(rng):
    if rng.random() < 0.05:
        return ""
    return rng.choice(["", " ", "\n"]).join(
        rng.choice(PIECES) if rng.random() < 0.85 else chr(rng.choice(
            [rng.randrange(1, 0xD800), rng.randrange(0xE000, 0x110000)]))
        for _ in range(rng.randrange(1, 9))
    )


def random_conversation(rng, number, pictures):
    texts = [random_text(rng) for _ in range(2 * rng.choice([1, 1, 1, 2, 2, 3, 5]))]
    images = [rng.choice(pictures) for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 3]))]
    for _ in images:
        i = rng.randrange(len(texts)) if rng.random() < 0.2 else 2 * rng.randrange(len(texts) // 2)
        at = rng.randrange(len(texts[i]) + 1)
        texts[i] = texts[i][:at] + "<image>" + texts[i][at:]
    settings = {
        "cutoff": rng.choice([rng.randrange(1, 60), rng.randrange(20, 600), 2048, 8192, 8192]),
        "train_on_prompt": rng.random() < 0.15,
        "mask_history": rng.random() < 0.3,
    }
    if rng.random() < 0.3:
        settings["max_pixels"], settings["min_pixels"] = rng.choice(
            [(589824, 1024), (16384, 0), (10**6, 10**5)])
    if rng.random() < 0.25:
        settings["system"] = rng.choice(["", None, random_text(rng), "Be brief. <image>"])
    case = conversation(f"random {number}", texts, images, **settings)
    messages = case["record"]["messages"]
    if rng.random() < 0.1:
        case["attr"]["system_tag"] = "system"
        messages.insert(0, {"role": "system", "content": random_text(rng)})
    defect = rng.random()
    if defect < 0.02:
        messages.pop()
    elif defect < 0.04:
        messages.reverse()
    elif defect < 0.06:
        messages[-1]["content"] += rng.choice(["<image>", "<video>", "<audio>", "<image><image>"])
    elif defect < 0.08:
        case["record"]["images"] = images + [rng.choice(pictures)]
    elif defect < 0.09:
        messages.clear()
    elif defect < 0.10:
        messages[0]["role"] = rng.choice(["system", "tool", "human", ""])
    elif defect < 0.11 and images:
        case["record"]["images"][0] = "no/such/file.jpg"
    elif defect < 0.12:
        messages[0]["content"] = None
    elif defect < 0.13:
        messages[0]["content"] += "<|image_pad|>"
    return case


def odd_pictures(folder):
    names = []

    def save(image, name, **options):
        image.save(os.path.join(folder, name), **options)
        names.append(os.path.join(folder, name))

    rng = random.Random(5)
    sizes = [(1, 1), (2, 3), (27, 29), (28, 28), (64, 64), (70, 70), (98, 14), (3000, 10), (10, 3000),
             (5600, 28), (10000, 10), (1920, 1080), (1024, 1024), (513, 511), (42, 42), (14, 500)]
    sizes += [(rng.randrange(1, 900), rng.randrange(1, 900)) for _ in range(40)]
    for i, (w, h) in enumerate(sizes):
        kind = i % 6
        if kind == 0:
            save(Image.fromarray(draw(w, h, 3, i)), f"{i}-rgb.png")
        elif kind == 1:
            save(Image.fromarray(draw(w, h, 1, i)[..., 0]), f"{i}-grey.png")
        elif kind == 2:
            save(Image.fromarray(draw(w, h, 4, i)), f"{i}-rgba.png")
        elif kind == 3:
            save(Image.fromarray(draw(w, h, 3, i)).quantize(64), f"{i}-palette.png")
        elif kind == 4:
            save(Image.fromarray(smooth(w, h)), f"{i}.jpg", quality=85, progressive=i % 4 == 0,
                 subsampling=i % 3)
        else:
            save(Image.fromarray(draw(w, h, 2, i), "LA"), f"{i}-la.png")
    save(Image.fromarray(draw(700, 500, 1)[..., 0].astype(np.uint16) * 2), "grey16.png")
    save(Image.fromarray(draw(700, 500, 1)[..., 0]).convert("1"), "bilevel.png")
    save(Image.fromarray(smooth(700, 500)).convert("CMYK"), "cmyk.jpg", quality=92)
    save(Image.fromarray(draw(700, 500, 3)).quantize(200), "palette.gif")
    save(Image.fromarray(draw(700, 500, 3)), "rgb.bmp")
    return names


def write_dump(reference, out_dir, shared):
    os.makedirs(os.path.join(out_dir, "pictures"), exist_ok=True)
    odd = odd_pictures(os.path.join(os.path.abspath(out_dir), "pictures"))
    cases = []
    with open(os.path.join(shared, "coco128/llava_instruct_train2017.json"), encoding="utf-8") as f:
        for i, record in enumerate(json.load(f)):
            case = conversation(f"llava {i}", [])
            case["attr"] = {"images": "image"}
            case["record"] = {**record}
            if record.get("image"):
                case["record"]["image"] = "coco128/train2017/" + record["image"]
            out = reference.encode(case, shared)
            case["record"] = record
            cases.append({**case, **out})
    with open(os.path.join(shared, "mllm_demo/mllm_demo.json"), encoding="utf-8") as f:
        for i, record in enumerate(json.load(f)):
            for cutoff in (4096, 1200, 800, 100):
                case = conversation(f"mllm {i}", [], cutoff=cutoff)
                case["record"] = {
                    **record, "images": ["mllm_demo/" + image for image in record["images"]]}
                cases.append({**case, **reference.encode(case, shared)})
    photos = sorted(os.listdir(os.path.join(shared, "coco128/train2017")))
    pictures = [f"coco128/train2017/{p}" for p in photos[:12]] + odd[:30]
    rng = random.Random(7)
    for number in range(1500):
        case = random_conversation(rng, number, pictures)
        cases.append({**case, **reference.encode(case, shared)})
    write_lines(os.path.join(out_dir, "conversations.jsonl"), cases)
    results = []
    for path in [f"coco128/train2017/{p}" for p in photos] + [
            f"mllm_demo/mllm_demo_data/{i}.jpg" for i in (1, 2, 3)] + odd:
        with open(os.path.join(shared, path), "rb") as f:
            data = f.read()
        line = {"path": path, "max_pixels": 262144, "min_pixels": 0, "results": {}}
        for filter_name in FILTERS:
            line["mode"], out, values = picture(
                reference.processor.image_processor, data, filter_name, 262144, 0)
            out["raw"] = f"pictures/{len(results)}-{filter_name}.f4"
            values.tofile(os.path.join(out_dir, out["raw"]))
            line["results"][filter_name] = out
        results.append(line)
    write_lines(os.path.join(out_dir, "pictures.jsonl"), results)


def write_lines(path, objects):
    with open(path, "w", encoding="utf-8") as f:
        for o in objects:
            f.write(json.dumps(o, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[2] == "golden":
        write_golden(Reference(sys.argv[1]))
    elif len(sys.argv) == 5 and sys.argv[2] == "dump":
        write_dump(Reference(sys.argv[1]), sys.argv[3], sys.argv[4])
    else:
        sys.exit(__doc__)
