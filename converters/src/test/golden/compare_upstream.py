"""Compares conversions with those of the original converter, on tiny models.

    python compare_upstream.py --upstream <folder with the package checkpoint> \
        --java "<java -cp ... io.sparkmm.convert.command.ManyConversions>" \
        --work <empty folder> [--only <words>] [--golden <file>]

For every case both converters run; the files of each rank are loaded with torch.load(
weights_only=True) and must agree in folders, names, shapes, element types and bytes. Then the
result goes back to Hugging Face form, and through resplit to another layout and back, which must
give every tensor as it was. Where the original is known to be wrong (`DEFECTS`), the expected
result is computed here from its result on one pipeline stage instead.
"""

import argparse
import collections
import hashlib
import io
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file

import tiny_models as tiny

DEFECTS = {
    "D1": "a tower whose first layers are not on stage 0 is shifted and loses its tail",
    "D3": "the uneven vision qkv of InternVL is not merged as it was divided",
    "D5": "vit_tp_size 0 beside a larger part is divided by tp_size and merged over all ranks",
    "D7": "resplit uses the table of the merged layout for a canonical checkpoint",
    "vision only": "save_vit_only finds no tensors but those whose names begin with visual",
}

DTYPES = {"torch.bfloat16": "BF16", "torch.float32": "F32"}

TEXT_FIRST = ("text_decoder.embedding.",)
TEXT_LAST = ("text_decoder.decoder.final_layernorm.", "text_decoder.output_layer.")
TEXT_LAYERS = "text_decoder.decoder.layers."
VISION = {
    "InternVLConverter": (("image_encoder.encoder.embeddings.",), "image_encoder.encoder.encoder.layers."),
    "Qwen2VLConverter": (("image_encoder.encoder.patch_embed.",), "image_encoder.encoder.blocks.layers."),
    "Qwen2_5_VLConverter": (("image_encoder.encoder.patch_embed.",), "image_encoder.encoder.blocks.layers."),
    "Qwen3VLMegatronConverter": (
        ("image_encoder.encoder.patch_embed.", "image_encoder.encoder.pos_embed."),
        "image_encoder.encoder.blocks.layers.",
    ),
}
VISION_LAST = ("image_encoder.projector.",)
EMBEDDING = "text_decoder.embedding.word_embeddings.weight"
HEAD = "text_decoder.output_layer.weight"


class Ours:
    """Our converter, as one process that takes many requests."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# ---- what is compared ----------------------------------------------------------------------------


def digest(tensor):
    data = tensor.contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else tensor
    return hashlib.sha256(data.numpy().tobytes() if tensor.numel() else b"").hexdigest()[:16]


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def flat(content):
    """All tensors of the content of a file by (model, name), with what describes them."""
    result = {}
    for key, value in content.items():
        if key == "checkpoint_version":
            assert value == 3.0 and isinstance(value, float), value
            continue
        result[key, ""] = "dict"
        for name, tensor in value.items():
            result[key, name] = (str(tensor.dtype), list(tensor.shape), digest(tensor))
    return result


def checkpoint(folder):
    """Everything in a checkpoint of ranks, for comparison."""
    folder = Path(folder)
    assert (folder / "latest_checkpointed_iteration.txt").read_bytes() == b"release"
    result = {}
    for file in sorted((folder / "release").rglob("*")):
        if file.is_file() and file.name != "sparkmm_conversion.json":
            name = str(file.relative_to(folder / "release"))
            content = torch.load(file, weights_only=True)
            assert list(content)[-1] == "checkpoint_version", list(content)
            result[name] = flat(content)
    return result


def check_form(folder):
    """What the documents say of every file, beside its tensors."""
    for file in Path(folder).rglob("*.pt"):
        content = torch.load(file, weights_only=True)
        pointers = {}
        for key, model in content.items():
            if key == "checkpoint_version":
                continue
            for name, tensor in model.items():
                assert tensor.is_contiguous() and not tensor.requires_grad, (file, name)
                assert tensor.storage_offset() == 0, (file, name)
                assert tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size(), (file, name)
                if tensor.numel():
                    pointers.setdefault(tensor.data_ptr(), []).append(name)
        for names in pointers.values():
            assert len(names) == 1 or sorted(names) == sorted([EMBEDDING, HEAD]), (file, names)


def differences(expected, actual):
    """At most a few texts about what differs."""
    texts = []
    for name in sorted(set(expected) ^ set(actual)):
        texts.append(f"{name} only in {'expected' if name in expected else 'actual'}")
    for name in sorted(set(expected) & set(actual)):
        one, other = expected[name], actual[name]
        if one != other:
            if isinstance(one, dict):
                texts += [f"{name}: {text}" for text in differences(one, other)]
            else:
                texts.append(f"{name}: {one} is {other}")
    return texts[:8]


def trained(source, target):
    """A checkpoint as a training run saves it, with everything that is not weights."""
    for file in sorted((source / "release").rglob("*.pt")):
        content = torch.load(file, weights_only=True)
        for key, model in content.items():
            if key != "checkpoint_version":
                for name, tensor in list(model.items()):
                    if name.endswith("linear_fc1.weight"):
                        model[name[: -len("weight")] + "_extra_state"] = None
                    if name.endswith("linear_proj.weight"):
                        model[name[: -len("weight")] + "_extra_state"] = io.BytesIO(b"state")
                        model[name] = torch.nn.Parameter(tensor.t().contiguous().t())
        content["iteration"] = 500
        content["args"] = argparse.Namespace(tensor_model_parallel_size=2, path=Path("x"), dtype=torch.bfloat16)
        content["optimizer"] = {"step": torch.tensor(3), "state": [{"exp_avg": torch.zeros(3)}]}
        content["rng_state"] = [{"np_rng_state": numpy.random.RandomState(1).get_state()}]
        folder = target / "iter_0000500" / file.parent.name
        folder.mkdir(parents=True)
        torch.save(content, folder / file.name)
    (target / "latest_checkpointed_iteration.txt").write_text("500")
    return target


# ---- layouts by the written rules, for where the original is wrong ---------------------------------


def nested(lists):
    return lists if lists and isinstance(lists[0], list) else [lists]


def placed(converter, model, layout, edge_cloud):
    """The stages of one tensor parallel rank, from all its tensors."""
    firsts, layers = VISION[converter]
    text = [count for inner in nested(layout["llm_pp_layers"]) for count in inner]
    vision = [count for inner in nested(layout["vit_pp_layers"]) for count in inner]
    stages = [{} for _ in text]
    for stage, target in enumerate(stages):
        for counts, first_names, last_names, prefix in (
            (vision, firsts, VISION_LAST, layers),
            (text, TEXT_FIRST, TEXT_LAST, TEXT_LAYERS),
        ):
            if edge_cloud and stage >= len(counts):
                continue
            index = stage % len(counts)
            filled = [at for at, count in enumerate(counts) if count]
            start = sum(counts[:index])
            for name, tensor in model.items():
                if index == filled[0] and name.startswith(first_names):
                    target[name] = tensor
                if index == filled[-1] and name.startswith(last_names):
                    target[name] = tensor
                if name.startswith(prefix):
                    number, tail = name[len(prefix) :].split(".", 1)
                    if start <= int(number) < start + counts[index]:
                        target[f"{prefix}{int(number) - start}.{tail}"] = tensor
    return stages


def by_rules(case, one_stage):
    """Expected content of all files, from the original's result on one pipeline stage."""
    layout = case.layout
    devices = len(nested(layout["llm_pp_layers"])[0])
    stages_per_device = len(nested(layout["llm_pp_layers"]))
    result = {}
    for file in sorted((Path(one_stage) / "release").rglob("*.pt")):
        numbers = file.parent.name.split("_")[2:]
        model = dict(torch.load(file, weights_only=True)["model"])
        tied = {**case.tiny.config.get("llm_config", {}), **case.tiny.config}.get("tie_word_embeddings")
        if tied and devices > 1 and EMBEDDING in model:
            model[HEAD] = model[EMBEDDING]
        stages = placed(case.tiny.converter, model, layout, False)
        for device in range(devices):
            name = "mp_rank_" + numbers[0]
            name += f"_{device:03d}" if devices > 1 else ""
            name += f"_{numbers[1]}" if len(numbers) > 1 else ""
            models = [stages[v * devices + device] for v in range(stages_per_device)]
            content = (
                {"model": models[0]}
                if stages_per_device == 1
                else {f"model{v}": part for v, part in enumerate(models)}
            )
            result[name + "/model_optim_rng.pt"] = flat(content)
    return result


# ---- cases -----------------------------------------------------------------------------------------


class Case:
    """One conversion to ranks."""

    def __init__(self, model, layout, command="hf_to_mm", defect=None, **options):
        self.tiny = model
        self.layout = layout
        self.command = command
        self.defect = defect
        self.options = options

    @property
    def name(self):
        words = [self.tiny.name, self.command]
        words += [f"{key}={json.dumps(value, separators=(',', ':'))}" for key, value in self.layout.items()]
        words += [f"{key}={value}" for key, value in self.options.items()]
        return " ".join(words)

    def has_stages(self):
        return len(self.layout["llm_pp_layers"]) > 1


def evenly(total, stages):
    return [total // stages + (1 if at < total % stages else 0) for at in range(stages)]


def chunks(flat_list, size):
    return [flat_list[at : at + size] for at in range(0, len(flat_list), size)]


def layouts():
    """Every tp x pp x vpp, with the vision tower on the first stage."""
    for tp in (1, 2, 4):
        for pp in (1, 2, 4):
            for vpp in (1, 2):
                text = chunks(evenly(tiny.LLM_LAYERS, pp * vpp), pp)
                vision = chunks([tiny.VIT_LAYERS] + [0] * (pp * vpp - 1), pp)
                yield {"llm_pp_layers": text, "vit_pp_layers": vision, "tp_size": tp}


def models():
    return [
        tiny.qwen2vl(),
        tiny.qwen2vl(tied=True),
        tiny.qwen2_5vl(),
        tiny.qwen2_5vl(tied=True),
        tiny.internvl("Qwen2ForCausalLM"),
        tiny.internvl("Qwen2ForCausalLM", tied=True),
        tiny.internvl("LlamaForCausalLM"),
        tiny.internvl("InternLM2ForCausalLM"),
        tiny.qwen3vl(),
        tiny.qwen3vl(tied=True),
        tiny.qwen3vl(experts=4),
    ]


def cases():
    for model in models():
        for layout in layouts():
            yield Case(model, layout)
        qwen2 = model.converter in ("Qwen2VLConverter", "Qwen2_5_VLConverter")
        for tp in (1, 2):
            uneven = {"llm_pp_layers": [[1, 3, 2, 2]], "vit_pp_layers": [[4, 0, 0, 0]], "tp_size": tp}
            yield Case(model, uneven)
            # Repeated vision towers.
            yield Case(model, {**uneven, "vit_pp_layers": [[4]]})
            yield Case(model, {**uneven, "vit_pp_layers": [[3, 1]]})
            yield Case(model, {"llm_pp_layers": [[2, 2], [2, 2]], "vit_pp_layers": [[4]], "tp_size": tp})
            # The language model begins later.
            late = {"llm_pp_layers": [[0, 4, 2, 2]], "vit_pp_layers": [[3, 1, 0, 0]], "tp_size": tp}
            yield Case(model, late, defect="D1")
            virtual = {
                "llm_pp_layers": [[0, 0, 0, 1], [2, 2, 2, 1]],
                "vit_pp_layers": [[1, 1, 1, 1], [0, 0, 0, 0]],
                "tp_size": tp,
            }
            yield Case(model, virtual, defect="D1")
        pair = {"llm_pp_layers": [[4, 4]], "vit_pp_layers": [[4, 0]]}
        for tp, vit in ((1, 2), (2, 1), (4, 2), (2, 4), (2, 2)):
            yield Case(model, {**pair, "tp_size": tp, "vit_tp_size": vit})
        yield Case(model, {**pair, "tp_size": 2, "audio_tp_size": 4})
        if "moe" in model.name:
            for ep in (2, 4):
                for tp in (1, 2):
                    yield Case(model, {**pair, "tp_size": tp, "ep_size": ep})
                yield Case(model, {"llm_pp_layers": [[8]], "vit_pp_layers": [[4]], "ep_size": ep})
        if qwen2:
            for tp in (1, 2, 4):
                for pp in (1, 2):
                    text = [evenly(tiny.LLM_LAYERS, pp)]
                    vision = [[4] + [0] * (pp - 1)]
                    layout = {"llm_pp_layers": text, "vit_pp_layers": vision, "tp_size": tp}
                    yield Case(model, layout, canonical=True)
                    if "tied" not in model.name:
                        yield Case(model, layout, save_vit_only=True)
                        yield Case(model, layout, llm_hf_dir=True)
        else:
            yield Case(model, {**pair, "tp_size": 2}, save_vit_only=True, defect="vision only")
        if model.converter == "Qwen2_5_VLConverter":
            for tp in (1, 2):
                shaped = {
                    "llm_pp_layers": [[0, 0, 0], [0, 4, 4], [0, 0, 0]],
                    "vit_pp_layers": [[1, 1, 1], [1, 0, 0], [0, 0, 0]],
                    "tp_size": tp,
                }
                yield Case(model, shaped, command="hf_to_mm_ldt")
                yield Case(model, {**shaped, "vit_pp_layers": [[2, 2, 0]]}, command="hf_to_mm_ldt")
                yield Case(
                    model,
                    {"llm_pp_layers": [[4, 4]], "vit_pp_layers": [[4, 0]], "tp_size": tp},
                    command="hf_to_mm_ldt",
                )


class Comparison:
    """Runs cases and counts what came out."""

    def __init__(self, ours, upstream, work):
        self.ours = ours
        self.upstream = upstream
        self.work = Path(work)
        self.counts = collections.Counter()
        self.failures = []
        self.golden = {}

    def expect(self, what, name, expected, actual):
        found = differences(expected, actual)
        if found:
            self.fail(what, name, found)
        else:
            self.counts[what] += 1
            self.counts[what + ": tensors"] += sum(len(part) for part in actual.values() if isinstance(part, dict))

    def fail(self, what, name, texts):
        self.counts["FAILED " + what] += 1
        self.failures.append(f"{what}: {name}\n    " + "\n    ".join(texts))
        print(self.failures[-1], flush=True)

    def convert(self, what, name, request):
        answer = self.ours.run(request)
        if "problems" in answer:
            self.fail(what, name, answer["problems"][:4])
            return False
        return True

    def folder(self, case):
        folder = self.work / "models" / case.tiny.name
        if not folder.exists():
            tiny.write(case.tiny, folder)
        return folder

    def llm_folder(self):
        """Another language model for Qwen2-VL and Qwen2.5-VL."""
        folder = self.work / "models" / "language-model"
        if not folder.exists():
            folder.mkdir(parents=True)
            other = tiny.qwen2vl(seed=77)
            text = {name: value for name, value in other.tensors.items() if not name.startswith("visual")}
            save_file(text, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    def options(self, case, folder, target, layout):
        common = {}
        if case.options.get("canonical"):
            common["enable_canonical_hf_struct"] = True
        if case.options.get("llm_hf_dir"):
            common["llm_hf_dir"] = self.llm_folder()
        result = {"mm_dir": target, "parallel_config": layout, "hf_config": {"hf_dir": folder}}
        if common:
            result["common_model_config"] = common
        if case.options.get("save_vit_only"):
            result["save_vit_only"] = True
        return result

    def expected(self, case, folder, target):
        if case.defect == "vision only":
            whole = target.parent / "whole"
            self.upstream.run(
                case.tiny.converter, case.command, self.options(
                    Case(case.tiny, case.layout), folder, whole, case.layout)
            )
            found = checkpoint(whole)
            return {
                file: {key: value for key, value in content.items() if not key[1].startswith("text_decoder.")}
                for file, content in found.items()
            }
        if case.defect != "D1":
            self.upstream.run(
                case.tiny.converter, case.command, self.options(case, folder, target, case.layout)
            )
            return checkpoint(target)
        single = dict(case.layout, llm_pp_layers=[[tiny.LLM_LAYERS]], vit_pp_layers=[[tiny.VIT_LAYERS]])
        self.upstream.run(case.tiny.converter, case.command, self.options(case, folder, target, single))
        return by_rules(case, target)

    def run(self, case):
        folder = self.folder(case)
        here = self.work / "case"
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir(parents=True)
        request = {
            "converter": case.tiny.converter,
            "command": case.command,
            "hf_dir": str(folder),
            "mm_dir": str(here / "mm"),
            "parallel_config": case.layout,
            **{key: value for key, value in case.options.items() if key != "llm_hf_dir"},
        }
        if case.options.get("llm_hf_dir"):
            request["llm_hf_dir"] = str(self.llm_folder())
        if not self.convert(case.command, case.name, request):
            return
        actual = checkpoint(here / "mm")
        check_form(here / "mm")
        expected = self.expected(case, folder, here / "upstream")
        kind = case.command + (f" (expected by the rules: {case.defect})" if case.defect else "")
        self.expect(kind, case.name, expected, actual)
        self.golden[case.name] = (case, actual)
        if case.command == "hf_to_mm" and not {"save_vit_only", "llm_hf_dir"} & set(case.options):
            self.back(case, folder, here, here / "mm", "our files")
            if case.defect is None:
                self.back(case, folder, here, here / "upstream", "the original's files")
                self.back(case, folder, here, trained(here / "upstream", here / "trained"), "files of a training run")
            if case.tiny.converter.startswith("Qwen2") and not case.has_stages():
                self.resplit(case, here, actual)

    def flat_layout(self, layout):
        result = dict(layout)
        for key in ("llm_pp_layers", "vit_pp_layers"):
            result[key] = [count for inner in layout[key] for count in inner]
        return result

    def back(self, case, folder, here, source, whose):
        layout = self.flat_layout(case.layout)
        target = here / f"back-{source.name}"
        request = {
            "converter": case.tiny.converter,
            "command": "mm_to_hf",
            "mm_dir": str(source),
            "hf_dir": str(folder),
            "save_hf_dir": str(target),
            "parallel_config": layout,
            "canonical": bool(case.options.get("canonical")),
        }
        kind = f"mm_to_hf of {whose} gives the original"
        kind += " (virtual stages)" if case.has_stages() else ""
        if not self.convert(kind, case.name, request):
            return
        self.expect(kind, case.name, self.hf(folder), self.hf(target))
        self.same_assets(folder, target, case.name)
        if source.name == "mm":
            self.original_back(case, folder, here, target)

    def original_back(self, case, folder, here, target):
        """What the original makes of our files."""
        layout = self.flat_layout(case.layout)
        if case.has_stages() or case.defect:
            return
        defect = self.defect_of_back(case)
        options = self.options(case, folder, here / "mm", layout)
        options["save_hf_dir"] = here / "upstream-back"
        try:
            self.upstream.run(case.tiny.converter, "mm_to_hf", options)
            found = differences(self.hf(here / "upstream-back"), self.hf(target))
        except Exception as failure:  # noqa: BLE001
            found = [f"{type(failure).__name__}: {failure}"]
        if bool(found) != bool(defect):
            self.fail("mm_to_hf as the original", case.name, found or ["no difference despite " + defect])
        elif defect:
            self.counts[f"mm_to_hf where the original is wrong ({defect})"] += 1
        else:
            self.counts["mm_to_hf as the original, from our files"] += 1

    @staticmethod
    def defect_of_back(case):
        layout = case.layout
        tp = layout.get("tp_size", 1)
        vit = layout.get("vit_tp_size", 0)
        largest = max(tp, vit, layout.get("audio_tp_size", 0))
        # Merging over all ranks is right only when the vision tower is divided as often.
        if vit == 0 and tp < largest and tp > 0:
            return "D5"
        if case.tiny.converter == "InternVLConverter" and (vit or tp) > 1:
            return "D3"
        return None

    @staticmethod
    def hf(folder):
        result = {}
        for file in sorted(Path(folder).glob("*.safetensors")):
            result[file.name] = {
                name: (str(value.dtype), list(value.shape), digest(value))
                for name, value in load_file(file).items()
            }
        return result

    def same_assets(self, one, other, name):
        files = [file.relative_to(one) for file in sorted(one.rglob("*")) if file.is_file() and file.suffix != ".safetensors"]
        wrong = [str(file) for file in files if (one / file).read_bytes() != (other / file).read_bytes()]
        if wrong:
            self.fail("other files", name, wrong)

    def resplit(self, case, here, original):
        source = self.flat_layout(case.layout)
        own = source.get("vit_tp_size", 0) or source.get("audio_tp_size", 0)
        targets = [
            {"llm_pp_layers": [8], "vit_pp_layers": [4], "tp_size": 1},
            {"llm_pp_layers": [1, 5, 2], "vit_pp_layers": [4, 0, 0], "tp_size": 4},
            {"llm_pp_layers": [0, 8], "vit_pp_layers": [2, 2], "tp_size": 2},
        ]
        for number, target in enumerate(targets):
            there = here / f"resplit{number}"
            request = {
                "converter": case.tiny.converter,
                "command": "resplit",
                "source_dir": str(here / "mm"),
                "target_dir": str(there),
                "source_parallel_config": source,
                "target_parallel_config": target,
            }
            if not self.convert("resplit", case.name, request):
                continue
            check_form(there)
            again = dict(
                request,
                source_dir=str(there),
                target_dir=str(here / f"again{number}"),
                source_parallel_config=target,
                target_parallel_config=source,
            )
            if self.convert("resplit and back", case.name, again):
                self.expect("resplit and back", case.name, original, checkpoint(here / f"again{number}"))
            uncommon = own or case.options.get("canonical") or target["llm_pp_layers"][0] == 0 or case.defect
            if uncommon:
                continue
            options = {
                "source_dir": here / "mm",
                "target_dir": here / f"upstream-resplit{number}",
                "source_parallel_config": source,
                "target_parallel_config": target,
            }
            self.upstream.run(case.tiny.converter, "resplit", options)
            self.expect(
                "resplit as the original", case.name, checkpoint(here / f"upstream-resplit{number}"), checkpoint(there)
            )

    def adapters(self):
        """LoRA adapters of Qwen2.5-VL, there and back."""
        for new_names in (False, True):
            for prefix in ("", "base_model.model."):
                for tp in (1, 2):
                    for text, vision in (([[8]], [[4]]), ([[3, 5]], [[4, 0]]), ([[2, 2], [2, 2]], [[4, 0], [0, 0]])):
                        self.adapter(new_names, prefix, {"llm_pp_layers": text, "vit_pp_layers": vision, "tp_size": tp})

    def adapter(self, new_names, prefix, layout):
        name = f"adapters new_names={new_names} prefix={prefix} {layout}"
        here = self.work / "case"
        shutil.rmtree(here, ignore_errors=True)
        (here / "hf").mkdir(parents=True)
        tensors = tiny.adapters(new_names, prefix)
        save_file(tensors, here / "hf" / "adapter_model.safetensors", metadata={"format": "pt"})
        common = {
            "enable_canonical_hf_struct": True,
            "new_transformers_weight_key": new_names,
            "model_prefix": prefix or None,
        }
        request = {
            "converter": "Qwen2_5_VLConverter",
            "command": "lora_hf_to_mm",
            "hf_dir": str(here / "hf"),
            "mm_dir": str(here / "mm"),
            "parallel_config": layout,
            "new_names": new_names,
            "model_prefix": prefix,
        }
        if not self.convert("lora_hf_to_mm", name, request):
            return
        options = {
            "mm_dir": here / "upstream",
            "hf_config": {"hf_dir": here / "hf"},
            "parallel_config": layout,
            "common_model_config": common,
        }
        self.upstream.run("Qwen2_5_VLConverter", "lora_hf_to_mm", options)
        self.expect("lora_hf_to_mm", name, checkpoint(here / "upstream"), checkpoint(here / "mm"))
        check_form(here / "mm")
        flat_layout = self.flat_layout(layout)
        request.update(command="lora_mm_to_hf", save_hf_dir=str(here / "back"), parallel_config=flat_layout)
        if not self.convert("lora_mm_to_hf", name, request):
            return
        self.expect("lora_mm_to_hf gives the original", name, self.hf(here / "hf"), self.hf(here / "back"))
        if len(layout["llm_pp_layers"]) == 1:
            options.update(mm_dir=here / "mm", save_hf_dir=here / "upstream-back", parallel_config=flat_layout)
            options["hf_config"] = None
            self.upstream.run("Qwen2_5_VLConverter", "lora_mm_to_hf", options)
            self.expect("lora_mm_to_hf as the original", name, self.hf(here / "upstream-back"), self.hf(here / "back"))


def write_golden(comparison, target):
    """What a few cases must give, for tests without Python: hashes of names and of contents."""
    wanted = {}
    for case, actual in comparison.golden.values():
        tp = case.layout.get("tp_size", 1)
        pp = len(case.layout["llm_pp_layers"][0])
        special = bool(case.defect or case.options or case.command != "hf_to_mm" or len(case.layout) > 3)
        if special or (tp, pp) == (2, 2):
            kind = (case.tiny.name, case.command, case.has_stages(), case.defect, *sorted(case.options))
            wanted.setdefault(kind, (case, actual))
    models = {}
    result = []
    for case, actual in wanted.values():
        if "tied" in case.tiny.name and case.tiny.converter != "Qwen2VLConverter":
            continue
        if "llm_hf_dir" in case.options:
            continue
        models[case.tiny.name] = {
            "config": case.tiny.config,
            "seed": case.tiny.seed,
            "tensors": [
                [name, DTYPES[str(tensor.dtype)], list(tensor.shape)] for name, tensor in case.tiny.tensors.items()
            ],
        }
        files = {}
        for file, tensors in actual.items():
            names = ""
            contents = ""
            for (key, name), value in sorted(tensors.items()):
                if name:
                    names += f"{key} {name} {DTYPES[value[0]]} {value[1]}\n"
                    contents += f"{key} {name} {value[2]}\n"
            count = names.count("\n")
            files[file] = [count, sha(names), sha(contents)]
        result.append(
            {
                "model": case.tiny.name,
                "converter": case.tiny.converter,
                "command": case.command,
                "parallel_config": case.layout,
                **case.options,
                "files": files,
            }
        )
    lines = [json.dumps(case, separators=(",", ":")) for case in result]
    shapes = [f"{json.dumps(name)}:{json.dumps(model, separators=(',', ':'))}" for name, model in models.items()]
    text = '{"models":{\n' + ",\n".join(shapes) + '},\n"cases":[\n' + ",\n".join(lines) + "]}\n"
    Path(target).write_text(text)
    print(f"{len(result)} cases in {target}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--java", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--only", default="", help="words that the name of a case must have")
    parser.add_argument("--golden", default="")
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.upstream)
    import upstream

    torch.set_num_threads(1)
    ours = Ours(arguments.java)
    comparison = Comparison(ours, upstream, arguments.work)
    words = arguments.only.split()
    total = 0
    for case in cases():
        if all(word in case.name for word in words):
            total += 1
            comparison.run(case)
    if not words or "adapters" in words:
        comparison.adapters()
    ours.close()
    print(f"{total} cases")
    for what, count in sorted(comparison.counts.items()):
        print(f"{count:7d}  {what}")
    for defect, text in DEFECTS.items():
        print(f"known defect {defect}: {text}")
    if arguments.golden:
        write_golden(comparison, arguments.golden)
    sys.exit(1 if comparison.failures else 0)


if __name__ == "__main__":
    main()
