#!/usr/bin/env python3
"""Plots the scores of copies against those of strangers.

    plot_scores.py KNOWN COPIES STRANGERS PLOT.png

Three folders: what is known, edited copies of it, and media that show none of it. Needs matplotlib.
"""

import pathlib
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice above)

import refrain  # noqa: E402


def files_of(folder):
    return [path for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()]


def best_scores(corpus, paths):
    """Of each medium that can be examined; 0 where nothing speaks for a match."""
    found = corpus.find_many(paths, min_score=0.0)
    return [max((match.score for match in answer), default=0.0) for answer in found if answer.error is None]


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    known, copies, strangers, plot = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, refrain.Corpus(folder, mode="create") as corpus:
        for added in corpus.add_many(files_of(known)):
            if added.error:
                print(f"{added.name}: {added.error}", file=sys.stderr)
        scores = {"copies": best_scores(corpus, files_of(copies)), "strangers": best_scores(corpus, files_of(strangers))}
    figure, axes = plt.subplots()
    axes.hist(list(scores.values()), bins=30, label=list(scores))
    axes.axvline(6.0, color="black", linestyle="--", label="default threshold")
    axes.set_xlabel("score: -log10 of the expected false alarms")
    axes.set_ylabel("media")
    axes.legend()
    figure.savefig(plot)
    for name, values in scores.items():
        print(name, len(values), "above 6:", sum(value >= 6.0 for value in values))


if __name__ == "__main__":
    main()
