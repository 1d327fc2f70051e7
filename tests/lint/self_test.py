#!/usr/bin/env python3
"""Proves that the checks catch what they are for: each test writes a small tree with one thing wrong."""

import pathlib
import sys
import tempfile
import unittest

import exported_symbols
import file_rules
import hardening
import layers


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve() / "checkout" / "refrain"
        self.root.mkdir(parents=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class Layers(Tree):
    def objections(self, name, *includes):
        self.write(name, "".join(f"#include {include}\n" for include in includes))
        return layers.Checker(self.root).run()

    def assert_caught(self, name, include, reason):
        found = self.objections(name, include)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{name}:1: "), found)
        self.assertIn(reason, found[0])

    def test_accepts_the_arrows(self):
        self.assertEqual(self.objections("src/hash/a.cpp", '"hash/a.h"', '"base/check.h"', '"frame/picture.h"',
                                         '"refrain/hash256.h"', "<cstdint>", "<unistd.h>", "<spdlog/fmt/fmt.h>"), [])
        self.assertEqual(self.objections("src/verdict/a.cpp", '"align/a.h"'), [])
        self.assertEqual(self.objections("src/cli/a.cpp", '"cli/b.h"', '"refrain/refrain.h"', "<CLI/CLI.hpp>"), [])
        self.assertEqual(self.objections("src/media/a.cpp", "<libavcodec/avcodec.h>"), [])
        self.assertEqual(self.objections("tests/unit/a.cpp", '"store/store.h"', "<gtest/gtest.h>"), [])

    def test_catches_a_stage_that_includes_another(self):
        self.assert_caught("src/hash/a.cpp", '"store/store.h"', "hash must not include store")

    def test_catches_an_arrow_against_the_flow(self):
        self.assert_caught("src/align/a.h", '"verdict/score.h"', "align must not include verdict")

    def test_catches_base_that_includes_a_stage(self):
        self.assert_caught("src/base/a.h", '"frame/picture.h"', "base must not include frame")

    def test_catches_ffmpeg_outside_media(self):
        self.assert_caught("src/hash/a.cpp", "<libavcodec/avcodec.h>", "belongs to media")

    def test_catches_opencv_outside_its_owners(self):
        self.assert_caught("src/hash/a.cpp", "<opencv2/core.hpp>", "belongs to explain")

    def test_catches_faiss_outside_index(self):
        self.assert_caught("src/corpus/a.cpp", "<faiss/Index.h>", "belongs to index")

    def test_catches_sqlite_outside_store(self):
        self.assert_caught("src/corpus/a.cpp", "<sqlite3.h>", "belongs to store")

    def test_catches_one_kind_of_evidence_in_another_room(self):
        stages = ("corpus", "match", "evidence/local")
        for count, stage in enumerate(stages, start=1):
            found = self.objections(f"src/{stage}/kind.cpp", '"evidence/frames/seed_search.h"')
            self.assertEqual(len(found), count, found)

    def test_catches_json_outside_json(self):
        self.assert_caught("src/cli/a.cpp", "<nlohmann/json.hpp>", "belongs to access, audit, feeds, json")

    def test_catches_the_option_parser_outside_cli(self):
        self.assert_caught("src/json/a.cpp", "<CLI/CLI.hpp>", "belongs to cli")

    def test_catches_the_command_line_that_includes_a_stage(self):
        self.assert_caught("src/cli/a.cpp", '"corpus/look_up.h"', "cli sees refrain/, access, audit, service alone")

    def test_catches_the_command_line_that_includes_base(self):
        self.assert_caught("src/cli/a.cpp", '"base/check.h"', "cli sees refrain/, access, audit, service alone")

    def test_catches_third_party_in_a_public_header(self):
        self.assert_caught("include/refrain/a.h", "<spdlog/spdlog.h>", "a public header includes nothing but")

    def test_catches_a_stage_in_a_public_header(self):
        self.assert_caught("include/refrain/a.h", '"base/check.h"', "only public headers")

    def test_catches_a_sample_that_sees_the_inside(self):
        self.assert_caught("samples/a.cpp", '"hash/pdq_hash.h"', "public headers alone")

    def test_catches_a_path_without_its_stage(self):
        self.assert_caught("src/hash/a.cpp", '"pdq.h"', "with its stage")
        self.assert_caught("src/hash/a.cpp", '"../store/store.h"', "with its stage")

    def test_catches_a_stage_without_a_place(self):
        self.assert_caught("src/novel/a.cpp", '"refrain/api.h"', "unknown stage 'novel'")

    def test_catches_third_party_without_an_owner(self):
        self.assert_caught("src/hash/a.cpp", "<pugixml.hpp>", "without an owner")

    def test_catches_boost_outside_server(self):
        self.assert_caught("src/service/a.cpp", "<boost/asio.hpp>", "belongs to server")

    def test_catches_includes_with_blanks(self):
        self.write("src/hash/a.cpp", "  #  include   <sqlite3.h>\n")
        self.assertEqual(len(layers.Checker(self.root).run()), 1)

    def test_excepts_one_file_only(self):
        self.assertEqual(self.objections("src/corpus/version.cpp", '"media/frame_reader.h"'), [])
        self.assert_caught("src/corpus/look_up.cpp", '"media/frame_reader.h"', "corpus must not include media")


class FileRules(Tree):
    def assert_caught(self, name, text, reason):
        self.write(name, text)
        _, found = file_rules.check(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{name}: "), found)
        self.assertIn(reason, found[0])

    def test_accepts_a_plain_file(self):
        self.write("src/hash/pdq.cpp", "int answer();\n" * file_rules.MAX_LINES)
        self.write("src/hash/pdq.h", "#pragma once\n")
        self.write("README.md", "See /usr/share/doc and /tmp/x.\n")
        self.assertEqual(file_rules.check(self.root), (3, []))

    def test_catches_a_long_file(self):
        self.assert_caught("src/hash/a.cpp", "int answer();\n" * (file_rules.MAX_LINES + 1), "601 lines")

    def test_catches_dumping_grounds(self):
        for name in ("utils", "util", "common", "misc", "helpers", "helper"):
            self.assert_caught(f"src/{name}/a.cpp", "\n", "says nothing")
            (self.root / f"src/{name}/a.cpp").unlink()
            self.assert_caught(f"src/hash/{name}.cpp", "\n", "says nothing")
            (self.root / f"src/hash/{name}.cpp").unlink()

    def test_catches_a_header_name_that_exists_twice(self):
        self.write("src/cli/session.h", "#pragma once\n")
        self.assert_caught("src/server/session.h", "#pragma once\n", "src/cli/session.h has the same name")

    def test_accepts_a_header_name_of_a_test(self):
        for name in ("src/hash/pdq.h", "tests/support/pdq.h"):
            self.write(name, "#pragma once\n")
        self.assertEqual(file_rules.check(self.root), (2, []))

    def test_catches_the_place_of_the_checkout(self):
        self.assert_caught("docs/a.md", f"cd {self.root}\n", "names a folder")
        self.assert_caught("docs/a.md", f"ls {self.root.parent}/other\n", "names a folder")

    def test_catches_a_home_folder(self):
        # Put together here, or this file would be caught.
        self.assert_caught("scripts/a.sh", "cd /" + "home/somebody/src\n", "names a folder")

    def test_catches_a_header_without_guard(self):
        self.assert_caught("src/hash/a.h", "int answer();\n", "#pragma once")

    def test_catches_blanks_and_missing_newlines(self):
        self.assert_caught("src/hash/a.cpp", "int answer(); \n", "blanks at the end")
        self.assert_caught("src/hash/a.cpp", "int answer();", "no newline")


class ExportedSymbols(unittest.TestCase):
    HEADER = """
        class REFRAIN_API Corpus {
          public:
            ~Corpus();  // not hidden(
            [[nodiscard]] int find(int query) const;
          private:
            struct REFRAIN_HIDDEN Impl;
            int look();
        };
        [[nodiscard]] REFRAIN_API std::string to_hex(int value);
    """.replace("\n        ", "\n")
    GOOD = ["refrain::Corpus::~Corpus()", "refrain::Corpus::find(int) const", "refrain::to_hex[abi:cxx11](int)",
            "typeinfo for refrain::Corpus"]

    def objections(self, *symbols):
        return exported_symbols.objections(symbols, exported_symbols.Declared([self.HEADER]))

    def test_accepts_what_is_declared(self):
        self.assertEqual(self.objections(*self.GOOD), [])

    def test_catches_what_is_not(self):
        for symbol in ("faiss::IndexFlat::add(long, float const*)", "std::vector<refrain::Corpus>::~vector()",
                       "refrain::Corpus::Impl::load()", "refrain::Corpus::look()", "refrain::store::open()",
                       "refrain::from_hex(int)", "typeinfo for refrain::Other", "sqlite3_open",
                       "void std::_Destroy_aux<false>::__destroy<refrain::Corpus*>(refrain::Corpus*)"):
            self.assertEqual(len(self.objections(*self.GOOD, symbol)), 1, symbol)

    def test_catches_what_is_missing(self):
        self.assertEqual(len(self.objections(*self.GOOD[:2])), 1)


class Hardening(unittest.TestCase):
    SOUND = {
        "header": "  Type:                              DYN (Position-Independent Executable file)\n",
        "segments": "  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x000100 0x000100 R E 0x1000\n"
                    "  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10\n"
                    "  GNU_RELRO      0x0b3768 0x00000000000b3768 0x00000000000b3768 0x000898 0x000898 R   0x1\n",
        "dynamic": " 0x000000000000001e (FLAGS)              BIND_NOW\n",
        "symbols": "     8: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __stack_chk_fail@GLIBC_2.4 (3)\n"
                   "     9: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __memcpy_chk@GLIBC_2.3.4 (3)\n",
    }

    def assert_caught(self, name, old, new, reason):
        self.assertIn(old, self.SOUND[name])
        found = hardening.objections({**self.SOUND, name: self.SOUND[name].replace(old, new)}, True)
        self.assertEqual(len(found), 1, found)
        self.assertIn(reason, found[0])

    def test_accepts_what_is_hardened(self):
        self.assertEqual(hardening.objections(self.SOUND, True), [])

    def test_catches_each_gap(self):
        self.assert_caught("header", "DYN", "EXEC", "position")
        self.assert_caught("segments", "GNU_RELRO", "GNU_NOTHING", "no RELRO")
        self.assert_caught("segments", "RW  0x10", "RWE 0x10", "executable stack")
        self.assert_caught("segments", "R E 0x1000", "RWE 0x1000", "written and executed")
        self.assert_caught("dynamic", "BIND_NOW", "", "bound late")
        self.assert_caught("symbols", "__stack_chk_fail", "other", "stack protector")
        self.assert_caught("symbols", "__memcpy_chk", "memcpy", "FORTIFY")

    def test_catches_an_object_without_control_flow_protection(self):
        marked = "File: a.a(one.o)\n Properties: x86 feature: IBT, SHSTK\n"
        self.assertEqual(hardening.archive_objections(marked), [])
        self.assertEqual(hardening.archive_objections(marked + "File: a.a(two.o)\n"),
                         ["no control-flow protection: a.a(two.o)"])


if __name__ == "__main__":
    sys.exit(unittest.main())
