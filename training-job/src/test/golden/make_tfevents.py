"""Makes tensorboard/events.tfevents with TensorBoard's own classes.

Run with a Python that has the package `tensorboard` (made with 2.21.0):

    python make_tfevents.py
"""

import os

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensorboard", "events.tfevents")


def scalars(step, **values):
    named = [Summary.Value(tag=k.replace("_", " "), simple_value=v) for k, v in values.items()]
    return Event(step=step, summary=Summary(value=named))


def main():
    events = [
        Event(file_version="brain.Event:2"),
        Event(step=300, session_log=SessionLog(status=SessionLog.START)),
        scalars(300, loss=2.5, tokens_per_sample=41.0),
        scalars(301, loss=float("nan"), größe=-1e-7),
        scalars(123456789012, loss=float("inf")),
    ]
    os.makedirs(os.path.dirname(FILE), exist_ok=True)
    with open(FILE, "wb") as out:
        writer = RecordWriter(out)
        for number, event in enumerate(events):
            event.wall_time = 1700000000.25 + number
            writer.write(event.SerializeToString())
        writer.flush()


if __name__ == "__main__":
    main()
