"""The Celery app whose events the corpora hold. Configured by the environment, so that one file serves every workload."""
import os
import signal
import time

from celery import Celery
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded

broker = os.environ["CORPUS_BROKER"]
app = Celery("corpus_app", broker=broker, backend=broker)
app.conf.update(
    task_send_sent_event=True,
    worker_send_task_events=True,
    task_track_started=True,
    event_serializer=os.environ.get("CORPUS_EVENTS", "json"),
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    result_expires=600,
    enable_utc=True,
    task_queues=None,
    broker_transport_options={"visibility_timeout": int(os.environ.get("CORPUS_VISIBILITY", "3600"))},
)


@app.task(name="shop.add")
def add(a, b):
    return a + b


@app.task(name="shop.echo")
def echo(*args, **kwargs):
    return args, kwargs


@app.task(name="shop.sum")
def total(numbers):
    return sum(numbers)


@app.task(name="shop.fail")
def fail(text="boom"):
    raise ValueError(text)


@app.task(name="shop.silent", ignore_result=True)
def silent():
    return "nobody asks"


@app.task(name="shop.sleep", bind=True)
def sleep(self, seconds):
    time.sleep(seconds)
    return seconds


@app.task(name="shop.soft", soft_time_limit=1, time_limit=10)
def soft(catch=False):
    try:
        time.sleep(5)
    except SoftTimeLimitExceeded:
        if catch:
            return "caught"
        raise


@app.task(name="shop.hard", time_limit=1)
def hard():
    time.sleep(5)


@app.task(name="shop.crash")
def crash():
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="shop.retry", bind=True, max_retries=5)
def retry(self, times=1, countdown=0):
    if self.request.retries < times:
        raise self.retry(exc=RuntimeError(f"again {self.request.retries}"), countdown=countdown)
    return f"after {self.request.retries}"


@app.task(name="shop.hopeless", bind=True, max_retries=2, default_retry_delay=0)
def hopeless(self):
    raise self.retry(exc=KeyError("nič"), countdown=0)


@app.task(name="shop.auto", bind=True, autoretry_for=(OSError,), retry_backoff=False,
          retry_kwargs={"max_retries": 1, "countdown": 0})
def auto(self):
    raise OSError(5, "disk")


@app.task(name="shop.progress", bind=True)
def progress(self, steps=3):
    for step in range(steps):
        self.update_state(state="PROGRESS", meta={"step": step})
        self.send_event("task-progress", step=step, of=steps, note="půl 😀", ratio=step / steps)
    return steps


@app.task(name="shop.odd", bind=True)
def odd(self):
    """Custom events of every shape that every serializer can carry."""
    self.send_event("task-checkpoint-saved", path="/tmp/ž", size=2**40, deep={"a": [1, {"b": None}]})
    self.send_event("task-", empty=True)
    self.send_event("audit", who="me")
    self.send_event("nodash")
    if os.environ.get("CORPUS_EVENTS", "json") == "json":
        self.send_event("task-odd", pct=float("nan"), top=float("inf"), big=2**70, lone="\ud83d", zero="a\0b")
    return "odd"


@app.task(name="shop.state", bind=True)
def state(self):
    self.update_state(state="HALFWAY", meta={"left": 1})
    return None


@app.task(name="shop.ignore", bind=True)
def ignore(self):
    raise Ignore()


@app.task(name="shop.reject", acks_late=True)
def reject():
    raise Reject("no", requeue=False)


@app.task(name="shop.requeue", bind=True, acks_late=True)
def requeue(self):
    if not self.request.delivery_info.get("redelivered"):
        raise Reject("once more", requeue=True)
    return "second time"


@app.task(name="shop.quiet", send_events=False)
def quiet():
    return "no events"


@app.task(name="shop.late", acks_late=True, reject_on_worker_lost=True)
def late(seconds):
    time.sleep(seconds)
    return "late"


@app.task(name="shop.parent", bind=True)
def parent(self, children):
    return [add.delay(i, 1).id for i in range(children)]


@app.task(name="shop.replace", bind=True)
def replace(self):
    raise self.replace(add.s(20, 22))


@app.task(name="shop.big")
def big(size):
    return "x" * size


@app.task(name="shop.on_error")
def on_error(request, exc, traceback):
    return f"{request.id} {exc!r}"


@app.task(name="shop.limited", rate_limit="20/s")
def limited(n):
    return n
