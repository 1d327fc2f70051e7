"""How the package behaves in a process: signals, threads, forks, the end."""

import ctypes
import multiprocessing
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
MEDIA = SOURCE / "samples/media"
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


def test_an_interrupt_keeps_what_was_committed(tmp_path):
    """Ctrl-C in the middle of add_many: what came out is known, and the corpus is sound."""
    done = in_a_new_process(
        f"""
import itertools, os, pathlib, signal, sys, refrain
media = itertools.cycle(sorted(pathlib.Path({str(MEDIA / 'known')!r}).iterdir()))
came = []
with refrain.Corpus({str(tmp_path / 'known')!r}, mode="create") as corpus:
    try:
        for outcome in corpus.add_many(media, threads=2):
            came.append(outcome.id)
            if len(came) == 3:
                os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        print("interrupted")
    print(corpus.verify().is_sound, set(came) <= {{item.id for item in corpus.list()}}, len(came) < 1000)
"""
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["interrupted", "True", "True", "True"]


def test_an_interrupt_ends_an_import_that_waits(tmp_path):
    """The pipe is never closed: only an interrupt ends its reading."""
    done = in_a_new_process(
        f"""
import os, signal, sys, threading, refrain
read, write = os.pipe()
def feed():
    written = 0
    while True:
        written += os.write(write, b"no code at all\\n" * 100)
        if written > 1 << 20:  # more than the pipe holds: somebody reads
            os.kill(os.getpid(), signal.SIGINT)
            return
threading.Thread(target=feed, daemon=True).start()
with refrain.Corpus({str(tmp_path / 'known')!r}, mode="create") as corpus:
    try:
        corpus.import_(f"/proc/self/fd/{{read}}", format="pdq")
    except KeyboardInterrupt:
        print("interrupted")
    corpus.add(sys.argv[1])
    print(corpus.find(sys.argv[1]).status, flush=True)
os._exit(0)
"""
    )
    assert done.stdout.split() == ["interrupted", "match"], done.stderr


def looked_up(job):
    """Work of another process: a fingerprint that was sent to it."""
    folder, made = job
    with refrain.Corpus(folder) as corpus:
        return [match.name for match in corpus.find(made)]


def test_spawned_processes_share_a_corpus(tmp_path):
    made = refrain.fingerprint(PHOTO)
    with refrain.Corpus(tmp_path / "known", mode="create") as corpus:
        corpus.add(PHOTO)
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            assert pool.map(looked_up, [(tmp_path / "known", made)] * 4) == [[PHOTO.name]] * 4


def test_two_processes_write_one_corpus(tmp_path):
    """Each adds the same photos to a bank of its own; each sees what the other committed."""
    text = f"""
import pathlib, sys, refrain
with refrain.Corpus({str(tmp_path / 'known')!r}, mode="create", busy_wait=100) as corpus:
    for path in sorted(pathlib.Path({str(MEDIA / 'known')!r}).glob("*.jpg")):
        assert corpus.add(path, bank=sys.argv[2]).status == "added"
"""
    both = [subprocess.Popen([sys.executable, "-c", text, "", bank], stderr=subprocess.PIPE) for bank in ("a", "b")]
    for process in both:
        assert process.wait(120) == 0, process.stderr.read()
        process.stderr.close()
    with refrain.Corpus(tmp_path / "known") as corpus:
        counts = [len(list(corpus.list(banks=[bank]))) for bank in ("a", "b")]
        assert counts[0] == counts[1] > 1 and corpus.verify().is_sound


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


class Mallinfo(ctypes.Structure):
    """struct mallinfo2 of the C library; `uordblks` are the bytes that are taken."""

    _fields_ = [(name, ctypes.c_size_t) for name in
                ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


def taken_bytes():
    """Bytes of the heap in use, large blocks included; None where the C library does not say."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return None
    ask.restype = Mallinfo
    told = ask()
    return told.uordblks + told.hblkhd


def test_repeated_calls_leak_no_memory(tmp_path):
    """A leak of one answer, code, array or error a call would be many times what is let pass."""
    if taken_bytes() is None:
        pytest.skip("SKIPPED: the C library has no mallinfo2")
    pixels = bytes(range(256)) * 48
    picture = memoryview(pixels).cast("B", (64, 64, 3))
    made = refrain.fingerprint(PHOTO)
    record = made.to_bytes()
    corpus = refrain.Corpus(tmp_path / "known", mode="create")
    corpus.add(made)

    def use():
        refrain.pdq(picture)
        again = refrain.Fingerprint.from_bytes(record)
        assert len(again.points) and len(again.codes) == len(again.times)
        assert corpus.find(again).status == "match"
        list(corpus.list())
        with pytest.raises(refrain.InvalidArgument):
            refrain.pdq(memoryview(b"no picture" * 9).cast("B", (9, 2, 5)))
        with pytest.raises(refrain.Corrupt):
            refrain.Fingerprint.from_bytes(b"nonsense")

    for _ in range(50):
        use()
    before = taken_bytes()
    for _ in range(400):
        use()
    corpus_bytes = taken_bytes() - before
    corpus.close()
    assert corpus_bytes < 400 * 256, corpus_bytes
