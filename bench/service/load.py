#!/usr/bin/env python3
"""Bounded loads on a service of its own over loopback; prints one JSON object.

Usage: load.py PROGRAM IMAGE FOLDER   (FOLDER: scratch space, 2 GiB)
"""

import http.client
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time


def main():
    program, image, folder = sys.argv[1], pathlib.Path(sys.argv[2]).read_bytes(), pathlib.Path(sys.argv[3])
    service = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--corpus", str(folder / "corpus"),
                                "--allow-anonymous"], stderr=subprocess.PIPE, text=True)
    port = int(service.stderr.readline().rsplit(":", 1)[1])
    numbers = {}

    def memory_mib():
        status = pathlib.Path(f"/proc/{service.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def ask(connection, target, body, kind):
        began = time.perf_counter()
        connection.request("POST", target, body, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began

    def load(target, body, kind, clients, requests):
        """Statuses, requests a second, median and 99th percentile in ms."""
        taken, statuses = [], {}

        def run():
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for _ in range(requests // clients):
                status, seconds = ask(connection, target, body, kind)
                taken.append(seconds)
                statuses[status] = statuses.get(status, 0) + 1
            connection.close()

        threads = [threading.Thread(target=run) for _ in range(clients)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        passed = time.perf_counter() - began
        taken.sort()
        return {"statuses": statuses, "per_second": round(len(taken) / passed, 1),
                "p50_ms": round(1000 * taken[len(taken) // 2], 2), "p99_ms": round(1000 * taken[len(taken) * 99 // 100], 2)}

    try:
        one = http.client.HTTPConnection("127.0.0.1", port)
        ask(one, "/v1/items", image, "image/jpeg")
        code = json.dumps({"pdq": "f0" * 32})
        numbers["image_find"] = load("/v1/find", image, "image/jpeg", 4, 200)
        numbers["code_find"] = load("/v1/find/fingerprint", code, "application/json", 4, 4000)
        slow = []
        for _ in range(200):
            slow.append(socket.create_connection(("127.0.0.1", port)))
            slow[-1].sendall(b"POST /v1/find HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx")
        numbers["code_find_beside_200_slow"] = load("/v1/find/fingerprint", code, "application/json", 4, 4000)
        for connection in slow:
            connection.close()
        before = memory_mib()
        peak = [before]
        done = threading.Event()

        def watch():
            while not done.wait(0.02):
                peak[0] = max(peak[0], memory_mib())

        watcher = threading.Thread(target=watch)
        watcher.start()
        piece = bytes(1 << 20)
        began = time.perf_counter()
        big = http.client.HTTPConnection("127.0.0.1", port)
        big.request("POST", "/v1/find", (piece for _ in range(1024)), {"Content-Length": str(1 << 30)})
        status = big.getresponse().status
        seconds = time.perf_counter() - began
        done.set()
        watcher.join()
        numbers["upload_1_gib"] = {"status": status, "seconds": round(seconds, 2),
                                   "memory_growth_mib": round(peak[0] - before, 1)}
    finally:
        service.terminate()
        numbers["exit"] = service.wait()
    print(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
