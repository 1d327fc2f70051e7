"""A corpus from Python answers as the command line does."""

import json
import os
import pathlib
import subprocess
import threading

import pytest

import refrain

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
KNOWN = sorted((SOURCE / "samples/media/known").glob("*.jpg"))
EDITED = sorted((SOURCE / "samples/media/edited").glob("*.jpg"))


def command_line(*words):
    done = subprocess.run([os.environ["REFRAIN_TEST_PROGRAM"], *map(str, words), "--json"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def without_times(line):
    return {name: value for name, value in line.items() if name != "timing_ms"}


@pytest.fixture(name="corpus")
def known_corpus(tmp_path):
    with refrain.Corpus(tmp_path / "known", mode="create") as corpus:
        for outcome in corpus.add_many(KNOWN, bank="photos", labels={"from": "samples"}):
            assert outcome.error is None
        yield corpus


def test_answers_equal_the_command_line(corpus, tmp_path):
    folder = tmp_path / "known"
    assert [item.to_dict() for item in corpus.list()] == command_line("list", "--corpus", folder)
    for path in EDITED:
        found = corpus.find(path)
        assert without_times(found.to_dict()) == without_times(command_line("find", "--corpus", folder, path)[0])
    assert [without_times(found.to_dict()) for found in corpus.find_many(EDITED)] == [
        without_times(line) for line in command_line("find", "--corpus", folder, *EDITED)
    ]


def test_adding_equals_the_command_line(tmp_path):
    with refrain.Corpus(tmp_path / "a", mode="create") as corpus:
        ours = corpus.add(KNOWN[0], labels={"k": "v"})
        assert ours.status == "added"
        assert corpus.add(KNOWN[0]).status == "exists"
    theirs = command_line("add", "--corpus", tmp_path / "b", "--label", "k=v", KNOWN[0])
    assert ours.to_dict() == theirs[0]


def test_a_fingerprint_is_added_and_found(tmp_path):
    with refrain.Corpus(tmp_path / "known", mode="create") as corpus:
        made = refrain.fingerprint(KNOWN[0])
        added = corpus.add(made, bank="one")
        assert corpus.find(made).matches[0].id == added.id
        assert corpus.banks() == ["one"] and corpus.stats().items == 1 and corpus.verify().is_sound
        corpus.remove(added.id)
        with pytest.raises(KeyError):
            corpus.remove(added.id)
        assert list(corpus.list()) == []


def test_bad_media_are_outcomes(corpus, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture, whatever its name says")
    steps = []
    outcomes = list(corpus.find_many([KNOWN[0], bad, "missing"], threads=2, progress=lambda *at: steps.append(at)))
    assert [outcome.status for outcome in outcomes] == ["match", "not_scanned", "not_scanned"]
    assert [type(outcome.error) for outcome in outcomes[1:]] == [refrain.UnsupportedFormat, refrain.NotFound]
    assert steps == [(1, 3), (2, 3), (3, 3)]
    theirs = command_line("find", "--corpus", tmp_path / "known", bad, "missing")
    assert [without_times(outcome.to_dict()) for outcome in outcomes[1:]] == [without_times(line) for line in theirs]


def test_a_callback_that_raises_ends_the_work(corpus):
    def fail(done, total):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        list(corpus.find_many(KNOWN, progress=fail))


def test_errors_have_classes(tmp_path):
    with pytest.raises(refrain.CorpusNotFound) as caught:
        refrain.Corpus(tmp_path / "none")
    assert isinstance(caught.value, FileNotFoundError) and caught.value.code == "corpus_not_found"
    with refrain.Corpus(tmp_path / "made", mode="create") as corpus:
        corpus.add(KNOWN[0])
        with pytest.raises(refrain.UnknownBank):
            corpus.find(KNOWN[0], banks=["nope"])
    with pytest.raises(refrain.Closed):
        corpus.stats()
    with refrain.Corpus(tmp_path / "made") as corpus, pytest.raises(refrain.CorpusReadOnly):
        corpus.add(KNOWN[1])


def test_a_corpus_is_shared_by_eight_threads(corpus):
    expected = without_times(corpus.find(KNOWN[0]).to_dict())
    made = refrain.fingerprint(KNOWN[0], purpose="query")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(corpus.find(made))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [without_times(answer.to_dict())["matches"] for answer in answers] == [expected["matches"]] * 8


def test_everything_is_refused_after_closing(tmp_path):
    corpus = refrain.Corpus(tmp_path / "known", mode="create")
    added = corpus.add(KNOWN[0])
    corpus.close()
    corpus.close()
    uses = {
        "add": lambda: corpus.add(KNOWN[1]),
        "add_many": lambda: list(corpus.add_many([KNOWN[1]])),
        "find": lambda: corpus.find(KNOWN[0]),
        "find_many": lambda: list(corpus.find_many([KNOWN[0]])),
        "list": lambda: list(corpus.list()),
        "show": lambda: corpus.show(added.id),
        "remove": lambda: corpus.remove(added.id),
        "label": lambda: corpus.label(added.id, labels={"a": "b"}),
        "move": lambda: corpus.move(added.id, bank="b"),
        "disable": lambda: corpus.disable(added.id),
        "enable": lambda: corpus.enable(added.id),
        "import_": lambda: corpus.import_(b"", format="pdq"),
        "export": lambda: corpus.export(tmp_path / "out"),
        "banks": corpus.banks,
        "bank_settings": corpus.bank_settings,
        "set_bank": lambda: corpus.set_bank("b", mode="off"),
        "log": lambda: list(corpus.log()),
        "duplicates": corpus.duplicates,
        "stats": corpus.stats,
        "verify": corpus.verify,
    }
    assert set(uses) == {name for name in dir(refrain.Corpus) if not name.startswith("_")} - {"close"}
    for name, use in uses.items():
        with pytest.raises(refrain.Closed):
            use()
            pytest.fail(name)


def test_closing_while_others_look_up_spoils_no_answer(corpus):
    made = refrain.fingerprint(KNOWN[0], purpose="query")
    outcomes = []
    begun = threading.Barrier(5)

    def look_up():
        begun.wait()
        try:
            while True:
                outcomes.append(corpus.find(made).status)
        except Exception as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=look_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    corpus.find(made)
    corpus.close()
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {"match", refrain.Closed} and outcomes.count(refrain.Closed) == 4


def test_compare_equals_the_command_line():
    ours = refrain.compare(EDITED[0], KNOWN[0])
    assert without_times(ours.to_dict()) == without_times(command_line("compare", EDITED[0], KNOWN[0])[0])
