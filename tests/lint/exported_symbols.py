#!/usr/bin/env python3
"""Checks that the shared library exports what the public headers declare, and nothing else.

    exported_symbols.py NM LIBRARY INCLUDE_DIR

Exported may be: functions marked REFRAIN_API, public members of classes marked REFRAIN_API, and the type
information of these classes. Each of the marked functions must be there.
"""

import pathlib
import re
import subprocess
import sys

NAME = r"[A-Za-z_]\w*"


class Declared:
    """What the headers mark as exported: free functions, and the public members of classes."""

    def __init__(self, texts):
        self.functions = set()
        self.members = {}
        for text in texts:
            self.read(re.sub(r"(?m)//.*$|^\s*#.*$", "", text))

    def read(self, text):
        for mark in re.finditer(r"(class|struct)\s+REFRAIN_API\s+(" + NAME + ")", text):
            body = text[mark.end() : text.index("\n};", mark.end())]
            public = body.split("private:")[0]
            found = set(re.findall(r"(~?" + NAME + r"|operator\S+?)\s*\(", public))
            self.members.setdefault(mark[2], set()).update(found)
        for mark in re.finditer(r"REFRAIN_API\s", text):
            if re.search(r"(class|struct)\s+$", text[: mark.start()]):
                continue
            declaration = text[mark.end() :].split(";")[0]
            name = re.search("(" + NAME + r")\s*\(", declaration)
            if name:
                self.functions.add(name[1])


def name_of(symbol):
    """`refrain::to_hex[abi:cxx11](...) const` -> `refrain::to_hex`; templates keep their arguments."""
    symbol = re.sub(r"\[abi:\w+\]", "", symbol)
    return re.sub(r"\(.*", "", symbol)


def is_declared(symbol, declared):
    about = re.match("(?:vtable|typeinfo|typeinfo name) for refrain::(" + NAME + ")$", symbol)
    if about:
        return about[1] in declared.members
    parts = name_of(symbol).split("::")
    if len(parts) == 2 and parts[0] == "refrain":
        return parts[1] in declared.functions
    if len(parts) == 3 and parts[0] == "refrain":
        return parts[2] in declared.members.get(parts[1], set())
    return False


def objections(symbols, declared):
    found = [f"exported, but no public header declares it: {symbol}" for symbol in symbols if not is_declared(symbol, declared)]
    names = {name_of(symbol) for symbol in symbols}
    found += [f"declared, but not exported: {name}" for name in sorted(declared.functions) if f"refrain::{name}" not in names]
    return found


def exported(nm, library):
    lines = subprocess.run([nm, "-D", "-C", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    # Address (absent from some kinds), kind, name; versions of the map itself are absolute.
    matches = (re.match(r"(?:[0-9a-f]+)?\s+(\w) (.*)$", line) for line in lines.splitlines())
    return sorted({match[2] for match in matches if match and match[1] != "A"})


def main():
    nm, library, include = sys.argv[1:4]
    headers = sorted(pathlib.Path(include).rglob("*.h"))
    symbols = exported(nm, library)
    found = objections(symbols, Declared(header.read_text(encoding="utf-8") for header in headers))
    for line in found:
        print(line)
    print(f"{len(symbols)} exported symbols, {len(found)} objections")
    return 1 if found or not symbols else 0


if __name__ == "__main__":
    sys.exit(main())
