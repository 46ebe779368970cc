"""Measures LLaMA-Factory's own data preparation, and the Python tokenizer alone, on the first records
of a LLaVA-like file. Called by "sparkmm bench prepare --peer-python"; nothing is downloaded.

Arguments: model folder, records (LLaVA JSON), picture folder, number of records, processes, folder for
caches, result file.
"""

import importlib.machinery
import json
import os
import sys
import time
import types

model_dir, records_file, pictures, count, processes, work, result_file = sys.argv[1:]
count, processes = int(count), int(processes)
os.makedirs(work, exist_ok=True)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = os.path.join(work, "cache")
os.environ["OMP_NUM_THREADS"] = "1"
# llamafactory imports torchaudio for sounds only; an installation for another CUDA would fail here.
audio = types.ModuleType("torchaudio")
audio.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
sys.modules["torchaudio"] = audio

import llamafactory  # noqa: E402
import transformers  # noqa: E402
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.hparams import DataArguments, ModelArguments, TrainingArguments  # noqa: E402
from transformers import (  # noqa: E402
    AutoTokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)

with open(records_file, encoding="utf-8") as f:
    records = json.load(f)[:count]
sample = os.path.join(work, "sample.json")
with open(sample, "w", encoding="utf-8") as f:
    # LLaMA-Factory wants a list of pictures.
    json.dump([dict(r, image=[r["image"]]) for r in records], f)
with open(os.path.join(work, "dataset_info.json"), "w", encoding="utf-8") as f:
    json.dump(
        {
            "sample": {
                "file_name": sample,
                "formatting": "sharegpt",
                "columns": {"messages": "conversations", "images": "image"},
            }
        },
        f,
    )

tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
processor = Qwen2VLProcessor(
    image_processor=Qwen2VLImageProcessor.from_pretrained(model_dir),
    tokenizer=tokenizer,
    video_processor=Qwen2VLVideoProcessor(),
)
processor.image_max_pixels = 262144
processor.image_min_pixels = 0
data_args = DataArguments(
    template="qwen2_vl",
    dataset="sample",
    dataset_dir=work,
    media_dir=pictures,
    cutoff_len=2048,
    preprocessing_num_workers=processes if processes > 1 else None,
    overwrite_cache=True,
)
model_args = ModelArguments(model_name_or_path=model_dir, use_fast_tokenizer=True)
training_args = TrainingArguments(output_dir=os.path.join(work, "out"), report_to="none", use_cpu=True)
training_args.do_train = True
template = get_template_and_fix_tokenizer(tokenizer, data_args)

begin = time.monotonic()
module = get_dataset(
    template, model_args, data_args, training_args, stage="sft", tokenizer=tokenizer, processor=processor
)
seconds = time.monotonic() - begin
kept = module["train_dataset"]

texts = [m["value"] for r in records for m in r["conversations"]]
backend = tokenizer.backend_tokenizer
os.environ["TOKENIZERS_PARALLELISM"] = "true" if processes > 1 else "false"
os.environ["RAYON_NUM_THREADS"] = str(processes)
begin = time.monotonic()
tokens = sum(len(e.ids) for e in backend.encode_batch_fast(texts, add_special_tokens=False))
tokenizer_seconds = time.monotonic() - begin

with open(result_file, "w", encoding="utf-8") as f:
    json.dump(
        {
            "records": len(records),
            "kept": len(kept),
            "tokens": sum(len(ids) for ids in kept["input_ids"]),
            "seconds": seconds,
            "processes": processes,
            "tokenizer_seconds": tokenizer_seconds,
            "tokenizer_tokens": tokens,
            "llamafactory": getattr(llamafactory, "__version__", "unknown"),
            "transformers": transformers.__version__,
        },
        f,
    )
