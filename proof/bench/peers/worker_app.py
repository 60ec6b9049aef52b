"""A Celery app whose worker emits events: celery -A worker_app worker, with BENCH_BROKER_URL."""
import os

from celery import Celery

broker = os.environ["BENCH_BROKER_URL"]
app = Celery("worker_app", broker=broker, backend=broker)
app.conf.update(
    worker_send_task_events=True,
    task_send_sent_event=True,
    broker_connection_retry_on_startup=True,
)


@app.task(name="orders.add")
def add(x, y):
    return x + y
