#!/usr/bin/env python3
"""Misuse of the public types that the compiler must refuse.

    must_not_compile.py SOURCE_ROOT COMPILER...

Each case is code that is wrong and, beside it, what is right: the right one must compile and the wrong one must not, for
the reason named, so that a case cannot pass by a misspelling.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# Header, what is wrong, what is right, what the compiler has to say.
CASES = [
    ("media_time.h", "MediaTime t = 5;", "MediaTime t = MediaTime::from_us(5);", "conver"),
    ("media_time.h", "auto t = MediaTime() + 1;", "auto t = MediaTime() + MediaTime::from_us(1);", r"operator\+|invalid operands"),
    ("media_time.h", "std::int64_t us = MediaTime();", "std::int64_t us = MediaTime().us;", "conver"),
    ("media_time.h", "double s = MediaTime();", "double s = MediaTime().seconds();", "conver"),
    ("media_time.h", "bool b = MediaTime() > 0;", "bool b = MediaTime() > MediaTime();", "operator>|operator<=>|invalid operands"),
    ("media_time.h", "auto t = MediaTime() * 2;", "auto t = MediaTime().us * 2;", r"operator\*|invalid operands"),
    ("hash256.h", "Hash256 h = std::string(64, '0');", "auto h = hash256_from_hex(std::string(64, '0'));", "conver"),
    ("hash256.h", 'Hash256 h = "00";', 'auto h = hash256_from_hex("00");', "conver"),
    ("hash256.h", "int d = hamming_distance(Hash256(), 1);", "int d = hamming_distance(Hash256(), Hash256());", "invalid init|conver|no matching"),
    ("hash256.h", "DihedralView v = 3;", "DihedralView v = DihedralView::kRotate270;", "conver"),
    ("fingerprint.h", "Hash256 h = Sha256();", "Hash256 h = Hash256();", "conver"),
    ("fingerprint.h", "Md5 m = Sha256();", "Md5 m = Md5();", "conver"),
    ("fingerprint.h", "FrameHash f = {Hash256(), MediaTime()};", "FrameHash f = {MediaTime(), Hash256()};", "conver"),
    ("fingerprint.h", "MediaInfo m; m.kind = 1;", "MediaInfo m; m.kind = MediaKind::kVideo;", "conver|incompatible|assigning"),
    ("fingerprint.h", "MediaInfo m; m.duration = 1.5;", "MediaInfo m; m.duration = MediaTime::from_ms(1500);", "operator=|no viable"),
    ("fingerprint.h", "check_fingerprint(Fingerprint());", "(void)check_fingerprint(Fingerprint()).ok();", "nodiscard|unused"),
    ("fingerprint.h", "auto r = encode_fingerprint(Fingerprint()).size();",
     "auto r = encode_fingerprint(Fingerprint())->size();", "no member"),
    ("result.h", "Result<int> r(1); int i = r;", "Result<int> r(1); int i = r.value();", "conver"),
    ("result.h", "Result<int> r(1); bool b = r;", "Result<int> r(1); bool b = r.ok();", "conver"),
    ("result.h", "Result<void> r; Error e = r;", "Result<void> r; Error e = r.error();", "conver"),
    ("result.h", "Result<int> r = ErrorCode::kEmpty;", "Result<int> r = Error{ErrorCode::kEmpty, {}};", "conver"),
    ("error.h", "Error e; e.code = 1;", "Error e; e.code = ErrorCode::kEmpty;", "conver|incompatible|assigning"),
    ("corpus.h", "Corpus c = *Corpus::open({}, CorpusMode::kCreate); Corpus d = c;",
     "Corpus c = *Corpus::open({}, CorpusMode::kCreate); Corpus d = std::move(c);", "deleted"),
    ("corpus.h", "(void)Corpus::open({}, true);", "(void)Corpus::open({}, CorpusMode::kCreate);", "conver"),
    ("corpus.h", "FindOptions o; o.effort = 2;", "FindOptions o; o.effort = Effort::kFast;", "conver|incompatible|assigning"),
    ("bundle.h", "BundleWriter w({}); BundleWriter v = w;", "BundleWriter w({}); BundleWriter v = std::move(w);", "deleted"),
    ("sandbox.h", "auto s = Sandbox::start({}); Sandbox t = std::move(**s);", "auto s = Sandbox::start({}); Sandbox& t = **s;", "deleted"),
]


def compile_code(compiler, include, functions):
    """The lines of errors, by the number of the function that they are about; those about none by -1."""
    lines = ["#include <string>", "#include <utility>"] + [f'#include "refrain/{header}"' for header in sorted({case[0] for case in CASES})]
    lines += ["using namespace refrain;"]
    first = len(lines) + 1
    lines += [f"void use_{i}() {{ {code} }}" for i, code in enumerate(functions)]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "case.cpp"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run([*compiler, "-std=c++20", "-fsyntax-only", "-Werror=unused-result", f"-I{include}", str(file)],
                              capture_output=True, text=True, check=False)
    errors = {}
    for line in done.stderr.splitlines():
        if "error:" in line:
            place = re.match(r".*case\.cpp:(\d+):", line)
            errors.setdefault(int(place[1]) - first if place else -1, []).append(line)
    return errors


def main():
    include = pathlib.Path(sys.argv[1]) / "include"
    compiler = [word for word in sys.argv[2:] if pathlib.Path(word).name != "ccache"]
    faults = 0
    for lines in compile_code(compiler, include, [case[2] for case in CASES]).values():
        faults += 1
        print("this should compile", *lines, sep="\n")
    errors = compile_code(compiler, include, [case[1] for case in CASES])
    for number, (_, wrong, _, reason) in enumerate(CASES):
        said = errors.get(number, [])
        if not any(re.search(reason, line) for line in said):
            faults += 1
            print(f"this should not compile, for '{reason}': {wrong}", *(said or ["it does"]), sep="\n")
    print(f"{len(CASES)} cases, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
