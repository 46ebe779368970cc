"""Measures the converter of a MindSpeed-MM checkout. Called by "sparkmm bench convert --peer-python".

Arguments: checkout, Hugging Face folder, folder to write, layers of the vision tower per stage, layers
of the language model per stage, result file.
"""

import json
import os
import resource
import sys
import time

source, hf_dir, mm_dir, vision, text, result_file = sys.argv[1:]
sys.path.insert(0, source)
sys.argv = [
    "mm-convert",
    "Qwen2VLConverter",
    "hf_to_mm",
    "--cfg.mm_dir",
    mm_dir,
    "--cfg.hf_config.hf_dir",
    hf_dir,
    "--cfg.parallel_config.llm_pp_layers",
    "[" + text + "]",
    "--cfg.parallel_config.vit_pp_layers",
    "[" + vision + "]",
    "--cfg.parallel_config.tp_size",
    "1",
]
begin = time.monotonic()
from checkpoint.convert_cli import main  # noqa: E402

main()
files = [os.path.join(folder, name) for folder, _, names in os.walk(mm_dir) for name in names]
for name in files:
    handle = os.open(name, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
seconds = time.monotonic() - begin
with open(result_file, "w", encoding="utf-8") as f:
    json.dump(
        {
            "seconds": seconds,
            "bytes": sum(os.path.getsize(name) for name in files),
            "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        },
        f,
    )
