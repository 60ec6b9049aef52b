"""The Celery app that end-to-end tests run with a real worker."""
import os
import select
import sys
import time

from celery import Celery, chain, group

broker = os.environ["E2E_BROKER_URL"]
app = Celery("e2e_app", broker=broker, backend=broker)
app.conf.update(
    task_send_sent_event=True,
    worker_send_task_events=True,
    task_track_started=True,
    broker_connection_retry_on_startup=True,
    result_expires=3600,
    worker_prefetch_multiplier=1,
)


@app.task(name="e2e.add")
def add(x, y):
    return x + y


@app.task(name="e2e.fail")
def fail(message):
    raise ValueError(message)


@app.task(name="e2e.flaky", bind=True, max_retries=3)
def flaky(self):
    if self.request.retries < 1:
        raise self.retry(countdown=0.2, exc=RuntimeError("not yet"))
    return "at last"


@app.task(name="e2e.sleep")
def sleep(seconds):
    time.sleep(seconds)
    return seconds


@app.task(name="e2e.progress", bind=True)
def progress(self, steps):
    for step in range(steps):
        self.send_event("task-progress", current=step + 1, total=steps)
        time.sleep(0.05)
    return steps


def chain_of_three():
    last = chain(add.s(1, 1), add.s(2), add.s(3)).apply_async()
    return [last.parent.parent.id, last.parent.id, last.id]


SCENARIOS = {
    "add": lambda: [add.delay(2, 3).id],
    "fail": lambda: [fail.delay("späť <b>no</b>").id],
    "flaky": lambda: [flaky.delay().id],
    "sleep": lambda: [sleep.delay(30).id],
    "progress": lambda: [progress.delay(5).id],
    "late": lambda: [add.apply_async((1, 1), countdown=60).id],
    "chain": chain_of_three,
    "group": lambda: [r.id for r in group(add.s(i, i) for i in range(4)).apply_async().results],
}



def steady(per_second):
    """Publishes tasks of three kinds in turn until standard input ends."""
    kinds = {"add": lambda: add.delay(2, 3), "progress": lambda: progress.delay(2), "fail": lambda: fail.delay("no")}
    due = time.monotonic()
    while True:
        for kind, publish in kinds.items():
            print(kind, publish().id, flush=True)
            due += 1 / per_second
            if select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
                return


if __name__ == "__main__":
    if sys.argv[1] == "steady":
        steady(float(sys.argv[2]))
        sys.exit()
    for scenario in sys.argv[1:]:
        for uuid in SCENARIOS[scenario]():
            print(scenario, uuid, flush=True)
