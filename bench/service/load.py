#!/usr/bin/env python3
"""Bounded loads on a service of its own over loopback; prints one JSON object for each measurement as it ends.

    load.py --refrain PROGRAM --load service_load --out FOLDER [--only NAME...]
            [--known CORPUS --queries FOLDER] [--codes CORPUS] [--image FILE]

FOLDER is scratch space (2 GiB; `mixed` works on a copy of its corpus there). CORPUS of --known holds pictures, of --codes a list of PDQ codes; both are only read but
for the audit log, which a service keeps beside them. --queries has the pictures that are looked up. Linux alone.
"""

import argparse
import http.client
import json
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
import zlib


class Service:
    """A service that ends with the `with` block."""

    def __init__(self, options, corpus, config=""):
        file = options.out / "load.toml"
        file.write_text(config)
        self.options = options
        self.process = subprocess.Popen(
            [options.refrain, "serve", "--listen", "127.0.0.1:0", "--corpus", str(corpus), "--allow-anonymous",
             "--config", str(file)], stderr=subprocess.PIPE, text=True)
        self.port = next(int(line.rsplit(":", 1)[1]) for line in self.process.stderr if line.startswith("listening"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stderr.read()
        self.process.wait()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def memory_mib(self, kind="VmRSS"):
        """All that is resident, or of it RssAnon, its own, or RssFile, pages of files that are mapped."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(kind + ":")[1].split()[0]) / 1024

    def begin_load(self, target, kind, clients, requests, rate, bodies):
        return subprocess.Popen(
            [self.options.load, str(self.port), target, kind, str(clients), str(requests), f"{rate:.3f}",
             str(self.process.pid), *map(str, bodies)], stdout=subprocess.PIPE, text=True)

    def load(self, *words):
        return json.loads(self.begin_load(*words).communicate()[0])


def images(options):
    """Throughput of `find` over that of the command line, and latencies at 70 % of it."""
    queries = sorted(options.queries.iterdir())

    def line(times):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([options.refrain, "find", "--corpus", str(options.known), "--threads", "2", "--quiet", "--json",
                        *map(str, queries * times)], stdout=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    with Service(options, options.known, "[work]\ndecode_threads = 2\n") as service:
        ask = ("/v1/find", "application/octet-stream")
        service.load(*ask, 4, len(queries), 0, queries)  # whatever is opened at the first look-up
        rounds = []
        for _ in range(options.rounds):
            once, thrice = line(1), line(3)
            seconds, used = ((thrice[i] - once[i]) / (2 * len(queries)) for i in range(2))
            served = service.load(*ask, 4, 2 * len(queries), 0, queries)
            rounds.append({"line_per_second": round(1 / seconds, 2), "line_cpu_us": round(1e6 * used),
                           "service": served, "ratio": round(served["per_second"] * seconds, 3)})
        rate = 0.7 * max(one["service"]["per_second"] for one in rounds)
        at_70 = service.load(*ask, 8, 4 * len(queries), rate, queries)
        return {"rounds": rounds, "at_70_percent": {"rate": round(rate, 1), **at_70}}


def codes(options):
    """Look-ups of codes: one desk thread, as fast as it goes and at half of that."""
    ask = ("/v1/find/fingerprint", "application/json")
    with Service(options, options.codes, "[work]\ndesk_threads = 1\n") as service:
        service.load(*ask, 4, 1000, 0, ["codes:1"])
        fast = [service.load(*ask, clients, 20000, 0, [f"codes:{clients}"]) for clients in (1, 2, 4, 8)]
        half = 0.5 * max(one["per_second"] for one in fast)
        return {"clients_1_2_4_8": fast,
                "at_half": {"rate": round(half, 1), **service.load(*ask, 8, 10000, half, ["codes:9"])},
                "at_2500": service.load(*ask, 8, 10000, 2500, ["codes:10"])}


def upload(options):
    """How much the service grows while 1 GiB comes in."""
    with Service(options, options.out / "upload") as service:
        connection = service.connect()
        connection.request("POST", "/v1/find", options.image.read_bytes(), {"Content-Type": "image/jpeg"})
        connection.getresponse().read()
        before = service.memory_mib()
        peak, done = [before], threading.Event()

        def watch():
            while not done.wait(0.02):
                peak[0] = max(peak[0], service.memory_mib())

        watcher = threading.Thread(target=watch)
        watcher.start()
        piece, began = bytes(1 << 20), time.perf_counter()
        connection.request("POST", "/v1/find", (piece for _ in range(1024)), {"Content-Length": str(1 << 30)})
        answer = connection.getresponse()
        text = answer.read()
        seconds = time.perf_counter() - began
        done.set()
        watcher.join()
        return {"status": answer.status, "answer": text.decode()[:80], "seconds": round(seconds, 2),
                "growth_mib": round(peak[0] - before, 1)}


def slow(options):
    """Look-ups beside 200 clients that do not go on, and beside 500 that are idle; each after one without."""
    ask = ("/v1/find/fingerprint", "application/json", 4, 8000, 1000, ["codes:7"])
    found = {}
    with Service(options, options.codes) as service:
        service.load(*ask)
        for name, count, sent in (("slow_200", 200, b"POST /v1/find HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\nx"),
                                  ("idle_500", 500, b"")):
            alone = service.load(*ask)
            held = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(count)]
            for connection in held:
                connection.sendall(sent)
            beside = service.load(*ask)
            found[name] = {"alone": alone, "beside": beside, "p99_ratio": round(beside["p99_ms"] / alone["p99_ms"], 2)}
            for connection in held:
                connection.close()
    return found


def png(number):
    """A picture of 64 by 64 of its own."""
    side, state, rows = 64, number * 2654435761 % 2**32 or 1, b""
    for _ in range(8):
        cells = b""
        for _ in range(8):
            state = (state * 1664525 + 1013904223) % 2**32
            cells += bytes([state >> 24]) * 8
        rows += (b"\0" + cells) * 8

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def found_next(options):
    """Items that the look-up after their answer finds."""
    count, found, lock = options.items, [0, 0], threading.Lock()
    with Service(options, options.out / "found") as service:
        def run(first):
            connection = service.connect()

            def ask(target, body):
                connection.request("POST", target, body, {"Content-Type": "image/png"})
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())

            for number in range(first, count, 4):
                body = png(number)
                status, added = ask("/v1/items", body)
                _, answer = ask("/v1/find", body)
                is_found = any(match["id"] == added.get("id") for match in answer.get("matches", []))
                with lock:
                    found[0] += status == 201
                    found[1] += is_found

        threads = [threading.Thread(target=run, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {"items": count, "added": found[0], "found": found[1]}


def form(*files):
    """Body and content type of a form of pictures."""
    parts = (b'--part\r\nContent-Disposition: form-data; name="photo"; filename="x"\r\n\r\n' + file + b"\r\n" for file in files)
    return b"".join(parts) + b"--part--\r\n", "multipart/form-data; boundary=part"


def one_of_each(service, number, statuses):
    """An item's life, and a request of every other kind; counts the statuses that are answered."""
    connection, picture = service.connect(), png(number)

    def ask(method, target, body=None, kind="image/png"):
        connection.request(method, target, body, {"Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        return text

    item = json.loads(ask("POST", "/v1/items?bank=mixed", picture))["id"]
    ask("PATCH", "/v1/items/" + item, json.dumps({"labels": {"number": str(number)}}), "application/json")
    job = json.loads(ask("POST", "/v1/jobs?wait=60", picture))["id"]
    ask("GET", f"/v1/explain?job={job}&match={item}")
    ask("POST", "/v1/feedback", json.dumps({"item": item, "verdict": "true_positive", "job": job}), "application/json")
    ask("POST", "/v1/compare", *form(picture, png(number + 1)))
    code = json.loads(ask("POST", "/h/hash", *form(picture)))["pdq"]
    ask("GET", f"/m/lookup?signal_type=pdq&signal={code}")
    ask("POST", "/m/lookup", *form(picture))
    ask("POST", "/v1/import?format=pdq&bank=mixed_list", code, "text/plain")
    for target in ("/v1/items?limit=20", "/v1/banks", "/v1/log?limit=20", "/metrics", "/v1/export?format=csv&bank=mixed", "/v1/nothing"):
        ask("GET", target)
    ask("POST", "/v1/find", b"no picture")
    ask("DELETE", "/v1/items/" + item)
    connection.close()


def mixed(options):
    """Resident memory while pictures and codes are looked up for --minutes, with a request of every kind beside them."""
    queries, seconds = sorted(options.queries.iterdir()), options.minutes * 60
    corpus = options.out / "mixed"
    shutil.rmtree(corpus, ignore_errors=True)
    shutil.copytree(options.known, corpus)
    with Service(options, corpus, "[jobs]\nkeep_seconds = 60\n") as service:
        loads = [service.begin_load("/v1/find", "application/octet-stream", 4, int(options.rate * seconds), options.rate, queries),
                 service.begin_load("/v1/find/fingerprint", "application/json", 4, int(10 * options.rate * seconds),
                                    10 * options.rate, ["codes:3"])]
        memory, statuses, began, number = [], {}, time.monotonic(), 0
        while any(load.poll() is None for load in loads):
            if time.monotonic() - began >= len(memory) * min(seconds / 20, 30):
                memory.append([round(service.memory_mib(kind), 1) for kind in ("RssAnon", "RssFile")])
            one_of_each(service, number, statuses)
            number += 1
            time.sleep(1)
        answers = [json.loads(load.communicate()[0]) for load in loads]
        return {"seconds": round(time.monotonic() - began), "memory_own_and_mapped_mib": memory, "pictures": answers[0], "codes": answers[1],
                "others": dict(sorted(statuses.items()))}


NEEDS = {"images": ("known", "queries"), "codes": ("codes",), "upload": ("image",), "slow": ("codes",), "found_next": (),
         "mixed": ("known", "queries")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--load", required=True)
    for name in ("out", "known", "queries", "codes", "image"):
        parser.add_argument("--" + name, type=pathlib.Path, required=name == "out")
    parser.add_argument("--only", nargs="+", choices=list(NEEDS), default=list(NEEDS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=10000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=10, help="pictures a second of `mixed`")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        if any(getattr(options, need) is None for need in NEEDS[name]):
            print(f"{name}: left out, needs {NEEDS[name]}", file=sys.stderr)
            continue
        print(json.dumps({name: globals()[name](options)}), flush=True)


if __name__ == "__main__":
    main()
