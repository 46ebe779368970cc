"""Writes randperm.csv: length, seed, CRC32 of torch.randperm's values as little-endian int32.

Run with any PyTorch 2.x: python make_randperm.py ../resources/io/sparkmm/data/order/randperm.csv
"""

import sys
import zlib

import torch

LENGTHS = [*range(0, 33), 100, 623, 624, 625, 1000, 1247, 1249, 8000, 20000, 100003]
SEEDS = [0, 1, 2, 3, 42, 1234, 2**31 - 1, 2**31, 2**32 - 1, 2**32 + 7]

with open(sys.argv[1], "w", encoding="utf-8") as out:
    for length in LENGTHS:
        for seed in SEEDS:
            generator = torch.Generator()
            generator.manual_seed(seed)
            values = torch.randperm(length, generator=generator).numpy().astype("<i4")
            out.write(f"{length},{seed},{zlib.crc32(values.tobytes())}\n")
