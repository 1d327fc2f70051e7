"""Tests of bench/compare.py: what it takes for a regression. Run by `meson test`."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMPARE = pathlib.Path(__file__).resolve().parent / "compare.py"


def ratio(**changes):
    return {"name": "ours", "program": "search", "slow": "rival/10", "fast": "ours/10", "ratio": 10.0, "tolerance": 0.2, **changes}


def run(name, milliseconds, **more):
    return {"name": name, "run_name": name, "run_type": "iteration", "real_time": milliseconds, "cpu_time": milliseconds, "time_unit": "ms", **more}


class CompareTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def compare(self, ratios, runs, *options):
        baseline = self.folder / "baseline.json"
        results = self.folder / "results.json"
        baseline.write_text(json.dumps({"ratios": ratios}))
        results.write_text(json.dumps({"benchmarks": runs}))
        command = [sys.executable, str(COMPARE), "--baseline", str(baseline), "--results", str(results), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_as_fast_as_the_baseline(self):
        self.assertEqual(self.compare([ratio()], [run("rival/10", 100), run("ours/10", 10)])[0], 0)

    def test_faster_is_no_regression(self):
        self.assertEqual(self.compare([ratio()], [run("rival/10", 100), run("ours/10", 1)])[0], 0)

    def test_slower_within_the_tolerance(self):
        self.assertEqual(self.compare([ratio()], [run("rival/10", 100), run("ours/10", 12)])[0], 0)

    def test_slower_beyond_the_tolerance(self):
        status, text = self.compare([ratio()], [run("rival/10", 100), run("ours/10", 13)])
        self.assertEqual(status, 1)
        self.assertIn("REGRESSION", text)

    def test_a_slow_machine_is_no_regression(self):
        self.assertEqual(self.compare([ratio()], [run("rival/10", 900), run("ours/10", 90)])[0], 0)

    def test_the_shortest_repetition_counts_in_any_unit(self):
        runs = [run("rival/10/real_time", 100), run("ours/10", 50), run("ours/10", 10000, time_unit="us")]
        self.assertEqual(self.compare([ratio()], runs)[0], 0)

    def test_aggregates_do_not_count(self):
        runs = [run("rival/10", 100), run("ours/10", 20), run("ours/10", 1, run_type="aggregate")]
        self.assertEqual(self.compare([ratio()], runs)[0], 1)

    def test_a_missing_benchmark_is_not_passed_over(self):
        status, text = self.compare([ratio()], [run("rival/10", 100)])
        self.assertEqual(status, 2)
        self.assertIn("ours/10", text)

    def test_what_the_processor_cannot_run_is_left_out(self):
        ratios = [ratio(), ratio(name="other", fast="other/10", needs=["no_such_flag"])]
        status, text = self.compare(ratios, [run("rival/10", 100), run("ours/10", 10)])
        self.assertEqual(status, 0)
        self.assertIn("not on this processor", text)

    def test_no_program_of_that_name(self):
        self.assertEqual(self.compare([ratio()], [run("rival/10", 100), run("ours/10", 10)], "--only", "hash")[0], 2)

    def test_updating_keeps_all_but_the_ratio(self):
        other = ratio(name="other", program="hash")
        runs = [run("rival/10", 100), run("ours/10", 5)]
        self.assertEqual(self.compare([ratio(), other], runs, "--update", "--only", "search")[0], 0)
        kept = json.loads((self.folder / "baseline.json").read_text())["ratios"]
        self.assertEqual(kept, [ratio(ratio=20.0), other])


if __name__ == "__main__":
    unittest.main()
