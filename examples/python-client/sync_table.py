#!/usr/bin/env python3
"""Syncs tables, shows how it goes, and prints the result as JSON. Ctrl-C cancels; the tables are then as they were.

    sync_table.py snowmelt.json [table …] [--target NAME] [--worker "node dist/snowmelt.mjs serve"]

Exit codes: 0 synced, 1 failed, 130 cancelled.
"""

import argparse
import getpass
import json
import os
import shlex
import sys

from snowmelt_client import SnowmeltError, Worker


def main():
    parser = argparse.ArgumentParser(description="Syncs tables by way of `snowmelt serve`.")
    parser.add_argument("config")
    parser.add_argument("tables", nargs="*", help="names in the configuration (default: all)")
    parser.add_argument("--target")
    parser.add_argument("--worker", default="snowmelt serve", help="how the worker is started")
    arguments = parser.parse_args()

    params = {"config": os.path.abspath(arguments.config), "tables": arguments.tables, "operation": "sync"}
    if arguments.target is not None:
        params["target"] = arguments.target

    with Worker(
        shlex.split(arguments.worker),
        client="python example 1.0",
        on_event=show_event,
        on_notice=lambda _operation, _level, message: say(message),
        ask_secret=lambda _id, label: getpass.getpass(f"Enter {label}: ") or None,
    ) as worker:
        say(f"Snowmelt {worker.info['version']}, process {worker.info['processId']}")
        answer = worker.start("sync", **params)
        try:
            result = wait(worker, answer)
        except SnowmeltError as error:
            say(f"error: {error} [{error.code}]")
            if error.remedy is not None:
                say(f"what to do: {error.remedy}")
            return 130 if error.code == "cancelled" else 1
    print(json.dumps(result, indent=2))
    return 0 if result["status"] == "success" else 1


def wait(worker, answer):
    """The result of a request, which Ctrl-C cancels; it has ended and is cleaned up in any case when this returns."""
    try:
        return answer.result()
    except KeyboardInterrupt:
        say("Cancelling …")
        worker.cancel(answer)
        return answer.result()


def show_event(_operation, event):
    table, kind = event["table"], event["kind"]
    if kind == "progress":
        total = "" if event["totalRows"] is None else f" of {event['totalRows']:,}"
        say(f"{table}: {event['step']} {event['rows']:,}{total} rows, {event['rowsPerSecond']:,.0f} rows/s")
    elif kind == "step-finished":
        say(f"{table}: {event['step']} took {event['ms']:,} ms")
    elif kind == "warning":
        say(f"{table}: warning: {event['warning']['message']}")


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
