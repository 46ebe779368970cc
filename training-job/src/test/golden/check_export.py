#!/usr/bin/env python3
"""Checks that a folder saved by the Java model loads in transformers and gives the same logits.

The Java test program ``io.sparkmm.train.model.qwen2vl.ExportMain`` saves the model of a golden file:

    mvn -pl training-job -am test-compile
    mvn -pl training-job dependency:build-classpath -Dmdep.outputFile=cp.txt -Dmdep.includeScope=test
    java -cp training-job/target/test-classes:$(cat cp.txt) \\
        io.sparkmm.train.model.qwen2vl.ExportMain qwen2vl-plain.json out
    python check_export.py qwen2vl-plain.json out
"""

import json
import sys
from pathlib import Path

import torch
from transformers import Qwen2VLForConditionalGeneration

from make_qwen2vl import inputs_of, sample

TOLERANCE = 2e-5


def main(golden_name, folder):
    golden = json.loads((Path(__file__).parent / golden_name).read_text(encoding="utf-8"))
    model, info = Qwen2VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    bad = {key: value for key, value in info.items() if value}
    if bad:
        sys.exit(f"loading {folder} reported {bad}")
    model.eval()
    worst = 0.0
    for case in golden["cases"]:
        with torch.no_grad():
            logits = model(**inputs_of(case)).logits
        for entry in case["logits"]:
            found = sample(logits[entry["row"], entry["column"]], 10)
            worst = max([worst] + [abs(a - b) for a, b in zip(found, entry["values"])])
    print(f"{folder}: no missing or unexpected keys, largest difference of logits {worst:.3g}")
    if worst > TOLERANCE:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:3])
