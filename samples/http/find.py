#!/usr/bin/env python3
"""Looks files up, or makes them known, with Python's standard library alone.

    find.py [--add BANK] URL FILE...       e.g. find.py http://127.0.0.1:8080 upload.jpg film.mp4

REFRAIN_KEY holds the key, where the service wants one. Exit code 0: all was done; 1: something was not.
"""

import argparse
import http.client
import json
import os
import sys
import time
import urllib.parse

TRIES = 5


class Client:
    """Asks one service. A busy service is asked again after the pause that it names."""

    def __init__(self, url, key=None, timeout=700):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._headers = {"Authorization": "Bearer " + key} if key else {}

    def _ask(self, method, target, path=None):
        for attempt in range(TRIES):
            headers = dict(self._headers)
            body = None
            if path:
                body = open(path, "rb")  # sent in pieces: a film never lies in memory
                headers.update({"Content-Type": "application/octet-stream", "Content-Length": str(os.path.getsize(path))})
            try:
                self._connection.request(method, target, body, headers)
                answer = self._connection.getresponse()
                text = answer.read()
            finally:
                if body:
                    body.close()
            pause = answer.headers["Retry-After"]
            if answer.status not in (429, 503) or pause is None or attempt == TRIES - 1:
                break
            time.sleep(float(pause))
        content = json.loads(text)
        if answer.status >= 400:
            raise RuntimeError(f"{content['code']}: {content['detail']}")
        return answer, content

    def find(self, path, wait=600):
        """@return a `refrain.find/1` object"""
        answer, content = self._ask("POST", f"/v1/find?wait={wait}", path)
        while answer.status == 202:  # a film that took longer
            location = answer.headers["Location"]
            answer, job = self._ask("GET", f"{location}?wait=60")
            if job["status"] in ("queued", "running"):
                answer.status, answer.headers["Location"] = 202, location
            elif job["result"] is None:
                raise RuntimeError(f"the job is {job['status']}")
            content = job.get("result")
        return content

    def add(self, path, bank):
        """@return a `refrain.add/1` object"""
        words = urllib.parse.urlencode({"bank": bank, "name": os.path.basename(path)})
        return self._ask("POST", "/v1/items?" + words, path)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--add", metavar="BANK")
    parser.add_argument("url")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    client = Client(options.url, os.environ.get("REFRAIN_KEY"))
    failures = 0
    for path in options.files:
        try:
            if options.add:
                print(path, client.add(path, options.add)["status"])
                continue
            found = client.find(path)
            names = ", ".join(f"{match['name']} ({match['score']:.1f})" for match in found["matches"])
            print(path, found["status"], names)
        except (OSError, RuntimeError, http.client.HTTPException) as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
