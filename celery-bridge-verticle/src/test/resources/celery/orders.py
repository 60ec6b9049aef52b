"""The Celery app of the bridge's tests. Configured by the environment."""
import json
import os
import ssl
import time

from celery import Celery
from celery.exceptions import Ignore, Reject

app = Celery(
    "orders",
    broker=os.environ["ORDERS_BROKER"],
    backend=os.environ.get("ORDERS_BACKEND") or None,
)
app.conf.update(
    task_send_sent_event=True,
    worker_send_task_events=True,
    task_track_started=True,
    result_extended=os.environ.get("ORDERS_EXTENDED") == "1",
    event_serializer=os.environ.get("ORDERS_EVENTS", "json"),
    task_acks_late=os.environ.get("ORDERS_ACKS_LATE") == "1",
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    result_expires=3600,
)
prefix = os.environ.get("ORDERS_PREFIX")
if prefix:
    app.conf.broker_transport_options = {"global_keyprefix": prefix}
app.conf.update(json.loads(os.environ.get("ORDERS_CONF", "{}")))
if os.environ["ORDERS_BROKER"].startswith("amqps://"):
    app.conf.broker_use_ssl = {"ca_certs": os.environ["ORDERS_CA"], "cert_reqs": ssl.CERT_REQUIRED}


@app.task(name="orders.add")
def add(a, b):
    return a + b


@app.task(name="orders.fail")
def fail(text="boom"):
    raise ValueError(text)


@app.task(name="orders.retry", bind=True, max_retries=3)
def retry(self, times=1):
    if self.request.retries < times:
        raise self.retry(exc=RuntimeError("again"), countdown=0.1)
    return "done"


@app.task(name="orders.slow", bind=True)
def slow(self, seconds):
    time.sleep(seconds)
    return seconds


@app.task(name="orders.progress", bind=True)
def progress(self, steps=3):
    for step in range(steps):
        self.send_event("task-progress", step=step, pct=float("nan"), big=2**70, note="h\u00e9 \U0001F600")
        self.update_state(state="PROGRESS", meta={"step": step, "steps": steps})
        time.sleep(0.05)
    return steps


@app.task(name="orders.ignore")
def ignore():
    raise Ignore()


@app.task(name="orders.reject", acks_late=True)
def reject():
    raise Reject("no", requeue=False)


@app.task(name="orders.login")
def login(user, password=None):
    return {"user": user, "token": "t0p-s3cret"}
