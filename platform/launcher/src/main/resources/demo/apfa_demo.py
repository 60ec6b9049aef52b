"""A small shop for the demo: a Celery app and, as a scheduler of `celery beat`, its customers.

The broker comes from APFA_DEMO_BROKER. Every task is real; only the shop is not.
"""

import os
import random
import time

from celery import Celery, chain, group
from celery.beat import Scheduler
from celery.utils.log import get_logger

BROKER = os.environ["APFA_DEMO_BROKER"]
ON_REDIS = BROKER.startswith(("redis:", "rediss:"))
if ON_REDIS:
    import redis  # noqa: F401 - a Celery without it would try for ever; better to end at once
SECONDS_BETWEEN_STEPS = 0.16

log = get_logger(__name__)
app = Celery("apfa_demo", broker=BROKER)
app.conf.update(
    result_backend=BROKER if ON_REDIS else "rpc://",
    result_expires=600,
    result_extended=True,
    task_send_sent_event=True,
    task_track_started=True,
    task_routes={"reports.*": {"queue": "reports"}},
    worker_prefetch_multiplier=1,
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
)


class OutOfStock(Exception):
    pass


@app.task(name="orders.add")
def add(x, y):
    time.sleep(random.uniform(0.05, 0.3))
    return x + y


@app.task(name="orders.fail")
def fail(order):
    time.sleep(0.2)
    raise OutOfStock(f"order {order}: nothing left in the warehouse")


@app.task(name="orders.flaky", bind=True, max_retries=3)
def flaky(self, order):
    time.sleep(0.3)
    if self.request.retries < 2:
        raise self.retry(
            exc=ConnectionError(f"order {order}: the payment service hung up"),
            countdown=1.5,
        )
    return f"order {order} paid at attempt {self.request.retries + 1}"


@app.task(name="orders.import_file", bind=True)
def import_file(self, path, rows):
    for step in range(1, 11):
        time.sleep(0.6)
        done = {"current": rows * step // 10, "total": rows}
        self.send_event("task-progress", **done)
        self.update_state(state="PROGRESS", meta=done)
    return {"path": path, "imported": rows}


@app.task(name="orders.long")
def long(seconds):
    time.sleep(seconds)
    return f"slept {seconds} s"


@app.task(name="orders.revoked_soon")
def revoked_soon(seconds):
    time.sleep(seconds)
    return "nobody revoked me"


@app.task(name="reports.render")
def render(month, pages):
    time.sleep(0.2 * pages)
    return {"month": month, "pages": pages}


class Customers(Scheduler):
    """Publishes one step of a calm mix at each tick, round and round."""

    def __init__(self, *args, **kwargs):
        self.step = 0
        self.revoked = None
        self.steps = {
            4: lambda: import_file.delay("prices.csv", 5000),
            10: lambda: fail.delay(self.order()),
            16: lambda: flaky.delay(self.order()),
            22: lambda: group(add.s(n, n) for n in range(5)).delay(),
            28: self.start_to_revoke,
            34: lambda: chain(add.s(1, 2), add.s(10), add.s(100)).delay(),
            40: lambda: long.delay(12),
            46: self.revoke,
            52: self.order_reports,
            60: lambda: add.delay(self.order(), "three"),
            68: self.schedule_to_revoke,
            76: lambda: flaky.delay(self.order()),
            84: self.revoke,
            90: lambda: group(render.s(f"2026-{n:02d}", 3) for n in (1, 2, 3)).delay(),
        }
        super().__init__(*args, **kwargs)

    def tick(self, *args, **kwargs):
        try:
            self.steps.get(self.step % 96, self.add)()
            self.step += 1
        except Exception as problem:
            log.warning("cannot publish, going on in a second: %r", problem)
            return 1.0
        return SECONDS_BETWEEN_STEPS

    def setup_schedule(self):
        """Nothing to plan: the steps are the schedule."""

    def add(self):
        add.delay(self.order(), random.randint(1, 99))

    def order(self):
        return 1000 + self.step

    def start_to_revoke(self):
        self.revoked = revoked_soon.delay(30)

    def schedule_to_revoke(self):
        self.revoked = revoked_soon.apply_async((30,), countdown=20)

    def revoke(self):
        if self.revoked is not None:
            self.revoked.revoke(terminate=True)

    def order_reports(self):
        for month in range(4, 10):
            render.delay(f"2026-{month:02d}", random.randint(2, 8))
