#!/usr/bin/env python3
"""Runs LLaMA-Factory's picture step and transformers' image processors, slow (Pillow) and fast
(tensors), on pictures of many kinds, and writes what comes out.

  make_pictures.py golden                      odd_pictures.jsonl next to this script
  make_pictures.py dump OUT_DIR SHARED_DATA    the same for photos, with all numbers; not committed
  make_pictures.py distance SHARED_DATA        how far slow and fast are apart

Needs torch, torchvision, transformers 4.57, llamafactory 0.9.5, pillow. Nothing is downloaded.

A line is a JSON object with the file (base64) or its path, the bounds, Pillow's mode, and `results`:
for each "<model> <processor> <filter>" the grid and the SHA-256 of pixel_values as little-endian
float32, in a dump also the file with the numbers.
"""

import base64
import io
import json
import os
import struct
import sys
import tempfile
import zlib

import make_qwen2vl as base
import numpy as np
from PIL import Image
from transformers import Qwen2VLImageProcessor, Qwen2VLImageProcessorFast

HERE = os.path.dirname(os.path.abspath(__file__))
QWEN3 = {
    **base.PREPROCESSOR,
    "min_pixels": 65536,
    "max_pixels": 16777216,
    "patch_size": 16,
    "image_mean": [0.5] * 3,
    "image_std": [0.5] * 3,
}


def processors():
    out = {}
    for model, settings in (("qwen2vl", base.PREPROCESSOR), ("qwen3vl", QWEN3)):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "preprocessor_config.json"), "w") as f:
                json.dump(settings, f)
            out[f"{model} slow"] = Qwen2VLImageProcessor.from_pretrained(folder)
            out[f"{model} fast"] = Qwen2VLImageProcessorFast.from_pretrained(folder)
    return out


class Slow:
    """Lets `base.picture` run any processor."""

    def __init__(self, processor):
        self.processor = processor

    def __call__(self, images, return_tensors):
        out = self.processor(images, return_tensors="pt")
        return {k: v.numpy() for k, v in out.items()}


# --- files by hand ------------------------------------------------------------------------------

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def scanlines(samples, depth):
    """Unfiltered rows of (height, width, channels) samples."""
    out = b""
    for row in samples:
        if depth == 16:
            packed = row.astype(">u2").tobytes()
        elif depth == 8:
            packed = row.astype(np.uint8).tobytes()
        else:
            bits = np.unpackbits(row.astype(np.uint8).reshape(-1, 1), axis=1)[:, 8 - depth:]
            packed = np.packbits(bits.ravel()).tobytes()
        out += b"\0" + packed
    return out


def png(samples, depth, colour, interlaced=False, chunks=()):
    height, width, _ = samples.shape
    data = b""
    if interlaced:
        for x, y, dx, dy in ADAM7:
            part = samples[y::dy, x::dx]
            if part.size:
                data += scanlines(part, depth)
    else:
        data = scanlines(samples, depth)
    packed = zlib.compress(data)
    middle = len(packed) // 2
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))
    for name, content in chunks:
        out += chunk(name, content)
    # In two pieces, as encoders may cut the data anywhere.
    out += chunk(b"IDAT", packed[:middle]) + chunk(b"IDAT", packed[middle:])
    return out + chunk(b"IEND", b"")


def bmp(pixels, width, height, bits, compression=0, extra=b"", header=40):
    """pixels: rows as they lie in the file; extra: what follows the 40 bytes."""
    offset = 14 + 40 + len(extra)
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + extra + pixels


def rows(values, width):
    """Rows of little-endian numbers, each filled to whole words."""
    out = b""
    for row in values:
        packed = row.tobytes()
        out += packed + b"\0" * (-len(packed) % 4)
    return out


def partial_gif(frame, left, top, width, height):
    """The frame of a GIF file put onto a larger canvas."""
    data = bytearray(frame)
    struct.pack_into("<HH", data, 6, width, height)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    struct.pack_into("<HH", data, at + 1, left, top)
    return bytes(data)


def odd_pictures():
    """(group, name, file bytes, max pixels, min pixels)"""
    draw, encoded = base.draw, base.encoded
    rgb = Image.fromarray(draw(37, 29, 3))
    palette = rgb.quantize(16)
    photo = Image.fromarray(base.smooth(75, 53))
    small, far = 700, 10**6
    trns = [(b"tRNS", bytes([0, 80, 160, 255]))]
    colours = (b"PLTE", bytes(draw(16, 1, 3).ravel()))

    for depth in (1, 2, 4, 8, 16):
        grey = draw(33, 27, 1).astype(np.uint16)
        grey = grey % (1 << depth) if depth < 16 else grey * 5
        yield "png grey", f"grey {depth}", png(grey, depth, 0), small, 0
        yield "png interlaced", f"grey {depth} interlaced", png(grey, depth, 0, True), small, 0
    for depth in (1, 2, 4, 8):
        index = draw(33, 27, 1).astype(np.uint16) % min(1 << depth, 16)
        table = (b"PLTE", colours[1][: 3 * min(1 << depth, 16)])
        yield "png palette", f"palette {depth}", png(index, depth, 3, False, [table]), small, 0
        clear = (b"tRNS", trns[0][1][: min(1 << depth, 4)])
        yield "png palette", f"palette {depth} clear", png(index, depth, 3, True, [table, clear]), small, 0
    for colour, name in ((2, "rgb"), (4, "grey alpha"), (6, "rgba")):
        samples = draw(35, 31, CHANNELS[colour]).astype(np.uint16)
        yield "png colour", name, png(samples, 8, colour), small, 0
        yield "png interlaced", f"{name} interlaced", png(samples, 8, colour, True), far, 2000
        yield "png 16 bits", f"{name} 16", png(samples * 257 // 2, 16, colour), small, 0
    yield "png metadata", "png bad profile", png(draw(35, 31, 3), 8, 2, False, [(b"iCCP", b"x\0\0" + zlib.compress(b"no profile"))]), small, 0
    exif = Image.Exif()
    exif[0x0112] = 8
    yield "png metadata", "png turned by exif", encoded(rgb, "PNG", exif=exif), small, 0

    for name, size in (("one pixel", (1, 1)), ("two by one", (2, 1)), ("ratio 200", (400, 2)), ("ratio above 200", (402, 2)), ("20000 by 3", (20000, 3)), ("3 by 20000", (3, 20000))):
        flat = np.zeros((size[1], size[0], 3), np.uint8)
        flat[..., 0] = np.arange(size[0]) * 7 // 50
        flat[..., 1] = (np.arange(size[1]) * 5 // 40)[:, None]
        yield "sizes", name, encoded(Image.fromarray(flat), "PNG", optimize=True), 60000, 0

    for name, options in (
        ("jpeg 4:2:0", {"subsampling": 2}),
        ("jpeg 4:4:4 progressive", {"subsampling": 0, "progressive": True}),
        ("jpeg 4:2:2 progressive", {"subsampling": 1, "progressive": True}),
        ("jpeg restarts", {"restart_marker_rows": 1}),
        ("jpeg bad profile", {"icc_profile": b"no profile" * 20}),
        ("jpeg turned by exif", {"exif": exif}),
    ):
        yield "jpeg", name, encoded(photo, "JPEG", quality=85, **options), 3000, 0
    cmyk = encoded(photo.convert("CMYK"), "JPEG", quality=90)
    yield "jpeg cmyk", "cmyk", cmyk, 3000, 0
    at = cmyk.index(b"Adobe") + 11
    yield "jpeg cmyk", "ycck", cmyk[:at] + b"\2" + cmyk[at + 1:], 3000, 0
    bare = cmyk.index(b"\xff\xee")
    yield "jpeg cmyk", "cmyk without marker", cmyk[:bare] + cmyk[bare + 16:], 3000, 0
    yield "jpeg", "jpeg grey progressive", encoded(photo.convert("L"), "JPEG", progressive=True), 3000, 0
    yield "jpeg", "mpo", encoded(photo, "MPO", save_all=True, append_images=[photo.rotate(90)]), 3000, 0

    fade = np.concatenate([base.smooth(45, 37), draw(45, 37, 1)], -1)
    transparent = Image.fromarray(fade)
    yield "webp", "webp lossy", encoded(photo, "WEBP", quality=60), 3000, 0
    yield "webp", "webp lossy odd", encoded(photo.crop((0, 0, 17, 9)), "WEBP", quality=20), 3000, 2000
    yield "webp", "webp lossy alpha", encoded(transparent, "WEBP", quality=70), 1000, 0
    yield "webp", "webp lossless", encoded(rgb, "WEBP", lossless=True), small, 0
    yield "webp", "webp lossless alpha", encoded(transparent, "WEBP", lossless=True, exact=True), 1000, 0
    yield "webp", "webp animated", encoded(transparent, "WEBP", save_all=True, append_images=[transparent.rotate(180)], quality=50), 1000, 0
    yield "webp", "webp animated opaque", encoded(photo, "WEBP", save_all=True, append_images=[photo.rotate(180)], quality=50), 1000, 0
    yield "webp", "webp with metadata", encoded(photo, "WEBP", quality=60, icc_profile=b"no profile", exif=exif), 3000, 0

    whole = encoded(palette, "GIF")
    yield "gif", "gif animated", encoded(palette, "GIF", save_all=True, append_images=[palette.rotate(180)]), small, 0
    yield "gif", "gif transparent", encoded(palette, "GIF", transparency=5), small, 0
    yield "gif", "gif part of a picture", partial_gif(whole, 4, 6, 50, 40), small, 0
    yield "gif", "gif transparent part", partial_gif(encoded(palette, "GIF", transparency=5), 4, 6, 50, 40), small, 0
    yield "gif", "gif beyond the picture", partial_gif(whole, 3, 2, 20, 50), small, 0
    yield "gif", "gif grey", encoded(Image.fromarray(draw(30, 20, 1)[..., 0]), "GIF"), 300, 0

    five = (draw(33, 27, 1)[..., 0].astype(np.uint16) * 257)
    yield "bmp", "bmp 16", bmp(rows(five.astype("<u2"), 33), 33, 27, 16), small, 0
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    yield "bmp", "bmp 565", bmp(rows(five.astype("<u2"), 33), 33, 27, 16, 3, masks), small, 0
    quads = draw(33, 27, 4).tobytes()
    yield "bmp", "bmp 32", bmp(quads, 33, 27, 32), small, 0
    four = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield "bmp", "bmp 32 alpha", bmp(quads, 33, 27, 32, 3, four, 56), small, 0
    yield "bmp", "bmp top down", bmp(rows(draw(33, 27, 3), 33), 33, -27, 24), small, 0
    yield "bmp", "bmp 4", encoded(palette, "BMP")[:0] or bmp(rows(draw(16, 27, 1)[..., 0], 16), 32, 27, 4, 0, draw(16, 1, 4).tobytes()), small, 0
    yield "bmp", "bmp grey", encoded(Image.fromarray(draw(33, 27, 1)[..., 0]), "BMP"), small, 0
    yield "bmp", "bmp 1", encoded(Image.fromarray(draw(33, 27, 1)[..., 0]).convert("1"), "BMP"), small, 0


# --- results ------------------------------------------------------------------------------------


def results(machines, data, bounds, keys, out_dir=None, number=0):
    out = {}
    mode = ""
    for key, processor in machines.items():
        if key.split()[0] not in keys:
            continue
        for filter_name in base.FILTERS:
            mode, result, values = base.picture(Slow(processor), data, filter_name, *bounds)
            del result["head"]
            if out_dir:
                result["raw"] = f"{number}-{key.replace(' ', '-')}-{filter_name}.f4"
                values.tofile(os.path.join(out_dir, result["raw"]))
            out[f"{key} {filter_name}"] = result
    return mode, out


def write_golden():
    machines = processors()
    lines = []
    for i, (group, name, data, most, least) in enumerate(odd_pictures()):
        keys = ("qwen2vl", "qwen3vl") if i % 4 == 0 else ("qwen2vl",)
        mode, out = results(machines, data, (most, least), keys)
        lines.append({
            "group": group, "name": name, "max_pixels": most, "min_pixels": least,
            "mode": mode, "results": out, "file": base64.b64encode(data).decode(),
        })
    base.write_lines(os.path.join(HERE, "odd_pictures.jsonl"), lines)
    print(len(lines), "pictures")


def photos(shared):
    folder = os.path.join(shared, "coco128", "train2017")
    return [f"coco128/train2017/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".jpg")]


def write_dump(out_dir, shared):
    os.makedirs(out_dir, exist_ok=True)
    machines = processors()
    lines = []
    for number, path in enumerate(photos(shared)):
        with open(os.path.join(shared, path), "rb") as f:
            data = f.read()
        keys = ("qwen2vl", "qwen3vl") if number % 8 == 0 else ("qwen2vl",)
        mode, out = results(machines, data, (262144, 0), keys, out_dir, number)
        lines.append({"group": "coco", "path": path, "max_pixels": 262144, "min_pixels": 0, "mode": mode, "results": out})
    base.write_lines(os.path.join(out_dir, "pictures.jsonl"), lines)


def distance(shared):
    """Largest and mean distance of fast from slow, in normalised units."""
    machines = processors()
    groups = {}
    files = [(group, name, data, most, least) for group, name, data, most, least in odd_pictures()]
    for path in photos(shared):
        with open(os.path.join(shared, path), "rb") as f:
            files.append(("coco", path, f.read(), 262144, 0))
    for group, name, data, most, least in files:
        for filter_name in base.FILTERS:
            one = base.picture(Slow(machines["qwen2vl slow"]), data, filter_name, most, least)[2]
            two = base.picture(Slow(machines["qwen2vl fast"]), data, filter_name, most, least)[2]
            apart = np.abs(one - two)
            largest, mean, count = groups.get(group, (0, 0, 0))
            groups[group] = max(largest, apart.max()), max(mean, apart.mean()), count + 1
    for group, (largest, mean, count) in groups.items():
        levels = largest * 255 * 0.2686
        print(f"{group}: {count} comparisons, largest {largest:.5f} (about {levels:.2f} levels), largest mean {mean:.6f}")


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] == "golden":
        write_golden()
    elif len(sys.argv) == 4 and sys.argv[1] == "dump":
        write_dump(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3 and sys.argv[1] == "distance":
        distance(sys.argv[2])
    else:
        sys.exit(__doc__)
