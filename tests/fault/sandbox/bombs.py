#!/usr/bin/env python3
"""Small files that ask for enormous work, each through the program alone.

    bombs.py REFRAIN SEEDS

Every one must get an answer with a documented status, and the program with all its workers must stay within the
memory that SECURITY.md promises. Prints a table: answer, peak memory of the process tree, processor seconds.
SEEDS holds small good media that some bombs are made of. Exit: 0 all did; 1 some did not; 2 usage.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

# In step with `hash --max-memory` and `--max-time` below: a worker has 4 x that memory, 2 GiB at the least, and
# two seconds more. The program itself holds no picture.
MAX_MEMORY = "512M"
MAX_SECONDS = 20
GRACE_SECONDS = 2
MOST_WORKER_BYTES = 2 << 30
MOST_PROGRAM_BYTES = 256 << 20
CODES = {"empty", "unsupported_format", "no_visual_stream", "corrupt", "too_large", "too_many_frames", "timeout",
         "decoder_crashed"}


def deflated(block, times):
    packer = zlib.compressobj(9)
    parts = [packer.compress(block) for _ in range(times)]
    return b"".join(parts) + packer.flush()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, color, data, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_text_bomb():
    megabyte = bytes(1 << 20)
    text = chunk(b"zTXt", b"Comment\0\0" + deflated(megabyte, 100))
    profile = chunk(b"iCCP", b"p\0\0" + deflated(megabyte, 100))
    return png(1, 1, 8, 0, zlib.compress(b"\0\0"), profile + text * 10)


def apng(frames):
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    first = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 1, 0, 0))
    return png(8, 8, 8, 0, zlib.compress(bytes(72)), control + first)


def gif(width, height, frames):
    one = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + one * frames + b";"


def tiff(entries, next_directory=0):
    """One directory at byte 8. Entry: tag, type, count, value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", next_directory)


def tiff_sized(width, height, strip_bytes, next_directory=0):
    return tiff([(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
                 (273, 4, 1, 0), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, strip_bytes)], next_directory)


def tiff_pages(count):
    """A chain of directories, all showing the same few bytes."""
    size = 2 + 9 * 12 + 4
    pages = b""
    for number in range(count):
        follows = 8 + (number + 1) * size if number + 1 < count else 0
        pages += tiff_sized(4, 4, 16, follows)[8:]
    return b"II*\0" + struct.pack("<I", 8) + pages


def webp_canvas():
    header = b"VP8X" + struct.pack("<IB3x", 10, 0x02) + b"\xff\xff\xff" * 2
    control = b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    body = b"WEBP" + header + control
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jxl(width, height):
    """A bare codestream: a bit that says no small size, the height as a choice of two bits and a number of 30, no
    ratio in three bits, then the width as the height."""
    bits = 3 << 1 | (height - 1) << 3 | 3 << 36 | (width - 1) << 38
    return b"\xff\x0a" + bits.to_bytes(12, "little") + bytes(64)


def box(kind, body):
    return struct.pack(">I", 8 + len(body)) + kind + body


def nested_boxes(depth):
    body = b""
    for _ in range(depth):
        body = box(b"udta", body)
    return box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", body)


def nested_master_elements(depth):
    """Matroska: tags within tags, each of unknown size."""
    header = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska"
    return header + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + b"\x67\xc8\x01\xff\xff\xff\xff\xff\xff\xff" * depth


def many_tracks(count):
    track = box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", box(b"hdlr", bytes(8) + b"vide" + bytes(13))))
    return box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", track * count)


def patched(data, marker, offset, value):
    at = data.index(marker) + offset
    return data[:at] + value + data[at + len(value):]


def bombs(seeds):
    def seed(kind):
        return (seeds / f"pattern.{kind}").read_bytes()

    million = bytes(1 << 20)
    most = b"\xff\xff\xff\xff"
    film = seed("mp4")
    return {
        "sides_60000.png": png(60000, 60000, 1, 0, deflated(million, 430)),
        "sides_12000.png": png(12000, 12000, 8, 0, deflated(million, 138)),
        "rgba16_6000.png": png(6000, 6000, 16, 6, deflated(million, 275)),
        "sides_2_31.png": png(2**31 - 1, 2**31 - 1, 8, 6, zlib.compress(million)),
        "metadata_1_GiB.png": png_text_bomb(),
        "frames_2_31.png": apng(2**31 - 1),
        "sides_65535.gif": gif(65535, 65535, 1),
        "frames_20000_of_1000x1000.gif": gif(1000, 1000, 20000),
        "sides_2_31.tiff": tiff_sized(2**31 - 1, 2**31 - 1, 2**32 - 1),
        "sides_12000.tiff": tiff_sized(12000, 12000, 2**32 - 1),
        "pages_in_a_ring.tiff": tiff_sized(4, 4, 16, 8),
        "pages_20000.tiff": tiff_pages(20000),
        "canvas_2_24.webp": webp_canvas(),
        "sides_2_30.jxl": jxl(2**30, 2**30),
        "sides_12000.jxl": jxl(12000, 12000),
        "sides_2_31.heic": patched(seed("heic"), b"ispe", 8, b"\x7f\xff\xff\xff" * 2),
        "sides_2_31.avif": patched(seed("avif"), b"ispe", 8, b"\x7f\xff\xff\xff" * 2),
        "items_65535.heic": patched(seed("heic"), b"iinf", 8, b"\xff\xff"),
        "duration_2_32.mp4": patched(patched(film, b"mvhd", 20, most), b"mdhd", 20, most),
        "samples_2_32.mp4": patched(film, b"stsz", 12, most),
        "one_size_for_2_32_samples.mp4": patched(film, b"stsz", 8, b"\0\0\0\1" + most),
        "times_2_32.mp4": patched(film, b"stts", 12, most),
        "edits_2_32.mp4": patched(film, b"elst", 8, most),
        "sides_65535.mp4": patched(film, b"avc1", 28, b"\xff\xff\xff\xff") if b"avc1" in film else
                           patched(film, b"tkhd", 80, b"\xff\xff\0\0" * 2),
        "boxes_100000_deep.mp4": nested_boxes(100000),
        "tracks_20000.mp4": many_tracks(20000),
        "duration_1e18.mkv": patched(seed("mkv"), b"\x44\x89\x88", 3, struct.pack(">d", 1e18)),
        "elements_100000_deep.mkv": nested_master_elements(100000),
    }


def tree_memory(root):
    """Peak resident bytes of the program, and of the largest of its children."""
    own, child = 0, 0
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            peak = int(fields.get("VmHWM", "0").split()[0]) << 10
            if int(status.parent.name) == root:
                own = peak
            elif int(fields["PPid"]) == root:
                child = max(child, peak)
        except (OSError, KeyError, ValueError):
            continue
    return own, child


class Watch(threading.Thread):
    """Looks at the memory while the program runs. The kernel keeps the peak of a process while it lives."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.own, self.child = root, 0, 0
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.02):
            own, child = tree_memory(self.root)
            self.own, self.child = max(self.own, own), max(self.child, child)


def explode(program, path):
    """What is wrong with how the program takes it, and a row of the table."""
    began = time.monotonic()
    before = os.times()
    run = subprocess.Popen([program, "hash", "--json", "--max-memory", MAX_MEMORY, "--max-time", str(MAX_SECONDS), "--",
                            path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    watch = Watch(run.pid)
    watch.start()
    out, err = run.communicate(timeout=600)
    watch.is_over.set()
    watch.join()
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    lines = [json.loads(line) for line in out.splitlines()]
    found = []
    if run.returncode not in (0, 3, 4) or len(lines) != 1:
        return [f"exit {run.returncode}, {len(lines)} answers: {err[-500:]}"], path.name
    code = lines[0]["error"]["code"] if lines[0].get("error") else lines[0]["status"]
    if code not in CODES | {"hashed", "partial"}:
        found.append(f"no documented answer: {code}")
    if watch.child > MOST_WORKER_BYTES or watch.own > MOST_PROGRAM_BYTES:
        found.append("more memory than promised")
    # What a processor did, not how long a busy machine let it wait.
    if processor > 2 * (MAX_SECONDS + GRACE_SECONDS):
        found.append("more time than promised")
    row = (f"{path.name:32} {path.stat().st_size:9} {code:20} {watch.own >> 20:8} {watch.child >> 20:8} "
           f"{processor:6.1f} {time.monotonic() - began:6.1f}")
    return found, row


def main():
    if len(sys.argv) != 3:
        sys.stderr.write(__doc__)
        return 2
    problems = 0
    print(f"{'bomb':32} {'bytes':>9} {'answer':20} {'program':>8} {'worker':>8} {'cpu s':>6} {'wall s':>6}   (MiB, peak)")
    with tempfile.TemporaryDirectory() as name:
        for bomb, data in bombs(pathlib.Path(sys.argv[2])).items():
            path = pathlib.Path(name) / bomb
            path.write_bytes(data)
            found, row = explode(sys.argv[1], path)
            print(row)
            for problem in found:
                print(f"  PROBLEM: {problem}")
                problems += 1
    print(f"{problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
