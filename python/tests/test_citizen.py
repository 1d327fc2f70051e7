"""How the package behaves in a process: signals, threads, forks, the end."""

import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys
import threading

import pytest

import refrain
from refrain import _errors

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
PHOTO = next(iter(sorted((SOURCE / "samples/media/known").glob("*.jpg"))))


def in_a_new_process(text):
    return subprocess.run([sys.executable, "-c", text, str(PHOTO)], capture_output=True, text=True, timeout=120)


def test_every_code_of_the_library_has_a_class():
    header = (SOURCE / "include/refrain/error.h").read_text()
    body = re.search(r"enum class ErrorCode[^{]*\{(.*?)\};", header, re.S)[1]
    names = {name for name in re.findall(r"\bk([A-Z]\w+)", re.sub(r"//.*", "", body))}
    assert len(names) > 20
    assert names <= {made.__name__ for made in _errors.CLASSES.values()}
    for code, made in _errors.CLASSES.items():
        again = pickle.loads(pickle.dumps(made("why")))
        assert (type(again), again.code, str(again)) == (made, code, "why")


def test_an_exception_of_a_signal_handler_stops_a_call():
    class Mine(Exception):
        pass

    def handler(*_):
        raise Mine

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        with pytest.raises(Mine):
            while True:
                refrain.fingerprint(PHOTO)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert refrain.fingerprint(PHOTO).media.kind == "image"


def test_other_threads_run_meanwhile():
    turns = []
    is_over = threading.Event()

    def count():
        while not is_over.is_set():
            turns.append(1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e4)  # nobody is made to hand the lock over: only a call that lets go of it does
    other = threading.Thread(target=count, daemon=True)
    try:
        before = len(turns)
        sys.setswitchinterval(interval)
        other.start()
        refrain.fingerprint(PHOTO)
        assert len(turns) > before
    finally:
        is_over.set()
        other.join()


def test_a_fork_is_refused(tmp_path):
    done = in_a_new_process(
        f"""
import os, sys, refrain
corpus = refrain.Corpus({str(tmp_path / 'known')!r}, mode="create")
corpus.add(sys.argv[1])
if os.fork() == 0:
    for use in (corpus.stats, lambda: refrain.fingerprint(sys.argv[1])):
        try:
            use()
        except refrain.Forked as error:
            print(error, flush=True)
    os._exit(0)
os.wait()
print(corpus.stats().items)
"""
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3 and "spawn" in lines[0] and "spawn" in lines[1] and lines[2] == "1"


def test_the_interpreter_ends_while_a_call_runs():
    done = in_a_new_process(
        """
import sys, threading, time, refrain
def work():
    while True:
        refrain.fingerprint(sys.argv[1])
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
refrain.fingerprint(sys.argv[1])
"""
    )
    assert done.returncode == 0, done.stderr


def test_repeated_calls_leak_no_descriptors():
    data = PHOTO.read_bytes()
    refrain.fingerprint(data)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(30):
        refrain.fingerprint(data)
        with pytest.raises(refrain.UnsupportedFormat):
            refrain.fingerprint(b"no medium, of some length")
    assert len(os.listdir("/proc/self/fd")) <= before + 1
