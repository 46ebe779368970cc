"""Writes adamw.json: parameters after updates by torch.optim.AdamW, with the gradients used.

Run with PyTorch 2.10: python make_adamw.py > adamw.json
"""

import json

import torch


def case(dtype, shapes, steps, lr, betas, eps, weight_decay):
    generator = torch.Generator().manual_seed(11)
    parameters = [
        torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype))
        for shape in shapes
    ]
    start = [p.detach().clone() for p in parameters]
    # No decay for one-dimensional parameters.
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=lr,
        betas=betas,
        eps=eps,
    )
    gradients = []
    for step in range(steps):
        row = []
        for index, p in enumerate(parameters):
            if index == 2 and step == 1:
                p.grad = None  # skipped: neither decay nor a step of its own
                row.append(None)
            else:
                p.grad = torch.randn(p.shape, generator=generator, dtype=torch.float64).to(dtype)
                row.append(p.grad.double().flatten().tolist())
        gradients.append(row)
        optimizer.step()
    return {
        "dtype": str(dtype).removeprefix("torch."),
        "shapes": shapes,
        "lr": lr,
        "betas": betas,
        "eps": eps,
        "weight_decay": weight_decay,
        "start": [p.double().flatten().tolist() for p in start],
        "gradients": gradients,
        "end": [p.detach().double().flatten().tolist() for p in parameters],
    }


print(
    json.dumps(
        [
            case(dtype, [[3, 5], [7], [2, 2, 2]], 6, 1e-2, [0.9, 0.95], 1e-8, 0.1)
            for dtype in (torch.float32, torch.float64)
        ],
        indent=1,
    )
)
