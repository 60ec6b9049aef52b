"""Celery's own Receiver and State on a Redis, until it has seen COUNT events; prints its CPU seconds.

The reference of the ingest bench: celery_receiver.py BROKER_URL COUNT, under Debian's python3.
"""
import sys
import time

from celery import Celery
from celery.events.state import State

url, count = sys.argv[1], int(sys.argv[2])
app = Celery(broker=url)
state = State(max_tasks_in_memory=2_000_000)
first = None


def on_event(event):
    global first
    if first is None:
        first = time.process_time(), time.time()
    state.event(event)
    if state.event_count >= count:
        receiver.should_stop = True


with app.connection() as connection:
    receiver = app.events.Receiver(connection, handlers={"*": on_event})
    print("ready", flush=True)
    for _ in receiver.itercapture(limit=None, timeout=None, wakeup=False):
        pass
cpu, wall = time.process_time() - first[0], time.time() - first[1]
print(f"events {state.event_count} tasks {len(state.tasks)} cpu {cpu:.3f} wall {wall:.3f}", flush=True)
