"""The broadcaster of the product's specification, as it is written there: python-socketio, a buffer
for each session, flushed every 100 ms in batches of at most 50 that are packed with msgpack and
gzipped for each session anew, at most 10 messages a second to a session.

Changed only where its text does not run: the rooms are asked for under their namespace, a buffer is
not changed while it is walked through, and what is over the rate stays where it is for the next
flush (the specification's second buffer would send it as something else). POST /pub takes a JSON
list of tasks. Usage: specification.py PORT
"""

import asyncio
import gzip
import sys
import time
from collections import defaultdict

import msgpack
import socketio
from aiohttp import web

FLUSH_SECONDS = 0.1
MAX_BATCH = 50
COMPRESS_ABOVE_BYTES = 1024
MESSAGES_PER_SECOND = 10
ROOM = "celery:tasks"

# The load client answers no pings: none come during a run.
sio = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*", ping_interval=600)
buffers = defaultdict(list)
sent_at = defaultdict(list)


@sio.event
async def connect(sid, environ):
    result = sio.enter_room(sid, ROOM)
    if asyncio.iscoroutine(result):
        await result


def sessions():
    return list(sio.manager.rooms.get("/", {}).get(ROOM, ()))


async def broadcast_task_update(task):
    for sid in sessions():
        buffers[sid].append({"type": "task_update", "data": task, "timestamp": time.time()})


def may_send(sid):
    now = asyncio.get_event_loop().time()
    sent_at[sid] = [at for at in sent_at[sid] if now - at < 1.0]
    if len(sent_at[sid]) >= MESSAGES_PER_SECOND:
        return False
    sent_at[sid].append(now)
    return True


async def flush_buffer_periodic(app):
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        for sid, messages in list(buffers.items()):
            if not messages or not may_send(sid):
                continue
            batch = messages[:MAX_BATCH]
            messages[:MAX_BATCH] = []
            packed = msgpack.packb(batch)
            if len(packed) > COMPRESS_ABOVE_BYTES:
                packed = gzip.compress(packed)
            await sio.emit("batch_update", packed, room=sid)


async def publish(request):
    for task in await request.json():
        await broadcast_task_update(task)
    return web.Response()


async def started(app):
    app["flusher"] = asyncio.get_event_loop().create_task(flush_buffer_periodic(app))


app = web.Application()
sio.attach(app)
app.router.add_post("/pub", publish)
app.on_startup.append(started)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, backlog=4096)
