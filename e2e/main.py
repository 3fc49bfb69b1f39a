"""Runs the journeys and the walk through every page, and says what is wrong. Usage: see e2e/run."""

import argparse
import pathlib
import signal
import sys
import time
import traceback

import journeys
import walk
from stage import Stage

LIMIT_MS = 50.0


def main():
    parser = argparse.ArgumentParser(prog="e2e/run")
    parser.add_argument("--release", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--walk", action="store_true", help="also looks at every page: light, dark, on a phone")
    parser.add_argument("--pictures")
    parser.add_argument("--demo", help="copies this demo company instead of making one")
    asked = parser.parse_args()
    if asked.pictures:
        pathlib.Path(asked.pictures).mkdir(parents=True, exist_ok=True)
    # The servers are ended in any case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun = time.monotonic()
    stage = Stage(asked.pictures, asked.demo)
    print(f"The servers are up after {time.monotonic() - begun:.1f} s.")
    try:
        for story in [*journeys.ALL, *(walk.ALL if asked.walk else [])]:
            if asked.only in story.__name__:
                run(stage, story)
        slowest = stage.report_slowest()
    finally:
        stage.end()
    if asked.release and slowest >= LIMIT_MS:
        stage.problems.append(f"the slowest page took the server {slowest:.1f} ms; the limit is {LIMIT_MS:.0f} ms")
    print(f"{stage.looks} pages looked at in {time.monotonic() - begun:.0f} s.")
    for problem in dict.fromkeys(stage.problems):
        print(f"  wrong: {problem}")
    return 1 if stage.problems else 0


def run(stage, story):
    begun, before = time.monotonic(), len(stage.problems)
    try:
        story(stage)
    except Exception as error:
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/venv/" not in frame.filename]
        where = "; ".join(f"{pathlib.Path(frame.filename).name}:{frame.lineno} {frame.line}" for frame in own[1:])
        stage.problems.append(f"{story.__name__} stopped at {where}: {error}")
        stage.show_where(story.__name__)
    result = "ok" if len(stage.problems) == before else "FAILED"
    print(f"{time.monotonic() - begun:7.1f} s  {result:<7} {story.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    sys.exit(main())
