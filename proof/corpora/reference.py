"""What Celery's own Receiver and State make of a corpus: `reference.py FILE.jsonl.gz …` writes FILE.expected.json.gz.

Every message is decoded by kombu, passed through EventReceiver.event_from_message and given to State.event, in order. An event
that makes either raise is left out alone (Celery would drop the rest of its list as well).

The times under "tasks" are the event's own: Celery's receiver shifts them by utcoffset, which is wrong for epoch seconds. What
it would show is under "shifted" where it differs.
"""
import base64
import gzip
import json
import logging
import os
import sys

os.environ["TZ"] = "UTC"
logging.disable(logging.CRITICAL)

from celery import Celery
from celery.events.receiver import EventReceiver
from celery.events.state import State
from kombu.transport import virtual

TIMES = ("sent", "received", "started", "succeeded", "failed", "retried", "revoked", "rejected", "timestamp")
FIELDS = ("state", "name", "args", "kwargs", "retries", "eta", "expires", "result", "exception", "traceback", "runtime",
          "root_id", "parent_id", "client", "clock", "queue", "exchange", "routing_key") + TIMES
COMMON = {"type", "uuid", "hostname", "pid", "clock", "utcoffset", "timestamp", "local_received", "state"}
ACCEPT = {"application/json", "application/x-msgpack", "application/x-yaml"}


class Channel(virtual.Channel):
    """A channel that only decodes."""

    def __init__(self):
        self.codecs = virtual.base.Channel.codecs
        self.no_ack = True

    def __del__(self):
        pass


def messages(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as lines:
        for line in lines:
            record = json.loads(line)
            yield record["t"], record["channel"], base64.b64decode(record["data"])


class Reference:
    def __init__(self, localize):
        self.now = 0.0
        self.receiver = EventReceiver.__new__(EventReceiver)
        app = Celery("reference", set_as_current=False)
        self.receiver.clock = app.clock
        self.receiver.adjust_clock = app.clock.adjust
        self.receiver.forward_clock = app.clock.forward
        self.state = State(max_tasks_in_memory=10**6)
        self.localize = localize
        self.errors = {}
        self.last_custom = {}
        self.events = 0

    def error(self, what):
        self.errors[what] = self.errors.get(what, 0) + 1

    def events_of(self, payload):
        try:
            body = virtual.Message(json.loads(payload), channel=Channel(), accept=ACCEPT).decode()
        except Exception as e:
            self.error(type(e).__name__)
            return []
        return body if isinstance(body, list) else [body]

    def event(self, at, event):
        """Whether it was taken."""
        self.now = at
        try:
            kind, event = self.receiver.event_from_message(event, localize=self.localize, now=lambda: self.now)
            own = {k: v for k, v in event.items() if k not in COMMON}
            self.state.event(event)
        except Exception as e:
            self.error(type(e).__name__)
            return False
        self.events += 1
        if kind.startswith("task-") and kind[5:] not in TIMES and own:
            self.last_custom[event["uuid"]] = own
        return True

    def task(self, task):
        out = {name: getattr(task, name, None) for name in FIELDS}
        out["worker"] = task.worker.hostname if task.worker else None
        out["children"] = sorted(child.uuid for child in task.children)
        custom = self.last_custom.get(task.uuid)
        if custom:
            out["custom"] = custom
        return {k: v for k, v in out.items() if v is not None}

    def worker(self, worker):
        out = {name: getattr(worker, name, None)
               for name in ("pid", "freq", "active", "processed", "loadavg", "sw_ident", "sw_ver", "sw_sys", "clock")}
        out["heartbeats"] = list(worker.heartbeats)
        return {k: v for k, v in out.items() if v is not None}


def strict(value):
    """NaN and infinities as the texts that strict JSON readers take."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {str(k): strict(v) for k, v in value.items()}
    return [strict(v) for v in value] if isinstance(value, (list, tuple)) else value


def compute(path):
    true, shifted = Reference(False), Reference(True)
    for at, channel, payload in messages(path):
        if "celeryev" in channel:
            for own, other in zip(true.events_of(payload), shifted.events_of(payload)):
                if shifted.event(at, other):
                    true.event(at, own)
    tasks = {}
    for uuid, task in true.state.tasks.items():
        out = true.task(task)
        other = shifted.task(shifted.state.tasks[uuid])
        same = [name for name in FIELDS if name not in TIMES and name != "clock"]
        assert repr([out.get(name) for name in same]) == repr([other.get(name) for name in same]), uuid
        moved = {k: other[k] for k in TIMES if k in out and other.get(k) != out[k]}
        if moved:
            out["shifted"] = moved
        tasks[str(uuid)] = out
    counts = {}
    for task in tasks.values():
        counts[task["state"]] = counts.get(task["state"], 0) + 1
    return {"corpus": os.path.basename(path), "celery": "5.2.6", "events": true.events, "errors": shifted.errors,
            "counts_by_state": counts,
            "workers": {str(name): true.worker(w) for name, w in true.state.workers.items()}, "tasks": tasks}


def write(path):
    target = path.replace(".jsonl.gz", "").replace(".jsonl", "") + ".expected.json.gz"
    expected = compute(path)
    text = json.dumps(strict(expected), indent=0, sort_keys=True, ensure_ascii=True, default=str)
    with open(target, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as out:
        out.write(text.encode("ascii"))
    print(os.path.basename(target), expected["events"], "events", len(expected["tasks"]), "tasks",
          expected["counts_by_state"], expected["errors"])


if __name__ == "__main__":
    for each in sys.argv[1:]:
        write(each)
