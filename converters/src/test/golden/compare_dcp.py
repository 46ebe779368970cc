"""Compares conversions from and to distributed checkpoints, and merges of adapters, with those of
the original converter, on tiny models.

    PYTHONPATH=<folder with the package checkpoint> python compare_dcp.py \
        --java "java -cp <class path> io.sparkmm.convert.dcp.command.DcpConversions" \
        --work <empty folder>

The original's processors and configurations are read but not saved (tiny models have none), and its
training-only imports are satisfied by empty modules; everything that touches weights is its own.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import types
import warnings
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

warnings.filterwarnings("ignore")
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torch.distributed.checkpoint import FileSystemReader  # noqa: E402

import tiny_models as tiny  # noqa: E402
from checkpoint.common import hf_to_dcp as upstream_to_dcp  # noqa: E402
from checkpoint.common import merge_dcp_to_hf  # noqa: E402
from checkpoint.fsdp import generic_dcp_converter  # noqa: E402
from checkpoint.vlm_model.converters import qwen3vl  # noqa: E402

for stub in ("mindspeed", "mindspeed.megatron_adaptor", "torch_npu"):
    sys.modules.setdefault(stub, types.ModuleType(stub))

from checkpoint.common import merge_base_lora_weight  # noqa: E402
from checkpoint.common import merge_lora_safetensors_to_base as safetensors_merge  # noqa: E402


class Unsaved:
    """A processor that a tiny model does not have."""

    @staticmethod
    def from_pretrained(*_, **__):
        return SimpleNamespace(save_pretrained=lambda path: os.makedirs(path, exist_ok=True))


for module in (merge_dcp_to_hf, qwen3vl, generic_dcp_converter):
    module.AutoProcessor = Unsaved


def quiet(action, *args, **options):
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return action(*args, **options)


class Java:
    def __init__(self, command):
        self.process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, command, **options):
        request = {"command": command, **{k: v if not isinstance(v, Path) else str(v) for k, v in options.items()}}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "problems" not in answer, answer
        return answer


def write_model(model, folder, shards):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(model.config, indent=2))
    (folder / "tokenizer_config.json").write_text("{}\n")
    names = list(model.tensors)
    if shards == 1:
        save_file(model.tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    weight_map, total = {}, 0
    for shard in range(shards):
        file = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: model.tensors[name] for name in names[shard::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in part})
        total += sum(t.numel() * t.element_size() for t in part.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True))


def same(one, other, where):
    assert one.keys() == other.keys(), (where, set(one) ^ set(other))
    for name, left in one.items():
        right = other[name]
        if not isinstance(left, torch.Tensor):
            assert left == right, (where, name)
            continue
        assert left.dtype == right.dtype and left.shape == right.shape, (where, name, left.shape, right.shape)
        as_bytes = [t.contiguous().reshape(-1).view(torch.uint8) for t in (left, right)]
        assert torch.equal(*as_bytes), (where, name)
    return len(one)


def dcp_state(folder):
    metadata = FileSystemReader(str(folder)).read_metadata()
    state = quiet(merge_dcp_to_hf.load_dcp_state_dict, str(folder))
    files = {index.fqn: info.relative_path for index, info in metadata.storage_data.items()}
    return state, files, metadata.planner_data


def same_dcp(one, other):
    (state, files, paths), (state2, files2, paths2) = dcp_state(one), dcp_state(other)
    count = same(state, state2, one)
    assert files == files2, "files differ"
    assert paths == paths2, "paths differ"
    for folder in (one, other):
        tracker = (folder.parent / "latest_checkpointed_iteration.txt").read_bytes()
        assert tracker == b"release"
    return count


def same_hf(one, other):
    names = sorted(p.name for p in one.glob("*.safetensors"))
    assert names == sorted(p.name for p in other.glob("*.safetensors")), (one, other)
    return sum(same(load_file(one / n), load_file(other / n), one / n) for n in names)


def to_dcp_and_back(java, work):
    models = [tiny.qwen3vl(), tiny.qwen3vl(experts=4), tiny.qwen3vl(tied=True)]
    for model in models:
        for shards in (1, 3):
            base = work / f"{model.name}-{shards}"
            write_model(model, base / "hf", shards)
            for tie in (False, True) if shards == 1 else (False,):
                for lora in (False, True):
                    case = base / f"tie{tie}-lora{lora}"
                    quiet(qwen3vl.Qwen3VLConverter().hf_to_dcp, str(base / "hf"), str(case / "up"), tie, lora)
                    java("qwen3vl hf_to_dcp", hf_dir=base / "hf", dcp_dir=case / "ours", tie_weight=tie, is_lora_base=lora)
                    count = same_dcp(case / "up" / "release", case / "ours" / "release")
                    print("Qwen3VL hf_to_dcp", case.relative_to(work), count)
            case = base / "tieFalse-loraFalse"
            for bf16 in (False, True):
                for source in ("up", "ours"):
                    up, ours = case / f"hf-{source}-{bf16}", case / f"hf-ours-{source}-{bf16}"
                    quiet(qwen3vl.Qwen3VLConverter().dcp_to_hf, str(case / source / "release"), up, str(base / "hf"), bf16)
                    java("qwen3vl dcp_to_hf", load_dir=case / source / "release", save_dir=ours, model_assets_dir=base / "hf", to_bf16=bf16)
                    count = same_hf(up, ours)
                    if not bf16:
                        same_hf(base / "hf", ours)
                    print("Qwen3VL dcp_to_hf", ours.relative_to(work), count)


def generic(java, work):
    cases = [
        dict(dcp_prefix="", hf_prefix=""),
        dict(dcp_prefix="model.", hf_prefix=""),
        dict(dcp_prefix="model.thinker.", hf_prefix="model."),
        dict(dcp_prefix="", hf_prefix="model."),
    ]
    for number, prefixes in enumerate(cases):
        model = tiny.qwen3vl(experts=4)
        if prefixes["hf_prefix"]:
            # Names without the prefix do not survive the original.
            model.tensors = {k: v for k, v in model.tensors.items() if k.startswith("model.")}
        for shards in (1, 2):
            base = work / f"generic-{number}-{shards}"
            write_model(model, base / "hf", shards)
            fused = ["gate_up_proj", "down_proj"]
            ties = {"model.head.weight": "model.language_model.embed_tokens.weight"} if number == 1 else None
            convert = generic_dcp_converter.GenericDCPConverter()
            quiet(convert.hf_to_dcp, str(base / "hf"), str(base / "up"), tie_weight_mapping=ties, fused_linear_names=fused, **prefixes)
            java("generic hf_to_dcp", hf_dir=base / "hf", dcp_dir=base / "ours", tie_weight_mapping=ties or {}, fused_linear_names=fused, **prefixes)
            print("Generic hf_to_dcp", prefixes, same_dcp(base / "up" / "release", base / "ours" / "release"))
            quiet(convert.dcp_to_hf, str(base / "ours" / "release"), base / "hf-up", str(base / "hf"), fused_linear_names=fused, **prefixes)
            java("generic dcp_to_hf", load_dir=base / "up" / "release", save_dir=base / "hf-ours", model_assets_dir=base / "hf", fused_linear_names=fused, **prefixes)
            print("Generic dcp_to_hf", prefixes, same_hf(base / "hf-up", base / "hf-ours"))


def scripts(java, work):
    model = tiny.qwen3vl()
    base = work / "scripts"
    write_model(model, base / "hf", 3)
    for sharded in (False, True):
        up, ours = base / f"up-{sharded}", base / f"ours-{sharded}"
        if sharded:
            quiet(upstream_to_dcp.hf_to_dcp_sharded, str(base / "hf"), str(up), lambda sd: {"p." + k: v for k, v in sd.items()})
        else:
            quiet(upstream_to_dcp.hf_to_dcp, str(base / "hf"), str(up), "p.")
        java("script hf_to_dcp", hf_dir=base / "hf", dcp_dir=ours, prefix="p.", sharded=sharded)
        print("script hf_to_dcp sharded", sharded, same_dcp(up / "release", ours / "release"))
        quiet(merge_dcp_to_hf.merge_dcp_to_hf, ours / "release", base / f"hf-up-{sharded}", base / "hf", "p.")
        java("script merge_dcp_to_hf", load_dir=up / "release", save_dir=base / f"hf-ours-{sharded}", model_assets_dir=base / "hf", prefix="p.")
        print("script merge_dcp_to_hf", same_hf(base / f"hf-up-{sharded}", base / f"hf-ours-{sharded}"))


def bf16_distance(one, other):
    """Largest distance in representable numbers, and how many elements differ."""
    steps = [t.contiguous().view(torch.int16).to(torch.int32) for t in (one, other)]
    steps = [torch.where(s < 0, -32768 - s, s) for s in steps]
    gap = (steps[0] - steps[1]).abs()
    return gap.max().item(), (gap > 0).sum().item()


def compare_merged(title, up, ours):
    assert up.keys() == ours.keys(), title
    worst, differing, total = 0, 0, 0
    for name, left in up.items():
        right = ours[name]
        assert left.dtype == right.dtype and left.shape == right.shape, (title, name, left.dtype, right.dtype)
        if left.dtype == torch.bfloat16:
            gap, count = bf16_distance(left, right)
            worst, differing, total = max(worst, gap), differing + count, total + left.numel()
        else:
            assert torch.equal(left, right), (title, name)
    assert worst <= 1 and differing <= total // 1000, (title, worst, differing, total)
    print(title, len(up), f"tensors, {differing} of {total} elements differ, by at most {worst} bf16 step")


class Normal:
    """Makes normally distributed tensors; patterns of bits hold subnormal numbers, which PyTorch's
    bfloat16 kernels take for 0."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors = {}

    def add(self, name, *shape, dtype):
        self.tensors[name] = torch.randn(shape, generator=self.generator).to(dtype)


def adapters(model, suffix, prefix, rank, dtype):
    maker = Normal(77)
    for name, tensor in model.tensors.items():
        if name.endswith(("q_proj.weight", "down_proj.weight", "attn.proj.weight")):
            layer = prefix + name.removesuffix(".weight")
            maker.add(layer + ".lora_A" + suffix, rank, tensor.shape[1], dtype=dtype)
            maker.add(layer + ".lora_B" + suffix, tensor.shape[0], rank, dtype=dtype)
    return maker.tensors


def merge_into_hf(java, work):
    model = tiny.qwen3vl()
    weights = Normal(78)
    for name, tensor in model.tensors.items():
        weights.add(name, *tensor.shape, dtype=tensor.dtype)
    model.tensors = weights.tensors
    base = work / "merge"
    write_model(model, base / "hf", 3)
    state = adapters(model, ".default.weight", "", 8, torch.float32)
    save_file(state, base / "lora.safetensors")
    for alpha, rank, targets in ((16, 8, ["q_proj", "down_proj"]), (5, 8, None)):
        up, ours = base / f"up-{alpha}", base / f"ours-{alpha}"
        arguments = ["merge", "--base_hf_dir", base / "hf", "--lora_safetensors", base / "lora.safetensors", "--save_merged_hf_dir", up, "--lora_alpha", alpha, "--lora_r", rank]
        sys.argv = [str(a) for a in arguments + (["--lora_target_modules", *targets] if targets else [])]
        quiet(safetensors_merge.main)
        java("merge_lora_safetensors_to_base", base_hf_dir=base / "hf", lora_safetensors=base / "lora.safetensors", save_merged_hf_dir=ours, lora_alpha=alpha, lora_r=rank, lora_target_modules=targets or [])
        for path in sorted(up.glob("*.safetensors")):
            compare_merged(f"safetensors merge {alpha}/{rank} {path.name}", load_file(path), load_file(ours / path.name))

    # The adapters of PEFT, through a distributed checkpoint.
    peft = base / "peft"
    peft.mkdir()
    save_file(adapters(model, ".weight", "base_model.model.", 8, torch.float32), peft / "adapter_model.safetensors")
    quiet(qwen3vl.Qwen3VLConverter().lora_hf_to_dcp, str(peft), str(base / "dcp-up"))
    java("qwen3vl lora_hf_to_dcp", hf_dir=peft, dcp_dir=base / "dcp-ours")
    print("Qwen3VL lora_hf_to_dcp", same_dcp(base / "dcp-up" / "release", base / "dcp-ours" / "release"))

    merged = {}

    def keep(save_dir, model_assets_dir, state_dict, prefix):
        merged.update(state_dict)

    # The original fails when it saves, since it names a parameter wrongly; its merge is what counts.
    qwen3vl.save_hf_weights = keep
    for scaling in (1.0, 2.0, 0.3):
        merged.clear()
        quiet(qwen3vl.Qwen3VLConverter().merge_mm_lora_dcp_weight_to_base_hf, str(base / "hf"), str(base / "dcp-ours" / "release"), "q_proj, down_proj", str(base / f"unused-{scaling}"), scaling)
        ours = base / f"dcp-merged-{scaling}"
        java("qwen3vl merge", base_hf_dir=base / "hf", lora_dcp_dir=base / "dcp-up" / "release", lora_target_modules=["q_proj", "down_proj"], save_merged_hf_dir=ours, scaling=scaling)
        state = {}
        for path in ours.glob("*.safetensors"):
            state.update(load_file(path))
        compare_merged(f"DCP merge {scaling}", dict(merged), state)


def merge_into_mm(java, work):
    merge_base_lora_weight.use_npu = False
    for dtype in (torch.bfloat16, torch.float32):
        for pp, tp in ((1, 1), (2, 2)):
            base = work / f"mm-{pp}-{tp}-{dtype}"
            for kind, iteration in (("base", "release"), ("lora", "iter_0005000")):
                for rank in range(tp):
                    for stage in range(pp):
                        maker = Normal(rank * 10 + stage)
                        for layer in range(2):
                            at = f"text_decoder.decoder.layers.{layer}.self_attention.linear_"
                            if kind == "base":
                                maker.add(at + "qkv.weight", 96, 64, dtype=dtype)
                                maker.add(at + "proj.weight", 64, 32, dtype=dtype)
                            else:
                                maker.add(at + "qkv.lora_A.default.weight", 8, 64, dtype=dtype)
                                maker.add(at + "qkv.lora_B.default.weight", 96, 8, dtype=dtype)
                                maker.add(at + "proj.lora_A.default.weight", 8, 32, dtype=dtype)
                                maker.add(at + "proj.lora_B.default.weight", 64, 8, dtype=dtype)
                        name = f"mp_rank_{rank:02}" + (f"_{stage:03}" if pp > 1 else "")
                        path = base / kind / iteration / name
                        path.mkdir(parents=True)
                        torch.save({"model": maker.tensors, "checkpoint_version": 3.0}, path / "model_optim_rng.pt")
            # Without a tracker file the base counts as released.
            (base / "lora" / "latest_checkpointed_iteration.txt").write_text("5000")
            (base / "up").mkdir()
            merge_base_lora_weight.lora_target_modules = ["linear_qkv"]
            merge_base_lora_weight.scaling = 16 / 8
            quiet(merge_base_lora_weight.merge_model, str(base / "base"), str(base / "lora"), str(base / "up"), pp, tp)
            java("merge_base_lora_weight", base_save_dir=base / "base", lora_save_dir=base / "lora", merge_save_dir=base / "ours", lora_target_modules=["linear_qkv"], lora_alpha=16, lora_r=8, pp_size=pp, tp_size=tp)
            files = sorted(p.relative_to(base / "up") for p in (base / "up").rglob("*.pt"))
            assert files == sorted(p.relative_to(base / "ours") for p in (base / "ours").rglob("*.pt"))
            for file in files:
                theirs = torch.load(base / "up" / file, weights_only=True)["model"]
                mine = torch.load(base / "ours" / file, weights_only=True)
                assert mine["checkpoint_version"] == 3.0
                compare_merged(f"mm merge {dtype} {file}", theirs, mine["model"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--java", required=True)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    java = Java(arguments.java)
    for job in (to_dcp_and_back, generic, scripts, merge_into_hf, merge_into_mm):
        job(java, arguments.work)
