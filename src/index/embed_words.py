#!/usr/bin/env python3
"""Writes code words as numbers that C++ can include: embed_words.py local_words.bin local_words.inc"""

import pathlib
import struct
import sys

words = pathlib.Path(sys.argv[1]).read_bytes()
lines = [", ".join(f"0x{part:016x}U" for part in struct.unpack_from("<4Q", words, at)) + ",\n"
         for at in range(0, len(words), 32)]
pathlib.Path(sys.argv[2]).write_text("".join(lines), encoding="ascii")
