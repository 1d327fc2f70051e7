"""The scripts in samples/python do what their heads say, and the tour of docs/python.md prints what it shows."""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import refrain

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
MEDIA, SAMPLES = SOURCE / "samples/media", SOURCE / "samples/python"


def run(script, *words):
    return subprocess.run([sys.executable, str(SAMPLES / script), *map(str, words)],
                          capture_output=True, text=True, timeout=300)


def test_a_queue_is_emptied_into_two_folders(tmp_path):
    folders = [tmp_path / name for name in ("queue", "clean", "matched")]
    for folder in folders:
        folder.mkdir()
    queue, clean, matched = folders
    with refrain.Corpus(tmp_path / "corpus", mode="create") as corpus:
        corpus.add(MEDIA / "known/bear.jpg")
    shutil.copy(MEDIA / "edited/bear-half-quality40.jpg", queue)
    shutil.copy(MEDIA / "unrelated/whale.jpg", queue)
    (queue / "broken.jpg").write_bytes((MEDIA / "known/bear.jpg").read_bytes()[:50])
    done = run("watch_queue.py", tmp_path / "corpus", *folders, "--once")
    assert done.returncode == 1 and "broken.jpg: not_scanned" in done.stderr
    assert [path.name for path in matched.iterdir()] == ["bear-half-quality40.jpg"]
    assert [path.name for path in clean.iterdir()] == ["whale.jpg"]
    assert [path.name for path in queue.iterdir()] == ["broken.jpg"]


def test_duplicates_are_grouped_on_a_page(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("known/bear.jpg", "edited/bear-half-quality40.jpg", "unrelated/whale.jpg"):
        shutil.copy(MEDIA / name, folder)
    shutil.copy(MEDIA / "known/bear.jpg", folder / "the same <bytes>.jpg")
    done = run("duplicates_page.py", folder, tmp_path / "page.html")
    assert done.stdout == "1 groups\n", done.stderr
    page = (tmp_path / "page.html").read_text()
    assert page.count("<img") == 3 and "the same &lt;bytes&gt;.jpg" in page and "whale" not in page


def test_scores_are_plotted(tmp_path):
    if importlib.util.find_spec("matplotlib") is None:
        pytest.skip("there is no matplotlib")
    folders = {"known": "known/bear.jpg", "copies": "edited/bear-half-quality40.jpg", "strangers": "unrelated/whale.jpg"}
    for folder, name in folders.items():
        (tmp_path / folder).mkdir()
        shutil.copy(MEDIA / name, tmp_path / folder)
    done = run("plot_scores.py", *(tmp_path / folder for folder in folders), tmp_path / "plot.png")
    assert done.stdout == "copies 1 above 6: 1\nstrangers 1 above 6: 0\n", done.stderr
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_the_tour_prints_what_it_shows(tmp_path, monkeypatch):
    """Each indented block of the tour runs after the one before; a line after `>>>` lines is what they print."""
    import doctest

    text = (SOURCE / "docs/python.md").read_text()
    tour = re.search(r"## The tour\n(.*?)\n## ", text, re.S)[1]
    monkeypatch.chdir(tmp_path)
    for folder in ("known", "edited", "unrelated"):
        shutil.copytree(MEDIA / folder, tmp_path / folder)
    parsed = doctest.DocTestParser().get_doctest(tour, {}, "tour", "docs/python.md", 0)
    assert len(parsed.examples) > 10
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(parsed).failed == 0
