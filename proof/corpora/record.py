"""Records corpora of real workloads: `record.py OUTPUT_FOLDER [WORKLOAD …]`, with Debian's Celery under /usr/bin/python3.

Each workload has a Redis and workers of its own. Every message on the event channels is written as it came, one JSON record a
line: {"t": receive time in epoch seconds, "channel", "data": base64}. reference.py then writes what Celery's State makes of it.
"""
import base64
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone

import redis

import reference

HERE = os.path.dirname(os.path.abspath(__file__))


class Lab:
    """A Redis, its workers, and the record of what was published. Ends what it started."""

    def __init__(self, **environment):
        self.folder = tempfile.mkdtemp(prefix="apfa-corpus")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.redis_process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder],
            stdout=subprocess.DEVNULL)
        self.broker = f"redis://127.0.0.1:{self.port}/0"
        self.environment = dict(os.environ, CORPUS_BROKER=self.broker, C_FORCE_ROOT="1", **environment)
        shutil.copy(os.path.join(HERE, "corpus_app.py"), self.folder)
        os.environ.update(CORPUS_BROKER=self.broker, **{k: v for k, v in environment.items() if k.startswith("CORPUS_")})
        self.redis = redis.Redis(port=self.port)
        self.wait("redis", self.ping)
        self.records, self.logs, self.workers = [], {}, {}
        self.pubsub = self.redis.pubsub()
        self.pubsub.psubscribe("/0.celeryev*")
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        import corpus_app
        self.app = corpus_app.app
        self.tasks = corpus_app

    def ping(self):
        try:
            return self.redis.ping()
        except redis.ConnectionError:
            return False

    @staticmethod
    def wait(what, condition, seconds=40):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if condition():
                return
            time.sleep(0.05)
        raise SystemExit(f"{what}: not within {seconds} s")

    def listen(self):
        try:
            for message in self.pubsub.listen():
                if message["type"] == "pmessage":
                    self.records.append((time.time(), message["channel"], message["data"]))
        except (redis.ConnectionError, ValueError, OSError):
            pass

    def worker(self, name, *options, **environment):
        log = open(os.path.join(self.folder, f"{len(self.workers)}.log"), "w+", encoding="utf-8", errors="replace")
        process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "celery", "-A", "corpus_app", "worker", "-E", "-n", name, "-l", "INFO",
             "--heartbeat-interval", "2", *options],
            cwd=self.folder, env=dict(self.environment, **environment), stdout=log, stderr=log)
        self.workers[name], self.logs[name] = process, log
        self.wait(f"worker {name}", lambda: " ready." in self.log(name))
        return process

    def log(self, name):
        with open(self.logs[name].name, encoding="utf-8", errors="replace") as text:
            return text.read()

    def seen(self, kind, uuid=None):
        """Whether an event of that type (and task) was published. Only for JSON events."""
        for _, _, data in list(self.records):
            body = base64.b64decode(json.loads(data)["body"])
            if kind.encode() in body and (uuid is None or uuid.encode() in body):
                return True
        return False

    def await_event(self, kind, uuid=None):
        self.wait(f"{kind} {uuid}", lambda: self.seen(kind, uuid))

    def quiet(self, seconds=1.5):
        """Until only heartbeats come."""
        def count():
            return sum(1 for _, channel, _ in list(self.records) if b"worker" not in channel)
        last, since = count(), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.1)
            if count() != last:
                last, since = count(), time.monotonic()

    def stop_workers(self):
        for process in self.workers.values():
            if process.poll() is None:
                process.terminate()
        for process in self.workers.values():
            process.wait(30)

    def close(self):
        for process in self.workers.values():
            if process.poll() is None:
                process.kill()
        self.app.close()
        self.redis_process.terminate()
        self.redis_process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, path):
        with open(path, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as out:
            for at, channel, data in self.records:
                record = {"t": round(at, 6), "channel": channel.decode(), "data": base64.b64encode(data).decode()}
                out.write((json.dumps(record) + "\n").encode())


def everything(lab, terminate=True, limits=True):
    """One of each kind of task."""
    t = lab.tasks
    for i in range(12):
        t.add.delay(i, i)
    t.echo.delay("žluťoučký kůň 😀", "a'b\"c\\d\n", None, [1, 2.5, {"k": (1, 2)}], key="hodnota €", deep=[[[[[[[[1]]]]]]]])
    t.echo.delay("x" * 3000, blob=list(range(2000)))
    t.fail.delay("späť <b>no</b>")
    t.silent.delay()
    t.retry.delay(2)
    t.retry.apply_async((1, 0.3))
    t.hopeless.delay()
    t.auto.delay()
    t.progress.delay()
    t.odd.delay()
    t.state.delay()
    t.ignore.delay()
    t.reject.delay()
    t.requeue.delay()
    t.quiet.delay()
    t.parent.delay(3)
    t.replace.delay()
    t.big.delay(5000)
    lab.app.send_task("shop.nobody", args=[1])
    t.add.apply_async((1, 2), shadow="shadow.name")
    t.add.apply_async((1, 2), argsrepr="(hidden)", kwargsrepr="{hidden}")
    t.add.apply_async((1, 2), priority=9)
    t.add.apply_async((1, 2), expires=datetime.now(timezone.utc) + timedelta(hours=1))
    t.add.apply_async((1, 2), expires=-1)
    eta = t.add.apply_async((3, 4), countdown=2)
    far = t.add.apply_async((5, 6), eta=datetime.now(timezone.utc) + timedelta(days=2))
    if limits:
        t.soft.delay()
        t.soft.delay(True)
        t.hard.delay()
        t.crash.delay()
    long_id = lab.app.send_task("shop.add", args=(8, 8), task_id="not-a-uuid/☃").id
    time.sleep(1)
    lab.app.control.revoke(far.id)
    before = t.add.apply_async((9, 9), countdown=1)
    lab.app.control.revoke(before.id)
    if terminate:
        running = t.sleep.delay(60)
        time.sleep(1.5)
        lab.app.control.revoke(running.id, terminate=True)
    assert eta.id and long_id


def prefork(lab):
    lab.worker("w1@alpha", "-c", "2")
    lab.worker("w2@beta", "-c", "2")
    everything(lab)
    lab.quiet(4)
    lab.stop_workers()


def threads_msgpack(lab):
    lab.worker("vlákno@žižkov", "-c", "3", "-P", "threads")
    everything(lab, terminate=False, limits=False)
    lab.quiet(3)
    lab.stop_workers()


def solo_yaml(lab):
    lab.worker("solo@kolkata", "-P", "solo", TZ="Asia/Kolkata")
    lab.worker("solo@york", "-P", "solo", TZ="America/New_York")
    everything(lab, terminate=False, limits=False)
    lab.quiet(3)
    lab.stop_workers()


def killed(lab):
    """A worker killed in the middle of late-acknowledged tasks, which another takes again after the visibility timeout."""
    first = lab.worker("w1@doomed", "-c", "2")
    tasks = [lab.tasks.late.delay(3).id for _ in range(4)] + [lab.tasks.sleep.delay(3).id]
    lab.wait("a start", lambda: sum(lab.seen("task-started", uuid) for uuid in tasks) >= 2)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(first.pid)], capture_output=True, text=True).stdout.split()
    first.kill()
    for child in children:
        try:
            os.kill(int(child), signal.SIGKILL)
        except ProcessLookupError:
            pass
    time.sleep(8)  # a worker that starts puts back what is older than the visibility timeout, 6 s
    lab.worker("w2@heir", "-c", "2")
    for i in range(5):
        lab.tasks.add.delay(i, 1)
    lab.wait("the heir's success", lambda: sum(lab.seen("task-succeeded", uuid) for uuid in tasks[:4]) >= 4, 90)
    lab.quiet(2)
    lab.stop_workers()


def canvas(lab):
    from celery import chain, chord, group
    t = lab.tasks
    lab.worker("w1@canvas", "-c", "2")
    lab.worker("w2@canvas", "-c", "2")
    chain(t.add.s(1, 2), t.add.s(3), t.add.s(4)).apply_async()
    group(t.add.s(i, i) for i in range(6)).apply_async()
    chord([t.add.s(i, i) for i in range(4)], t.total.s()).apply_async()
    chain(t.add.s(1, 1), group(t.add.s(i) for i in range(3)), t.total.s(), t.add.s(5)).apply_async()
    chord([chain(t.add.s(i, 1), t.add.s(1)) for i in range(3)], t.total.s()).apply_async()
    chord([t.add.s(1, 1), chord([t.add.s(2, 2), t.add.s(3, 3)], t.total.s())], t.total.s()).apply_async()
    chord([t.add.s(1, 1), t.fail.s("in a chord")], t.total.s()).apply_async()
    chain(t.fail.s("in a chain"), t.add.si(1, 1)).apply_async()
    t.fail.apply_async(("with errback",), link_error=t.on_error.s())
    t.add.apply_async((1, 1), link=[t.add.s(10), t.add.s(100)])
    t.add.chunks([(i, i) for i in range(6)], 2).apply_async()
    t.total.starmap([([1, 2],), ([3, 4],)]).apply_async()
    t.parent.delay(2)
    t.replace.delay()
    lab.quiet(4)
    lab.stop_workers()


def storm(lab):
    """Retries, revokes and restarts over several workers, with events of one task from many senders."""
    t = lab.tasks
    lab.worker("s1@storm", "-c", "2")
    lab.worker("s2@storm", "-c", "2", "-P", "threads")
    lab.worker("s3@storm", "-P", "solo")
    waiting = [t.add.apply_async((i, i), countdown=30) for i in range(6)]
    for i in range(15):
        t.retry.delay(i % 4)
    for i in range(5):
        t.hopeless.delay()
        t.requeue.delay()
        t.limited.delay(i)
        t.progress.delay(4)
    time.sleep(1)
    lab.app.control.revoke([w.id for w in waiting[:3]])
    running = [t.sleep.delay(20) for _ in range(2)]
    time.sleep(1.5)
    for each in running:
        lab.app.control.revoke(each.id, terminate=True, signal="SIGKILL")
    lab.quiet(3)
    lab.workers["s1@storm"].terminate()
    lab.workers["s1@storm"].wait(30)
    for i in range(5):
        t.add.delay(i, 2)
    lab.quiet(2)
    lab.stop_workers()


def late_joiner(lab):
    """A recorder that comes late: the first half of the messages was not heard."""
    lab.worker("w1@late", "-c", "2")
    for i in range(5):
        lab.tasks.add.apply_async((i, i), countdown=4)
        lab.tasks.sleep.delay(2)
        lab.tasks.retry.apply_async((1, 3))
        lab.tasks.progress.apply_async((2,), countdown=3)
    time.sleep(1.8)
    del lab.records[:]
    lab.quiet(5)
    lab.stop_workers()


WORKLOADS = {
    "prefork-json": (prefork, {}),
    "threads-msgpack": (threads_msgpack, {"CORPUS_EVENTS": "msgpack"}),
    "solo-yaml-zones": (solo_yaml, {"CORPUS_EVENTS": "yaml"}),
    "killed-worker": (killed, {"CORPUS_VISIBILITY": "6"}),
    "canvas": (canvas, {}),
    "storm": (storm, {}),
    "late-joiner": (late_joiner, {}),
}


def record(folder, name):
    workload, environment = WORKLOADS[name]
    lab = Lab(**environment)
    path = os.path.join(folder, f"{name}.jsonl.gz")
    try:
        workload(lab)
        lab.write(path)
    finally:
        lab.close()
    reference.write(path)


if __name__ == "__main__":
    names = sys.argv[2:] or list(WORKLOADS)
    if len(names) == 1:
        record(sys.argv[1], names[0])
    else:
        # the app reads its environment once, so each workload has a process
        for name in names:
            subprocess.run([sys.executable, __file__, sys.argv[1], name], check=True)
