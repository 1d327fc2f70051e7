"""Starts `refrain serve` for a test and talks to it. Python's standard library alone."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import urllib.parse

PROGRAM = os.environ["REFRAIN_TEST_PROGRAM"]
MEDIA = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"]) / "samples" / "media"
# What a program that was built with a sanitizer keeps of freed memory hides what it uses.
IS_SANITIZED = os.environ.get("REFRAIN_TEST_SANITIZED") == "1"
PATIENCE = 120  # seconds; ends what hangs, and is never what a test measures


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Service:
    """A running service with a folder of its own; ended and reaped by `stop`."""

    def __init__(self, *words, anonymous=True, config=None, folder=None, program=PROGRAM, environment=None):
        self._folder = None if folder else tempfile.TemporaryDirectory(prefix="refrain-test-")
        self.folder = pathlib.Path(folder or self._folder.name)
        self.corpus = self.folder / "corpus"
        command = [str(program), "serve", "--listen", "127.0.0.1:0", "--corpus", str(self.corpus)]
        if anonymous:
            command.append("--allow-anonymous")
        if config is not None:
            (self.folder / "config.toml").write_text(config)
            command += ["--config", str(self.folder / "config.toml")]
        self.process = subprocess.Popen(command + list(words), stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self.errors = []
        for line in self.process.stderr:
            self.errors.append(line)
            if line.startswith("listening on "):
                self.port = int(line.rsplit(":", 1)[1])
                return
        self.process.wait(PATIENCE)
        self.process.stderr.close()
        if self._folder:
            self._folder.cleanup()
        raise RuntimeError("the service did not start: " + "".join(self.errors))

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, method, target, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, target, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def upload(self, target, path, headers=None, method="POST"):
        fields = {"Content-Type": "application/octet-stream", **(headers or {})}
        return self.ask(method, target, pathlib.Path(path).read_bytes(), fields)

    def stop(self):
        """May be called again. @return the exit code"""
        if self.process.stderr.closed:
            return self.process.returncode
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.errors.append(self.process.stderr.read())
        code = self.process.wait(PATIENCE)
        self.process.stderr.close()
        if self._folder:
            self._folder.cleanup()
        return code

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) << 10

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


def form(parts, boundary="a-boundary"):
    """Body and headers of a form. A part: (field, file name or None, bytes)."""
    body = b""
    for field, name, data in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"'
        if name is not None:
            head += f'; filename="{name}"\r\nContent-Type: application/octet-stream'
        body += head.encode() + b"\r\n\r\n" + data + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def query(**parameters):
    return "?" + urllib.parse.urlencode(parameters, doseq=True)


def refrain(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)


def fits(schema, value, schemas, where="answer"):
    """What of `value` does not fit a JSON schema; the words that our schemas use."""
    if "$ref" in schema:
        return fits(schemas[schema["$ref"].rsplit("/", 1)[1]], value, schemas, where)
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "null": type(None), "boolean": bool}
    problems = []
    wanted = schema.get("type")
    if wanted is not None:
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not any(isinstance(value, kinds[kind]) for kind in wanted):
            return [f"{where}: {value!r} is none of {wanted}"]
    if "enum" in schema and value not in schema["enum"]:
        problems.append(f"{where}: {value!r} is none of {schema['enum']}")
    if isinstance(value, dict):
        problems += [f"{where}: no {name}" for name in schema.get("required", []) if name not in value]
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                problems += fits(inner, value[name], schemas, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for i, inner in enumerate(value):
            problems += fits(schema["items"], inner, schemas, f"{where}[{i}]")
    return problems
