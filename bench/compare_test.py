"""Tests of bench/compare.py: what it takes for a regression. Run by `meson test`."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import compare  # noqa: E402  (after the path)

COMPARE = pathlib.Path(__file__).resolve().parent / "compare.py"


def ratio(**changes):
    return {"name": "ours", "program": "search", "slow": "rival/10", "fast": "ours/10", "ratio": 10.0, "tolerance": 0.2, "at_least": 4.0, **changes}


def run(name, milliseconds, **more):
    return {"name": name, "run_name": name, "run_type": "iteration", "real_time": milliseconds, "cpu_time": milliseconds, "time_unit": "ms", **more}


class CompareTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def compare(self, ratios, runs, *options, kind="kind/1"):
        baseline = self.folder / "baseline.json"
        results = self.folder / "results.json"
        baseline.write_text(json.dumps({"measured_on": "kind/1", "ratios": ratios}))
        results.write_text(json.dumps({"benchmarks": runs}))
        command = [sys.executable, str(COMPARE), "--baseline", str(baseline), "--results", str(results), "--kind", kind, *options]
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

    def test_another_kind_of_processor_is_held_to_what_is_claimed_alone(self):
        runs = [run("rival/10", 100), run("ours/10", 20)]
        self.assertEqual(self.compare([ratio()], runs)[0], 1)
        status, text = self.compare([ratio()], runs, kind="kind/2")
        self.assertEqual(status, 0)
        self.assertIn("another kind of processor", text)

    def test_what_is_claimed_holds_on_every_kind(self):
        runs = [run("rival/10", 100), run("ours/10", 26)]
        self.assertEqual(self.compare([ratio()], runs, kind="kind/2")[0], 1)
        self.assertEqual(self.compare([ratio(tolerance=0.9)], runs)[0], 1)

    def test_an_update_keeps_the_claims(self):
        runs = [run("rival/10", 100), run("ours/10", 30)]
        self.assertEqual(self.compare([ratio()], runs, "--update")[0], 2)
        self.assertEqual(self.compare([ratio()], [run("rival/10", 100), run("ours/10", 5)], "--update", kind="kind/2")[0], 0)
        self.assertEqual(json.loads((self.folder / "baseline.json").read_text())["measured_on"], "kind/2")

    def test_a_part_of_the_baseline_is_of_the_same_kind_as_the_rest(self):
        runs = [run("rival/10", 100), run("ours/10", 5)]
        self.assertEqual(self.compare([ratio()], runs, "--update", "--only", "search", kind="kind/2")[0], 2)

    def test_a_stored_run_is_judged_by_its_own_processor(self):
        times = {"search": {"rival/10": {"real": 0.1, "cpu": 0.1}, "ours/10": {"real": 0.02, "cpu": 0.02}}}
        for key, status in (("kind/1", 1), ("kind/2", 0)):
            stored = self.folder / "report.json"
            stored.write_text(json.dumps({"machine": {"key": key}, "times": times}))
            self.assertEqual(self.compare([ratio()], [], "--results", str(stored))[0], status, key)

    def test_results_of_another_shape_are_named(self):
        stored = self.folder / "stored.json"
        for words in ("[]", "3", "null", '{"machine": 3}', '{"times": 3}', '{"benchmarks": [3]}', '{"benchmarks": {"a": 1}}'):
            stored.write_text(words)
            status, text = self.compare([ratio()], [], "--results", str(stored))
            self.assertEqual(status, 2, words)
            self.assertIn("compare: ", text)

    def test_no_program_of_that_name(self):
        self.assertEqual(self.compare([ratio()], [run("rival/10", 100), run("ours/10", 10)], "--only", "hash")[0], 2)

    def test_updating_keeps_all_but_the_ratio(self):
        other = ratio(name="other", program="hash")
        runs = [run("rival/10", 100), run("ours/10", 5)]
        self.assertEqual(self.compare([ratio(), other], runs, "--update", "--only", "search")[0], 0)
        kept = json.loads((self.folder / "baseline.json").read_text())["ratios"]
        self.assertEqual(kept, [ratio(ratio=20.0), other])


class BetweenTest(unittest.TestCase):
    """Two stored runs: what the machine and noise explain is no regression."""

    RIVALS = [("hash", "hash_picture_plain/width:512/height:512"), ("search", "faiss/1000000/1"), ("search", "memory_bandwidth"),
              ("search", "kernel/portable/31"), ("index", "faiss/uniform/100000"), ("index", "faiss_multi_hash/uniform/100000"),
              ("decode", "decode/frames/a.mp4"), ("decode", "decode/frames/b.mp4")]
    OURS = [("hash", "hash_picture/width:512/height:512"), ("search", "flat/1000000/1"), ("index", "live/uniform/100000"),
            ("local", "extract/picture:512/side:512/points:400"), ("end_to_end", "find_samples/edited_copies")]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def report(self, name, machine=1.0, noise=0.0, key="kind/1", **slower):
        """Times of 1, 2, ... ms; `noise` up and down in turn; `slower` by the beginning of a name."""
        times = {}
        for number, (program, benchmark) in enumerate(self.RIVALS + self.OURS):
            factor = machine * (1 + noise * (-1) ** number)
            factor *= next((by for start, by in slower.items() if benchmark.startswith(start + "/")), 1.0)
            seconds = (number + 1) * 1e-3 * factor
            times.setdefault(program, {})[benchmark] = {"cpu": seconds, "real": seconds}
        file = self.folder / name
        file.write_text(json.dumps({"schema": "refrain.bench/1", "machine": {"key": key}, "times": times}))
        return file

    def compare(self, now, before):
        done = subprocess.run([sys.executable, str(COMPARE), "--results", str(now), "--against", str(before)],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_a_slower_machine_and_noise_are_no_regression(self):
        before = self.report("before")
        for machine in (0.4, 1.0, 3.0):
            status, text = self.compare(self.report("now", machine, 0.08), before)
            self.assertEqual(status, 0, text)
            self.assertNotIn("REGRESSION", text)

    def test_one_row_that_is_slower_than_the_machine_is_one(self):
        before = self.report("before")
        for machine in (0.4, 1.0, 3.0):
            status, text = self.compare(self.report("now", machine, 0.03, live=1.6), before)
            self.assertEqual(status, 1, text)
            self.assertEqual(text.count("REGRESSION"), 1)
            self.assertIn("regression: index: live/uniform/100000\n", text)

    def test_all_of_ours_slower_is_one_too(self):
        slower = {name.split("/")[0]: 1.5 for _, name in self.OURS}
        status, text = self.compare(self.report("now", 2.0, **slower), self.report("before"))
        self.assertEqual((status, text.count("REGRESSION")), (1, len(self.OURS)), text)

    def test_what_became_faster_makes_nothing_else_slower(self):
        faster = {name.split("/")[0]: 0.3 for _, name in self.OURS[:4]}
        self.assertEqual(self.compare(self.report("now", 1.0, **faster), self.report("before"))[0], 0)

    def test_another_kind_of_processor_may_suit_some_code_less(self):
        before = self.report("before")
        self.assertEqual(self.compare(self.report("now", 1.0, live=1.6, key="kind/2"), before)[0], 0)
        self.assertEqual(self.compare(self.report("now", 1.0, live=2.5, key="kind/2"), before)[0], 1)

    def test_much_noise_hides_a_little_and_not_a_lot(self):
        before = self.report("before")
        self.assertEqual(self.compare(self.report("now", 1.0, 0.15, live=1.6), before)[0], 0)
        self.assertEqual(self.compare(self.report("now", 1.0, 0.15, live=5.0), before)[0], 1)

    def test_runs_with_little_in_common_are_not_compared(self):
        before, now = self.report("before"), self.report("now")
        run = json.loads(now.read_text())
        run["times"] = {"local": run["times"]["local"]}
        now.write_text(json.dumps(run))
        status, text = self.compare(now, before)
        self.assertEqual(status, 2)
        self.assertIn("0 benchmarks", text)

    def test_broken_reports_are_named(self):
        good = self.report("good")
        bad = self.folder / "bad"
        for words in ("", "{", "[]", "3", "null", '"text"', "{}", '{"times": [], "machine": {"key": ""}}', '{"times": {"a": 3}, "machine": {}}',
                      '{"times": {"a": {"b": {"cpu": "x"}}}, "machine": {"key": 1}}', "\xff\x00"):
            bad.write_text(words, encoding="latin-1")
            for pair in ((bad, good), (good, bad)):
                status, text = self.compare(*pair)
                self.assertEqual(status, 2, words)
                self.assertTrue(text.startswith("compare: "), text)
        self.assertEqual(self.compare(good, self.folder / "none")[0], 2)


class TurnsTest(unittest.TestCase):
    """What looks like a regression is measured again."""

    def compare(self, *turns):
        """@param turns  milliseconds of ours in each turn; the last one stays. @return names, and turns taken"""
        taken = []

        def collect(ratios):
            taken.append([made["name"] for made in ratios])
            ours = turns[min(len(taken), len(turns)) - 1]
            return {"search": {"rival/10": {"real": 0.1, "cpu": 0.1}, "ours/10": {"real": ours / 1e3, "cpu": ours / 1e3}}}

        regressed = compare.compare({"ratios": [ratio()]}, collect, True)
        return [made["name"] for made in regressed], len(taken)

    def test_a_disturbed_turn_is_no_regression(self):
        self.assertEqual(self.compare(30, 10), ([], 2))

    def test_one_that_stays_is_one_and_the_turns_end(self):
        self.assertEqual(self.compare(30), (["ours"], 3))

    def test_a_good_turn_is_enough(self):
        self.assertEqual(self.compare(10), ([], 1))


if __name__ == "__main__":
    unittest.main()
