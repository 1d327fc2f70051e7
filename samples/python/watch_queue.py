#!/usr/bin/env python3
"""Looks up what arrives in a folder, and moves it to where it belongs.

    watch_queue.py CORPUS QUEUE CLEAN MATCHED [--once]

A file is taken when its size has not changed between two looks. What matches goes to MATCHED and what does not to CLEAN;
what could not be examined stays and is named. Ctrl-C ends it, or --once after the first look.
"""

import argparse
import pathlib
import sys
import time

import refrain

PAUSE = 1.0  # seconds between two looks


def settled(queue, sizes):
    """Files whose size is that of the last look; `sizes` is brought up to date."""
    now = {path: path.stat().st_size for path in sorted(queue.iterdir()) if path.is_file()}
    ready = [path for path, size in now.items() if sizes.get(path) == size]
    sizes.clear()
    sizes.update(now)
    return ready


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("corpus", "queue", "clean", "matched"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    sizes, failed = {}, set()
    if options.once:
        settled(options.queue, sizes)
    with refrain.Corpus(options.corpus) as corpus:
        while True:
            ready = [path for path in settled(options.queue, sizes) if path not in failed]
            for path, found in zip(ready, corpus.find_many(ready)):
                if found.status in ("not_scanned", "partial"):
                    failed.add(path)
                    print(f"{path}: {found.status}: {found.error or 'a part of it'}", file=sys.stderr)
                    continue
                folder = options.matched if found.status == "match" else options.clean
                path.rename(folder / path.name)
                print(path.name, found.status, *(match.name for match in found), flush=True)
            if options.once:
                return 1 if failed else 0
            time.sleep(PAUSE)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
