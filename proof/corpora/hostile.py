"""Writes the corpus of what no well-behaved worker sends: `hostile.py OUTPUT_FOLDER`. The same bytes every time.

The first word of a task's uuid says what is done to it, so that a test can name the differences it allows.
"""
import base64
import bz2
import gzip
import json
import os
import random
import sys
import uuid
import zlib

import msgpack
import yaml

import reference

BASE = 1795555656.0
SKEW = {"w1@alpha": 0.0, "w2@beta": 7200.0, "w3@gáma ☃": -86400.0}
dice = random.Random(20261124)
records = []


def publish(payload, key="task.multi"):
    records.append((BASE + len(records) * 0.001, "/0.celeryev/" + key, payload))


def message(body, kind="application/json", compression=None, encoding="base64", raw=None):
    packed = raw if raw is not None else {
        "application/json": lambda: json.dumps(body).encode(),
        "application/x-msgpack": lambda: msgpack.packb(body, use_bin_type=True),
        "application/x-yaml": lambda: yaml.safe_dump(body).encode()}[kind]()
    if compression:
        packed = {"zlib": zlib.compress, "application/x-gzip": zlib.compress, "bzip2": bz2.compress,
                  "application/x-bz2": bz2.compress}[compression](packed)
    headers = {"hostname": "w1@alpha"}
    if compression:
        headers["compression"] = compression
    properties = {"delivery_mode": 1, "delivery_info": {"exchange": "celeryev", "routing_key": "task.multi"}, "priority": 0,
                  "delivery_tag": str(uuid.UUID(int=dice.getrandbits(128)))}
    if encoding:
        properties["body_encoding"] = encoding
    text = base64.b64encode(packed).decode() if encoding else packed.decode()
    publish(json.dumps({"body": text, "content-encoding": "utf-8", "content-type": kind, "headers": headers,
                        "properties": properties}).encode())


def event(kind, task, worker, at, clock, **fields):
    return dict(fields, type=kind, uuid=task, hostname=worker, pid=100, clock=clock, utcoffset=0,
                timestamp=BASE + at + SKEW.get(worker, 0))


def life(task, end="succeeded", worker="w1@alpha", at=0.0, sent=True, custom=False, attempts=0):
    """The events of one task, in the order in which they happened."""
    events, clock = [], 1
    for attempt in range(attempts + 1):
        about = dict(name="hostile.task", args="(1, 'ž')", kwargs="{'k': 2}", root_id=task, parent_id=None, retries=attempt,
                     eta=None, expires=None)
        if sent:
            events.append(event("task-sent", task, "gen1@client", at, clock, queue="celery", exchange="", routing_key="celery",
                                **about))
        events.append(event("task-received", task, worker, at + 0.1, clock + 1, **about))
        events.append(event("task-started", task, worker, at + 0.2, clock + 2))
        if custom:
            events.append(event("task-progress", task, worker, at + 0.25, clock + 3, done=attempt, note="půl"))
        if attempt < attempts:
            events.append(event("task-retried", task, worker, at + 0.3, clock + 4, exception="Again()", traceback="tb"))
        at, clock = at + 1, clock + 10
    at, clock = at - 1, clock - 10
    last = {"succeeded": dict(result="'ok'", runtime=0.125), "failed": dict(exception="Boom('€')", traceback="tb\n  line"),
            "revoked": dict(terminated=True, signum=15, expired=False), "rejected": dict(requeue=False)}.get(end)
    if last is not None:
        events.append(event("task-" + end, task, worker, at + 0.5, clock + 5, **last))
    return events


def name(category):
    return f"{category}-{uuid.UUID(int=dice.getrandbits(128))}"


def orderly():
    """Many tasks of several workers with wrong clocks, interleaved and in lists of every size; each task in order."""
    lives = []
    for i in range(60):
        lives.append(life(name("orderly"), dice.choice(["succeeded", "failed", "revoked", "none"]), dice.choice(list(SKEW)),
                          i * 0.05, dice.random() < 0.7, dice.random() < 0.3, dice.choice([0, 0, 0, 1, 2])))
    batch = []
    while lives:
        chosen = dice.choice(lives)
        batch.append(chosen.pop(0))
        if not chosen:
            lives.remove(chosen)
        if len(batch) > dice.randrange(12) or not lives:
            message(batch)
            batch = []


def disorder():
    for i in range(40):
        events = life(name("shuffled"), dice.choice(["succeeded", "failed", "none"]), dice.choice(list(SKEW)), i * 0.1)
        dice.shuffle(events)
        message(events)
    for i in range(20):
        events = life(name("shuffledcustom"), dice.choice(["succeeded", "failed", "revoked", "rejected"]), "w1@alpha", i,
                      True, True)
        dice.shuffle(events)
        message(events)
    for i in range(20):
        events = life(name("shuffledretry"), "succeeded", "w2@beta", i, True, False, 2)
        dice.shuffle(events)
        message(events)
    for i in range(20):
        events = life(name("twice"), dice.choice(["succeeded", "failed", "revoked"]), "w1@alpha", i)
        message([e for each in events for e in (each, each)])
        message(events)
    for i in range(10):
        message([e for e in life(name("noreceived"), "succeeded", "w1@alpha", i, False) if e["type"] != "task-received"])
        message(life(name("sentonly"), "none", "w1@alpha", i)[:1])
        message(life(name("endonly"), "failed", "w3@gáma ☃", i)[-1:])
    handed = name("handed")
    message(life(handed, "none", "w1@alpha", 0) + [dict(e, hostname="w2@beta") for e in life(handed, "succeeded", "w2@beta", 5)])


def forms():
    for kind in ("application/json", "application/x-msgpack", "application/x-yaml"):
        for compression in (None, "zlib", "application/x-gzip", "bzip2", "application/x-bz2"):
            message(life(name("form"), "succeeded", "w3@gáma ☃"), kind, compression)
    message(life(name("form")), encoding=None)
    message(life(name("form"))[0])
    message([])
    message(life(name("form")), "application/x-yaml", encoding=None)
    folded = base64.encodebytes(json.dumps(life(name("form"))).encode()).decode()
    publish(json.dumps({"body": folded, "content-type": "application/json", "content-encoding": "latin-1", "headers": None,
                        "properties": {"body_encoding": "base64", "delivery_tag": "t", "delivery_info": {}}}).encode())


def values():
    def odd(category, change, end="succeeded"):
        events = life(name(category), end)
        for each in events:
            each.update({k: v for k, v in change.items() if k in each or k.startswith("new")})
        message(events)

    for field in ("name", "args", "kwargs", "root_id", "parent_id", "retries", "eta", "expires", "result", "runtime", "queue",
                  "exchange", "routing_key", "pid", "clock"):
        odd("null", {field: None})
    odd("number", {"pid": 2**70, "clock": 2**40})
    odd("number", {"runtime": 10**30, "retries": 3})
    odd("nan", {"runtime": float("nan")})
    odd("offset", {"utcoffset": -6})
    odd("unknown", {"new_field": {"a": [1]}, "new_null": None})
    odd("json", {"args": [1, [2, {"three": 3}]], "kwargs": {"k": "v"}, "result": {"deep": [None, True]}})
    odd("json", {"result": 42})
    odd("iso", {"eta": "2026-11-24T21:27:42.880614+00:00", "expires": "2026-11-24T23:27:42+02:00"})
    odd("iso", {"eta": "2026-11-24T21:27:42", "expires": "2026-11-25T00:00:00.5-05:30"})
    odd("deep", {"args": "(" * 400 + ")" * 400})
    odd("long", {"result": "ř" * 40000})
    odd("long", {"exception": "E" * 20000, "traceback": "line\n" * 20000}, "failed")
    odd("lone", {"result": "'\ud83d \u0000 \x7f'"})
    odd("selfparent", {"parent_id": "x"})
    numeric = life(4711)
    message(numeric)


def garbage():
    good = life(name("survivor"), "succeeded")
    junk = [None, 7, "text", [], [[{}]], {}, {"type": None}, {"type": 5}, {"type": "task-started"},
            {"type": "task-started", "uuid": None, "hostname": "w1@alpha", "timestamp": 1},
            {"type": "task-started", "uuid": ["a"], "hostname": "w1@alpha", "timestamp": BASE, "clock": 1, "utcoffset": 0},
            {"type": "task-started", "uuid": "nobody", "timestamp": BASE, "clock": 1, "utcoffset": 0},
            {"type": "task-started", "uuid": "never", "hostname": "w1@alpha", "clock": 1, "utcoffset": 0},
            {"type": "task-started", "uuid": "badtime", "hostname": "w1@alpha", "timestamp": "noon", "clock": 1, "utcoffset": 0},
            {"type": "weather-rain", "hostname": "w1@alpha"}, {"type": "worker-elect", "id": "1", "hostname": "w1@alpha"},
            {"type": "worker-heartbeat", "timestamp": BASE}]
    for each in good:
        message(dice.sample(junk, 6) + [each] + dice.sample(junk, 6))
    for body in (None, 1, "text", True):
        message(body)
    message(life(name("survivor"), "failed"))
    for payload in (b"", b"not json", b"[]", b"null", b'{"body": "e30="}', b'{"properties": {}}', b"\xff\xfe\x00", b'{"body": 5}'):
        publish(payload)
    message(None, raw=b"not json at all")
    message(None, raw=b'[{"type": "task-started", "uuid": "cut')
    message(None, "application/x-python-serialize", raw=b"cos\nsystem\n(S'true'\ntR.")
    message(None, "text/html", raw=b"<html>")
    message(None, "application/json", "zlib", raw=b"")
    truncated = base64.b64encode(zlib.compress(json.dumps(life(name("lost"))).encode())[:60]).decode()
    publish(json.dumps({"body": truncated, "content-type": "application/json", "headers": {"compression": "zlib"},
                        "properties": {"body_encoding": "base64", "delivery_tag": "t"}}).encode())
    message(life(name("survivor"), "revoked"))


def workers():
    for beat in range(6):
        for host, skew in SKEW.items():
            message({"type": "worker-online" if beat == 0 else "worker-heartbeat", "hostname": host, "pid": 100 + beat,
                     "clock": beat, "utcoffset": 0, "timestamp": BASE + skew + beat, "freq": 2.0, "active": beat,
                     "processed": beat * 3, "loadavg": [0.5, 0.25, 0.125], "sw_ident": "py-celery", "sw_ver": "5.2.6",
                     "sw_sys": "Linux"})
    message({"type": "worker-heartbeat", "hostname": "w1@alpha", "pid": 100, "clock": 9, "utcoffset": 0, "timestamp": BASE + 9,
             "freq": 5, "sw_ident": "py-celery", "sw_ver": "5.2.6", "sw_sys": "Linux"})
    message({"type": "worker-offline", "hostname": "w2@beta", "pid": 100, "clock": 9, "utcoffset": 0, "timestamp": BASE + 9,
             "freq": 2.0, "active": 0, "processed": 20, "loadavg": [1, 2, 3], "sw_ident": "py-celery", "sw_ver": "5.2.6",
             "sw_sys": "Linux"})


if __name__ == "__main__":
    for part in (orderly, disorder, forms, values, garbage, workers):
        part()
    path = os.path.join(sys.argv[1], "hostile.jsonl.gz")
    with open(path, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as out:
        for at, channel, payload in records:
            out.write((json.dumps({"t": at, "channel": channel, "data": base64.b64encode(payload).decode()}) + "\n").encode())
    reference.write(path)
