"""Sends one task, or a group of orders.add, and prints the ids. Arguments: name, args and options as JSON."""
import json
import sys

from celery import group

from orders import app

name, args, options = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
if name == "group":
    result = group(app.signature("orders.add", args=(i, i), **options) for i in range(args[0])).apply_async()
    print(result.id)
    for child in result.children:
        print(child.id)
else:
    print(app.send_task(name, args=args, **options).id)
