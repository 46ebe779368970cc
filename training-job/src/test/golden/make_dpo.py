#!/usr/bin/env python3
"""Makes dpo-*.json: what transformers trains on preferences with a Qwen2-VL model.

Weights, pixels and batches follow the rules of make_training.py; a micro-batch holds the chosen
answers of two samples and then their rejected ones. The reference has the weights that training
begins with. Losses are those of TRL's DPOTrainer, to which a fine-tuning loss on the chosen answers
is added; log-probabilities are sums over the labels. Each file holds the losses, accuracies and
gradient norms of AdamW steps in float64 and float32.

    python make_dpo.py        # writes beside this script
    needs: torch 2.10, transformers 4.57.6, peft 0.18, trl 0.24
"""

import json
from types import SimpleNamespace

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from trl.trainer.dpo_config import FDivergenceType
from trl.trainer.dpo_trainer import DPOTrainer

from make_lora import adapted
from make_qwen2vl import HERE
from make_training import MODELS, Wide, digits, make, micro_batch, rate, typed

STEPS = 10
PAIRS = [
    [
        {"row": "5 150 151x2 153 20-26", "images": [[1, 2, 4]]},
        {"row": "6 7 30-41", "images": []},
        {"row": "5 150 151x2 153 60-63", "images": [[1, 2, 4]]},
        {"row": "6 7 80-90", "images": []},
    ],
    [
        {"row": "150 151x5 153 70-80", "images": [[1, 2, 10]]},
        {"row": "150 151x6 153 9 10 11", "images": [[1, 12, 2]]},
        {"row": "150 151x5 153 100-120", "images": [[1, 2, 10]]},
        {"row": "150 151x6 153 9 40-44", "images": [[1, 12, 2]]},
    ],
    [
        {"row": "5 6 7 8-20", "images": []},
        {"row": "5 30-45 7 7 60", "images": []},
        {"row": "5 6 7 90-93", "images": []},
        {"row": "5 50-55", "images": []},
    ],
]
LORA = {
    "targets": ["q_proj", "v_proj", "down_proj"],
    "rank": 4,
    "alpha": 8,
    "peft": r"model\.language_model\.layers\.\d+\.(self_attn\.[qv]_proj|mlp\.down_proj)",
}
CASES = {
    "plain": {"beta": 0.1, "smoothing": 0.0, "ftx": 0.0},
    "rich": {"beta": 0.5, "smoothing": 0.1, "ftx": 0.2},
    "lora": {"beta": 0.3, "smoothing": 0.05, "ftx": 0.0, **LORA},
}


def log_probabilities(net, inputs):
    labels = inputs["labels"][:, 1:]
    logits = net(**{k: v for k, v in inputs.items() if k != "labels"}, use_cache=False).logits
    scores = logits[:, :-1].log_softmax(-1)
    picked = scores.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    valid = labels != -100
    return (picked * valid).sum(-1), valid.sum(-1)


def trl_loss(case, policy, reference):
    """The losses of the pairs as TRL computes them."""
    trainer = SimpleNamespace(
        accelerator=SimpleNamespace(device="cpu"),
        reference_free=False,
        f_divergence_type=FDivergenceType.REVERSE_KL,
        f_divergence_params=None,
        beta=case["beta"],
        label_smoothing=case["smoothing"],
    )
    pairs = len(policy) // 2
    return DPOTrainer.dpo_loss(
        trainer, policy[:pairs], policy[pairs:], reference[:pairs], reference[pairs:]
    )


def train(model, case, net, reference, dtype):
    o = model["optimizer"]
    trainable = {n: p for n, p in net.named_parameters() if p.requires_grad}
    vectors = [p for n, p in trainable.items() if p.ndim == 1 or n.endswith(".bias")]
    matrices = [p for p in trainable.values() if not any(p is v for v in vectors)]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": o["decay"]},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=0.0, betas=(0.9, 0.999), eps=1e-8, fused=True,
    )
    losses, accuracies, norms = [], [], []
    count = model["micro_batches"]
    for step in range(STEPS):
        total, accuracy = 0.0, 0.0
        for micro in range(count):
            inputs = typed(micro_batch(model, step * count + micro), dtype)
            with torch.no_grad():
                expected = reference(inputs)
            policy, lengths = log_probabilities(net, inputs)
            values, chosen, rejected = trl_loss(case, policy, expected)
            pairs = len(values)
            values = values - case["ftx"] * policy[:pairs] / lengths[:pairs]
            loss = values.mean()
            (loss / count).backward()
            total += loss.item() / count
            accuracy += (chosen > rejected).double().mean().item() / count
        parameters = list(trainable.values())
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, o["clip"])))
        losses.append(total)
        accuracies.append(accuracy)
        for group in optimizer.param_groups:
            group["lr"] = rate(o, step)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return losses, accuracies, norms


def run(model, case, dtype):
    if "targets" in case:
        _, net, _ = adapted({**case, "model": "gqa", "frozen": model["frozen"]}, dtype)
        layers = [m for m in net.modules() if isinstance(m, BaseTunerLayer)]

        def reference(inputs):
            for layer in layers:
                layer.enable_adapters(False)
            found = log_probabilities(net, inputs)[0]
            for layer in layers:
                layer.enable_adapters(True)
            return found

        if dtype == torch.float64:
            with Wide(net, model["config"]["head_size"]):
                return train(model, case, net, reference, dtype)
        return train(model, case, net, reference, dtype)
    net, _ = make(model, dtype)
    other, _ = make(model, dtype)
    other.requires_grad_(False)
    if dtype == torch.float64:
        head = model["config"]["head_size"]
        with Wide(net, head), Wide(other, head):
            return train(
                model, case, net, lambda inputs: log_probabilities(other, inputs)[0], dtype
            )
    return train(model, case, net, lambda inputs: log_probabilities(other, inputs)[0], dtype)


def main():
    torch.set_num_threads(1)
    for name, case in CASES.items():
        model = {
            **MODELS["gqa"],
            "batches": PAIRS,
            "frozen": ["visual."],
            "optimizer": {**MODELS["gqa"]["optimizer"], "warmup": 2},
        }
        result = {**model, **{k: v for k, v in case.items() if k != "peft"}}
        for dtype in (torch.float64, torch.float32):
            losses, accuracies, norms = run(model, case, dtype)
            result[str(dtype).removeprefix("torch.")] = {
                "losses": [digits(v, 17) for v in losses],
                "accuracies": accuracies,
                "norms": [digits(v, 17) for v in norms],
            }
        path = HERE / f"dpo-{name}.json"
        path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
        print(path.name, path.stat().st_size, "bytes", result["float64"]["losses"],
              result["float64"]["accuracies"])


if __name__ == "__main__":
    main()
