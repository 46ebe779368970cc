#!/usr/bin/env python3
"""Runs the Python blocks of a page of the documentation on prepared data sets.

  check_readers.py PAGE DATA_SET...

A block is what stands between ```python and ```; a word after "python" names the kind of samples
that the block is for. In each block the path data/prepared is replaced by the data set's. Each
block runs in a process of its own, in an empty folder. Prints OK, or the block that failed.
Needs what the blocks import; nothing is downloaded.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```python(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = "data/prepared"


def blocks(page):
    """(line, kind or None, code) of each block."""
    with open(page, encoding="utf-8") as file:
        text = file.read()
    return [(text.count("\n", 0, m.start()) + 1, m.group(1), m.group(2)) for m in BLOCK.finditer(text)]


def run(code, data_set):
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "block.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(code.replace(PLACE, data_set))
        environment = {
            **os.environ,
            "HF_HOME": os.path.join(folder, "hf"),
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
        }
        return subprocess.run(
            [sys.executable, script], cwd=folder, env=environment, capture_output=True, text=True)


def main(page, data_sets):
    found = blocks(page)
    if not found:
        sys.exit(f"Cannot check {page}: it has no Python blocks")
    unused = {kind for _, kind, _ in found if kind}
    for data_set in map(os.path.abspath, data_sets):
        with open(os.path.join(data_set, "manifest.json"), encoding="utf-8") as file:
            kind = json.load(file)["kind"]
        unused.discard(kind)
        for line, wanted, code in found:
            if wanted not in (None, kind):
                continue
            result = run(code, data_set)
            print(f"--- {page}:{line} on {data_set} ({kind})\n{result.stdout}", end="")
            if result.returncode != 0:
                sys.exit(f"{result.stderr}Cannot run the block in line {line} of {page}")
    for kind in sorted(unused):
        print(f"not run: the blocks for {kind} sets; no such data set was given")
    print("OK")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
