#!/usr/bin/env python3
"""Writes RLHF-V rows in both published shapes, and what their import has to make of them.

Usage: make_rlhfv.py [folder]      (needs pyarrow and Pillow)

rlhfv/original.parquet            the shape with a column of JSON text, two row groups
rlhfv/conversations/*.parquet     the shape with conversations, two files, small row groups
rlhfv/<shape>.expected.json       the records, in the layout of json.dump(indent=2)
rlhfv/<shape>.pictures.json       name and SHA-256 of each picture that is stored

The expected output is computed here from the rules, independently of the Java code.
"""
import hashlib
import io
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
TURN = pa.struct([("from", pa.string()), ("value", pa.string())])


def picture(number, kind):
    image = Image.new("RGB", (8 + number, 6), (20 * number % 256, 90, 200 - number))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def original_rows():
    def row(number, text, image):
        return {
            "ds_name": "RLHF-V",
            "image": image,
            "text": text,
            "origin_dataset": "LCS-558K",
            "origin_split": json.dumps({"model": "m", "type": "question_answering"}),
            "idx": 100 + number,
            "image_path": f"RLHF-V/{number}.jpg",
        }

    def text(number):
        return json.dumps(
            {"question": f"Wie viele? {number}", "chosen": f"Genau {number} \U0001f600.", "rejected": "Ein \"Paar\"\n\t世界"},
            ensure_ascii=number % 2 == 0,
        )

    good = lambda number, kind="JPEG": {"bytes": picture(number, kind), "path": None}
    rows = [row(n, text(n), good(n)) for n in range(4)]
    rows.append(row(4, "{not json", good(4)))
    rows.append(row(5, json.dumps({"question": "q", "chosen": "c"}), good(5)))
    rows.append(row(6, text(6), {"bytes": None, "path": "gone.jpg"}))
    rows.append(row(7, text(7), {"bytes": b"", "path": None}))
    rows.append(row(8, text(8), {"bytes": b"this is no picture", "path": None}))
    rows.append(row(9, text(9), None))
    rows.append(row(10, None, good(10)))
    rows.append(row(11, text(11), good(11, "PNG")))
    return rows


def original_record(row):
    text = json.loads(row["text"])
    return "<image>" + text["question"], text["chosen"], text["rejected"], row["image"]["bytes"]


def conversation_rows():
    def row(number, **changes):
        base = {
            "conversations": [{"from": "human", "value": f"<image>What is at {number}?"}],
            "chosen": {"from": "gpt", "value": f"Thing {number}."},
            "rejected": {"from": "gpt", "value": "é " * (number % 3)},
            "images": [{"bytes": picture(number, "JPEG"), "path": f"{number}.jpg"}],
        }
        base.update(changes)
        return base

    rows = [row(n) for n in range(7)]
    rows[1] = row(1, images=[])
    rows[2] = row(2, conversations=[])
    rows[3] = row(
        3,
        conversations=[
            {"from": "gpt", "value": "<image>whoever says it"},
            {"from": "human", "value": "is ignored"},
        ],
    )
    rows[4] = row(4, chosen=None)
    rows[5] = row(5, images=[{"bytes": picture(5, "PNG"), "path": None}, {"bytes": b"", "path": None}])
    rows += [row(7, rejected={"from": "gpt", "value": None}), row(8), row(9, images=None)]
    return rows


def conversation_record(row):
    return (
        row["conversations"][0]["value"],
        row["chosen"]["value"],
        row["rejected"]["value"],
        row["images"][0]["bytes"],
    )


def expect(folder, name, rows, read):
    records = []
    pictures = {}
    for index, row in enumerate(rows):
        try:
            question, chosen, rejected, data = read(row)
            if not data or None in (question, chosen, rejected):
                raise ValueError("empty")
            Image.open(io.BytesIO(data)).load()
        except Exception:
            continue
        path = f"{index:04d}.jpg"
        pictures[path] = hashlib.sha256(data).hexdigest()
        records.append(
            {
                "messages": [{"role": "user", "content": question}],
                "chosen": {"role": "assistant", "content": chosen},
                "rejected": {"role": "assistant", "content": rejected},
                "images": ["images/" + path],
            }
        )
    with open(folder / f"{name}.expected.json", "w", encoding="utf-8") as stream:
        json.dump(records, stream, ensure_ascii=False, indent=2)
    with open(folder / f"{name}.pictures.json", "w", encoding="utf-8") as stream:
        json.dump(pictures, stream, indent=1)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent) / "rlhfv"
    (folder / "conversations").mkdir(parents=True, exist_ok=True)
    rows = original_rows()
    schema = pa.schema(
        [
            ("ds_name", pa.string()),
            ("image", STRUCT),
            ("text", pa.string()),
            ("origin_dataset", pa.string()),
            ("origin_split", pa.string()),
            ("idx", pa.int64()),
            ("image_path", pa.string()),
        ]
    )
    pq.write_table(
        pa.Table.from_pylist(rows, schema), folder / "original.parquet", row_group_size=7
    )
    expect(folder, "original", rows, original_record)

    rows = conversation_rows()
    schema = pa.schema(
        [
            ("conversations", pa.list_(TURN)),
            ("chosen", TURN),
            ("rejected", TURN),
            ("images", pa.list_(STRUCT)),
        ]
    )
    table = pa.Table.from_pylist(rows, schema)
    pq.write_table(
        table.slice(0, 6),
        folder / "conversations" / "train-00000-of-00002.parquet",
        row_group_size=4,
        compression="zstd",
    )
    pq.write_table(
        table.slice(6),
        folder / "conversations" / "train-00001-of-00002.parquet",
        row_group_size=2,
        compression="none",
    )
    expect(folder, "conversations", rows, conversation_record)


if __name__ == "__main__":
    main()
