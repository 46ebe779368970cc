"""The original converter, run in this process on folders of tiny models.

Its package `checkpoint` must be importable. Training-only imports of it are satisfied by empty
modules; configurations that need remote code are read as plain JSON.
"""

import json
import sys
import types
import warnings
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from types import SimpleNamespace

warnings.filterwarnings("ignore")
for name in ("mindspeed", "mindspeed.megatron_adaptor"):
    sys.modules.setdefault(name, types.ModuleType(name))

from checkpoint.vlm_model import config as upstream_config  # noqa: E402
from checkpoint.vlm_model.converters import internvl, qwen2_5vl, qwen2vl, qwen3vl_megatron  # noqa: E402

CLASSES = {
    "Qwen2VLConverter": (
        qwen2vl.Qwen2VLConverter,
        qwen2vl.ConvertVppMMConfigQwen2,
        qwen2vl.ConvertHFConfigQwen2,
    ),
    "Qwen2_5_VLConverter": (
        qwen2_5vl.Qwen2_5_VLConverter,
        qwen2_5vl.ConvertVppMMConfigQwen2_5,
        qwen2_5vl.ConvertHFConfigQwen2_5,
    ),
    "InternVLConverter": (
        internvl.InternVLConverter,
        internvl.ConvertVppMMConfigInternVL,
        upstream_config.ConvertHFConfig,
    ),
    "Qwen3VLMegatronConverter": (
        qwen3vl_megatron.Qwen3VLMegatronConverter,
        qwen3vl_megatron.ConvertVppMMConfigQwen3,
        upstream_config.ConvertHFConfig,
    ),
}


def namespace(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{key: namespace(inner) for key, inner in value.items()})
    return value


_auto = upstream_config.AutoConfig.from_pretrained


def _from_pretrained(folder, **options):
    content = json.loads((folder / "config.json").read_text())
    if content.get("model_type") == "internvl_chat":
        return namespace(content)
    return _auto(folder, **options)


upstream_config.AutoConfig = SimpleNamespace(from_pretrained=_from_pretrained)


def run(converter, command, options):
    """Runs a command with the options as a nested mapping; raises what it raises."""
    kind, to_mm, to_hf = CLASSES[converter]
    types_by_command = {
        "hf_to_mm": to_mm,
        "hf_to_mm_ldt": to_mm,
        "mm_to_hf": to_hf,
        "resplit": upstream_config.ConvertResplitConfig,
        "lora_hf_to_mm": qwen2_5vl.ConvertVppMMLoRAConfigQwen2_5,
        "lora_mm_to_hf": qwen2_5vl.ConvertHFLoRAConfigQwen2_5,
    }
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        # Defaults of the original are shared objects that it changes: each run gets its own.
        options = dict(options)
        model = {"enable_canonical_hf_struct": False} if to_mm is not internvl else {}
        if converter.startswith("Qwen2") and command != "resplit":
            options["common_model_config"] = {**model, **options.get("common_model_config", {})}
        elif "common_model_config" not in options and command.startswith("hf_to_mm"):
            options["common_model_config"] = {"num_experts": 0}
        getattr(kind, command)(types_by_command[command](**options))
