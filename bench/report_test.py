"""Tests of bench/report: what a run says, and the page that is made of it. Run by `meson test`."""
import copy
import html.parser
import json
import math
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

from report import findings, machine, page, programs, svg  # noqa: E402  (after the path)

# Benchmarks whose names Google Benchmark ends so.
REAL_TIME = [f"{index}/{codes}/{queries}/real_time" for index in ("faiss", "flat") for codes in (1_000_000, 10_000_000)
             for queries in (1, 32)]
STORED = json.loads((BENCH / "report" / "testdata" / "run.json").read_text())


def plots_of(text):
    """Every plot of a page, each as a tree: it is whole."""
    return [xml.etree.ElementTree.fromstring(one) for one in re.findall(r"<svg.*?</svg>", text, re.S)]


class Links(html.parser.HTMLParser):
    """Whatever a page would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "link", "iframe", "object", "embed", "img", "image", "use"):
            self.found.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "xlink:href")]


class FindingsTest(unittest.TestCase):
    def test_the_stored_run_holds_what_its_times_say(self):
        self.assertEqual(findings.scales(STORED["times"]), STORED["scales"])
        self.assertEqual(findings.rivals(STORED["times"]), STORED["rivals"])

    def test_a_ratio_is_the_rivals_time_over_ours(self):
        rows = {row["name"]: row["ratio"] for row in STORED["rivals"]}
        self.assertAlmostEqual(rows["PDQ of 512 x 512: Meta's walk over memory"], 21)

    def test_only_edited_samples_count_as_decoding_of_the_look_up(self):
        row = findings.decode_only(STORED["times"])
        self.assertAlmostEqual(row["ratio"], 0.005 / 0.02)
        self.assertIsNone(findings.decode_only({}))

    def test_costs_are_those_of_one_query_and_rise_by_size(self):
        series = STORED["scales"][0]["series"][0]
        self.assertEqual(series["name"], "live index")
        self.assertEqual([size for size, _ in series["points"]], [1000, 10000, 100000])
        self.assertAlmostEqual(series["points"][0][1], 0.001 / 500)

    def test_what_was_not_measured_is_left_out(self):
        self.assertEqual((findings.scales({}), findings.rivals({})), ([], []))
        self.assertEqual(findings.scales({"index": {"live/uniform/1000": {"cpu": 1, "real": 1}}}), [])

    def test_changes_name_what_both_runs_have(self):
        now = copy.deepcopy(STORED)
        now["rivals"][0]["ratio"] *= 1.5
        now["quality"]["edits"][1]["recall"] -= 0.5
        now["rivals"].append({"name": "new", "ratio": 2.0})
        rows = {row["name"]: row for row in findings.changes(now, STORED)}
        self.assertAlmostEqual(rows[now["rivals"][0]["name"]]["change"], 0.5)
        self.assertAlmostEqual(rows["crop"]["change"], -0.5)
        self.assertNotIn("new", rows)
        self.assertEqual(len(findings.changes({**now, "quality": None}, STORED)), len(STORED["rivals"]))


class ProgramsTest(unittest.TestCase):
    def test_a_run_measures_all_that_the_baseline_and_the_findings_name(self):
        filters = {program.name: program.parts for program in programs.PROGRAMS}
        ratios = json.loads((BENCH / "baseline.json").read_text())["ratios"]
        named = [(ratio["program"], ratio[side]) for ratio in ratios for side in ("slow", "fast")]
        named += [(program, name) for _, program, *both in findings.RIVALS for name in both]
        real = {name.removesuffix("/real_time") for name in REAL_TIME}
        for program, name in named:
            shown = name + "/real_time" if name in real else name
            self.assertTrue(any(re.search(part, shown) for part in filters[program]), f"{program}: {shown}")


class PageTest(unittest.TestCase):
    def test_the_page_needs_nothing_beside_itself(self):
        text = page.page(STORED, STORED)
        links = Links()
        links.feed(text)
        self.assertEqual(links.found, [])
        self.assertNotRegex(text, r"url\(|@import|http")

    def test_every_plot_is_there_and_whole(self):
        plots = plots_of(page.page(STORED))
        self.assertEqual([plot.attrib["aria-label"] for plot in plots],
                         ["Speed against rivals", *(scale["title"] for scale in STORED["scales"]), "Recall by edit", "Scores"])

    def test_a_run_without_media_has_no_plots_of_quality(self):
        text = page.page({**STORED, "quality": None, "left_out": [{"what": "quality", "why": "no folder"}]})
        self.assertNotIn("Recall by edit", text)
        self.assertIn("no folder", text)

    def test_names_cannot_break_out(self):
        hostile = copy.deepcopy(STORED)
        hostile["quality"]["edits"][0]["edit"] = hostile["machine"]["name"] = '"><script>alert(1)</script>'
        hostile["quality"]["strangers_that_match"] = ["</p><script>"]
        text = page.page(hostile, hostile)
        self.assertNotIn("<script", text)
        plots_of(text)

    def test_a_run_of_another_kind_of_processor_is_said_to_be_one(self):
        other = copy.deepcopy(STORED)
        other["machine"]["key"] = "other"
        self.assertIn("another kind of processor", page.page(STORED, other))
        self.assertNotIn("another kind of processor", page.page(STORED, STORED))

    def test_what_got_worse_is_marked(self):
        better = copy.deepcopy(STORED)
        better["quality"]["edits"][1]["recall"] = 1.0
        self.assertIn('class="worse"', page.page(STORED, better))
        self.assertNotIn('class="worse"', page.page(better, STORED))


class SvgTest(unittest.TestCase):
    def test_equal_factors_are_equal_steps(self):
        axis = svg.LogAxis([20, 90_000], 0, 100)
        self.assertEqual(axis.ticks(), [10, 100, 1000, 10_000, 100_000])
        self.assertAlmostEqual(axis.at(1000) - axis.at(100), axis.at(100) - axis.at(10))
        self.assertEqual((axis.at(10), axis.at(100_000)), (0, 100))

    def test_one_size_alone_has_an_axis(self):
        axis = svg.LogAxis([100], 0, 100)
        self.assertTrue(math.isfinite(axis.at(100)))

    def test_lines_go_through_all_points(self):
        plot = plots_of(svg.log_lines("t", "codes", [{"name": "a", "points": [[10, 1e-6], [1000, 1e-3]]}]))[0]
        points = plot.find("polyline").attrib["points"].split()
        self.assertEqual(len(points), 2)
        (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in points)
        self.assertTrue(x1 > x0 and y1 < y0)

    def test_bars_are_as_long_as_their_values(self):
        plot = plots_of(svg.bars("t", [("a", 1.0, ""), ("b", 0.5, "")]))[0]
        long, short = (float(bar.attrib["width"]) for bar in plot.findall("rect"))
        self.assertAlmostEqual(long, 2 * short, 0)

    def test_a_histogram_of_nothing_and_of_one_value_is_drawn(self):
        self.assertEqual(len(plots_of(svg.histogram("t", [{"name": "a", "values": []}], "s", 6.0))), 1)
        one = plots_of(svg.histogram("t", [{"name": "a", "values": [3.0, 3.0]}], "s"))[0]
        self.assertEqual(len(one.findall("rect")), 2)  # one bar, and the sign of its name

    def test_times_have_the_unit_that_fits(self):
        self.assertEqual([svg.seconds_text(value) for value in (2, 3.25e-3, 5e-6, 7e-9)], ["2 s", "3.25 ms", "5 µs", "7 ns"])


class MachineTest(unittest.TestCase):
    INFO = "processor\t: 0\nvendor_id\t: Maker\ncpu family\t: 6\nmodel\t: 1\nmodel name\t: P\nstepping\t: 2\n" \
           "cache size\t: 1024 KB\nflags\t: sse avx2\n\nprocessor\t: 1\nvendor_id\t: Other\n"

    def test_a_processor_is_told_by_its_family_and_not_by_its_name(self):
        made = machine.processor(self.INFO)
        self.assertEqual((made["key"], made["name"], made["flags"]), ("Maker/6/1/2/1024 KB", "P", ["avx2", "sse"]))
        self.assertNotEqual(made["key"], machine.processor(self.INFO.replace("model\t: 1", "model\t: 17"))["key"])

    def test_memory_and_flags_are_read(self):
        self.assertEqual(machine.memory_bytes("MemTotal:       2048 kB\n"), 2 << 20)
        entry = {"file": "../src/base/hex.cpp", "command": "ccache g++ -Iinclude -O3 -std=c++20 -MD -o x -c y"}
        self.assertEqual(machine.compiler_flags([entry]), {"compiler": "ccache g++", "flags": ["-O3", "-std=c++20"]})
        self.assertEqual(machine.compiler_flags([])["flags"], [])


class RunTest(unittest.TestCase):
    """The whole of it, with a program that prints what was measured once."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.fake("hash", json.dumps({"benchmarks": [
            {"name": f"{name}/width:512/height:512", "real_time": time, "cpu_time": time, "time_unit": "ms"}
            for name, time in (("hash_picture_plain", 4.2), ("hash_picture", 0.2))]}))

    def fake(self, name, printed, code=0):
        program = self.folder / "build" / "bench" / f"bench_{name}"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\nexit {code}\n")
        program.chmod(0o755)

    def run_it(self, out, *words):
        command = [sys.executable, str(BENCH / "report" / "run.py"), "--build", str(self.folder / "build"),
                   "--out", str(self.folder / out), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def stored(self, out):
        return json.loads((self.folder / out / "report.json").read_text())

    def test_a_run_is_stored_and_shown_beside_the_last_one(self):
        first = self.run_it("runs/1", "--only", "hash")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("no earlier run", (self.folder / "runs/1/report.html").read_text())
        made = self.stored("runs/1")
        self.assertEqual(made["schema"], "refrain.bench/1")
        self.assertAlmostEqual(made["rivals"][0]["ratio"], 21)
        self.assertTrue(made["machine"]["key"] and made["made_at"] and "commit" in made)
        self.assertEqual(self.run_it("runs/2", "--only", "hash").returncode, 0)
        self.assertIn(made["made_at"], (self.folder / "runs/2/report.html").read_text())

    def test_an_earlier_run_that_is_damaged_is_named_and_passed_over(self):
        (self.folder / "runs/0").mkdir(parents=True)
        (self.folder / "runs/0/report.json").write_text('{"schema": 3')
        done = self.run_it("runs/1", "--only", "hash")
        self.assertEqual(done.returncode, 0)
        self.assertIn("runs/0/report.json", done.stderr)

    def test_a_program_that_fails_is_named_and_the_rest_is_measured(self):
        self.fake("align", "{}", 1)
        done = self.run_it("out", "--only", "hash", "align")
        self.assertEqual(done.returncode, 3)
        self.assertIn("align", done.stderr)
        self.assertEqual([one["what"] for one in self.stored("out")["left_out"]], ["align", "quality"])

    def test_a_program_without_results_is_no_success(self):
        self.fake("hash", '{"benchmarks": []}')
        self.assertEqual(self.run_it("out", "--only", "hash").returncode, 2)
        self.assertFalse((self.folder / "out").exists())

    def test_media_that_cannot_be_measured_are_named(self):
        (self.folder / "empty").mkdir()
        done = self.run_it("out", "--only", "hash", "--media", self.folder / "empty")
        self.assertEqual(done.returncode, 3)
        self.assertIn("fewer than two media", done.stderr)

    def test_what_would_make_the_run_useless_is_said_before_it(self):
        broken = self.folder / "broken.json"
        broken.write_text('{"schema": "refrain.bench/1"}')
        file = self.folder / "file"
        file.write_text("")
        for words in (("--media", self.folder / "none"), ("--media", file), ("--against", broken), ("--against", self.folder / "none"),
                      ("--build", self.folder)):
            done = self.run_it("out", "--only", "hash", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(str(words[1]), done.stderr)
            self.assertNotIn("bench: hash", done.stderr)
            self.assertFalse((self.folder / "out").exists())
        self.assertEqual(self.run_it("file", "--only", "hash").returncode, 2)

    def test_a_report_that_cannot_be_written_is_not_lost(self):
        (self.folder / "out" / "report.json.part").mkdir(parents=True)
        done = self.run_it("out", "--only", "hash")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot write the report", done.stderr)
        self.assertAlmostEqual(json.loads(done.stdout)["rivals"][0]["ratio"], 21)

    def test_a_full_disk_leaves_the_report_that_was_there(self):
        self.assertEqual(self.run_it("out", "--only", "hash").returncode, 0)
        before = self.stored("out")
        command = [sys.executable, str(BENCH / "report" / "run.py"), "--build", str(self.folder / "build"), "--out",
                   str(self.folder / "out"), "--only", "hash"]
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(self.stored("out"), before)
        self.assertEqual(sorted(file.name for file in (self.folder / "out").iterdir()), ["report.html", "report.json"])

    def test_an_interrupted_run_ends_its_programs_and_writes_nothing(self):
        mark = self.folder / "started"
        program = self.folder / "build" / "bench" / "bench_hash"
        program.write_text(f"#!/bin/sh\necho $$ > {mark}.part\nmv {mark}.part {mark}\nexec sleep 1000\n")
        command = [sys.executable, str(BENCH / "report" / "run.py"), "--build", str(self.folder / "build"), "--out",
                   str(self.folder / "out"), "--only", "hash"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
            while not mark.exists() and run.poll() is None:
                time.sleep(0.01)
            run.send_signal(signal.SIGINT)
            complained = run.stderr.read()
        self.assertEqual(run.returncode, 130)
        self.assertIn("interrupted", complained)
        self.assertNotIn("Traceback", complained)
        self.assertFalse((self.folder / "out").exists())
        with self.assertRaises(ProcessLookupError):
            os.kill(int(mark.read_text()), 0)

    def test_the_run_to_compare_with_may_be_named(self):
        done = self.run_it("out", "--only", "hash", "--against", BENCH / "report" / "testdata" / "run.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(STORED["made_at"], (self.folder / "out/report.html").read_text())


if __name__ == "__main__":
    unittest.main()
