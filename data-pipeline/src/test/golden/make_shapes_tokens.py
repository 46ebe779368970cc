"""Writes shapes_tokens.jsonl: texts and the ids that transformers gives them.

First draw a set, then: python make_shapes_tokens.py <set>/model shapes_tokens.jsonl
Made with transformers 4.57.6.
"""

import json
import sys

from transformers import AutoTokenizer

TEXTS = [
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n",
    "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>\nWhat is in the picture?<|im_end|>\n",
    "<|im_start|>assistant\nan orange star and a purple triangle and a yellow circle<|im_end|>\n",
    "How many squares are there?",
    "Is there a green square?",
    "What colour is the triangle?",
    "What shape is the blue thing?",
    "zero one two three yes no",
    "Something that was never seen: 42 zebras, it's \"new\"!",
    "  leading blanks\tand\ttabs \n\n two lines  ",
    "Gr\u00fc\u00dfe, \u4e16\u754c \U0001f600 e\u0301",
    "<|endoftext|><|video_pad|><|vision_pad|>",
    "",
]

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
with open(sys.argv[2], "w", encoding="utf-8") as out:
    for text in TEXTS:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        out.write(json.dumps({"text": text, "ids": ids}) + "\n")
