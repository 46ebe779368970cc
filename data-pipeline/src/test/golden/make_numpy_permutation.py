"""Writes numpy_permutation.csv: length, seed, CRC32 of numpy's permutation as little-endian int32.

python make_numpy_permutation.py ../resources/io/sparkmm/data/order/numpy_permutation.csv
"""

import sys
import zlib

import numpy

LENGTHS = [*range(0, 20), 100, 1000, 8001, 100003]
SEEDS = [0, 1, 42, 1234, 2**31, 2**32 - 1, 2**32, 2**40 + 17, 2**63 - 1]

with open(sys.argv[1], "w", encoding="utf-8") as out:
    for length in LENGTHS:
        for seed in SEEDS:
            values = numpy.random.default_rng(seed).permutation(length).astype("<i4")
            out.write(f"{length},{seed},{zlib.crc32(values.tobytes())}\n")
