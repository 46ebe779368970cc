"""Opens event files with TensorBoard's EventAccumulator, as `tensorboard --logdir` does, and prints
or checks what it finds.

    python check_tensorboard.py FOLDER                    # tags, number of points, first and last
    python check_tensorboard.py FOLDER metrics.jsonl      # ... and compares them with a run's metrics

Needs the package `tensorboard`. Exits with 1 if a curve is not the one of the metrics: each
iteration once, in order, with the value rounded to float32.
"""

import json
import math
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

NAMES = {"grad-norm": "grad_norm", "learning-rate": "learning_rate", "loss": "loss"}


def float32(value):
    try:
        return struct.unpack("<f", struct.pack("<f", float(value)))[0]
    except OverflowError:
        return math.inf


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def main():
    events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
    events.Reload()
    tags = events.Tags()["scalars"]
    for tag in tags:
        points = events.Scalars(tag)
        print(f"{tag}: {len(points)} points, {points[0].step}..{points[-1].step}, "
              f"{points[0].value:.6g} .. {points[-1].value:.6g}")
    if len(sys.argv) < 3:
        return
    with open(sys.argv[2], encoding="utf-8") as lines:
        metrics = [values for values in map(json.loads, lines) if "validation" not in values]
    for tag, key in NAMES.items():
        want = [(m["iteration"], float32(m[key])) for m in metrics]
        have = [(p.step, p.value) for p in events.Scalars(tag)]
        if len(want) != len(have) or any(
            a[0] != b[0] or not same(a[1], b[1]) for a, b in zip(want, have)
        ):
            sys.exit(f"{tag} differs: metrics {want[:5]}..., TensorBoard {have[:5]}...")
        print(f"{tag}: equal to the {len(want)} iterations of the metrics")


if __name__ == "__main__":
    main()
