"""What the catalogue, lists and explanations say from Python is what the command line says."""

import datetime
import io
import json
import os
import pathlib
import subprocess

import pytest

import refrain

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
KNOWN = sorted((SOURCE / "samples/media/known").glob("*.jpg"))
MEDIA = SOURCE / "samples/media"
BEAR, COPY = MEDIA / "known/bear.jpg", MEDIA / "edited/bear-half-quality40.jpg"
CODE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


def command_line(*words):
    done = subprocess.run([os.environ["REFRAIN_TEST_PROGRAM"], *map(str, words), "--json"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def dicts(answers):
    return [answer.to_dict() for answer in answers]


@pytest.fixture(name="corpus")
def known_corpus(tmp_path):
    with refrain.Corpus(tmp_path / "known", mode="create") as corpus:
        corpus.add(KNOWN[0], bank="one", labels={"case": "1"})
        for path in KNOWN[1:]:
            corpus.add(path, bank="two")
        yield corpus


def test_listing_by_every_filter_equals_the_command_line(corpus, tmp_path):
    folder = tmp_path / "known"
    for ours, theirs in [
        ({}, []),
        ({"banks": ["one"]}, ["--bank", "one"]),
        ({"labels": {"case": "1"}}, ["--label", "case=1"]),
        ({"name": "b*"}, ["--name", "b*"]),
        ({"kind": "image"}, ["--kind", "image"]),
        ({"kind": "hash"}, ["--kind", "hash"]),
        ({"sort": "newest"}, ["--sort", "newest"]),
        ({"sort": "name"}, ["--sort", "name"]),
        ({"sort": "added", "limit": 2}, ["--sort", "added", "--limit", "2"]),
        ({"since": 4e9}, ["--since", "@4000000000"]),
        ({"until": datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)}, ["--until", "2001-01-01"]),
    ]:
        assert dicts(corpus.list(**ours)) == command_line("list", "--corpus", folder, *theirs), ours
    assert list(corpus.list(limit=0)) == []
    item = next(corpus.list())
    corpus.disable(item.id)
    assert [found.id for found in corpus.list(disabled=True)] == [item.id]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "film"}, {"sort": "size"}, {"limit": -1}, {"since": datetime.datetime(2020, 1, 1)}, {"until": float("nan")},
     {"banks": "one"}],
)
def test_filters_that_mean_nothing_are_refused(corpus, wrong):
    with pytest.raises(refrain.InvalidArgument):
        list(corpus.list(**wrong))


def test_a_bank_that_never_was_is_named(corpus):
    for use in (lambda: list(corpus.list(banks=["three"])), lambda: corpus.duplicates(banks=["three"])):
        with pytest.raises(refrain.UnknownBank, match="three"):
            use()


def test_an_item_is_shown_as_by_the_command_line(corpus, tmp_path):
    item = next(corpus.list())
    shown = corpus.show(item.id)
    assert shown.to_dict() == command_line("show", "--corpus", tmp_path / "known", item.id)[0]
    assert (shown.name, shown.sources) == (item.name, [])
    with pytest.raises(refrain.UnknownId):
        corpus.show("m_none")


def test_changes_are_made_and_logged_with_their_author(corpus, tmp_path):
    bear = next(corpus.list(name="bear*"))
    assert corpus.label(bear.id, "m_none", labels={"a": "b"}, by="me", reason="why")[0].status == "changed"
    outcomes = corpus.label(bear.id, "m_none", labels={"a": "b"})
    assert [outcome.status for outcome in outcomes] == ["unchanged", "unknown"]
    assert [type(outcome.error) for outcome in outcomes] == [type(None), refrain.UnknownId]
    assert corpus.show(bear.id).labels["a"] == "b"
    corpus.label(bear.id, labels={"a": None})
    assert "a" not in corpus.show(bear.id).labels
    corpus.disable(bear.id)
    assert corpus.find(COPY).status == "no_match"
    corpus.enable(bear.id)
    assert corpus.find(COPY).status == "match"
    assert corpus.move(bear.id, bank="three")[0].status == "changed" and "three" in corpus.banks()
    log = list(corpus.log())
    assert dicts(log) == command_line("log", "--corpus", tmp_path / "known", "--after", "0", "--limit", "1000")
    assert ("me", "why") in [(entry.to_dict()["by"], entry.to_dict()["reason"]) for entry in log]
    assert dicts(corpus.log(after=log[-2].sequence)) == [log[-1].to_dict()]


def test_banks_have_settings(corpus, tmp_path):
    bank = next(corpus.list(name="bear*")).bank
    assert corpus.set_bank(bank, mode="shadow", note="on trial") and not corpus.set_bank(bank, mode="shadow")
    assert dicts(corpus.bank_settings()) == command_line("bank", "list", "--corpus", tmp_path / "known")
    assert {made.name: made.mode for made in corpus.bank_settings()}[bank] == "shadow"
    corpus.set_bank(bank, min_score=1000)
    assert corpus.find(COPY).status == "no_match"
    assert corpus.find(COPY, min_score=6).matches[0].name == "bear.jpg"
    corpus.set_bank(bank, min_score="default")
    assert corpus.find(COPY).status == "match"
    for wrong in ({"mode": "on"}, {"kind": "all"}, {"min_score": "none"}, {"min_score": -1.0}):
        with pytest.raises(refrain.InvalidArgument):
            corpus.set_bank(bank, **wrong)


def test_duplicates_are_those_of_the_command_line(corpus, tmp_path):
    corpus.add(COPY, bank="one")
    found = corpus.duplicates()
    lines = command_line("dups", "--corpus", tmp_path / "known")
    assert found.pairs + found.groups == lines and len(found.groups) == 1
    names = [{corpus.show(id).name for id in group} for group in found]
    assert names == [{"bear.jpg", COPY.name}] and found.items == len(KNOWN) + 1


def test_adding_known_bytes_equals_the_command_line(tmp_path):
    with refrain.Corpus(tmp_path / "a", mode="create") as corpus:
        corpus.add(BEAR, labels={"k": "v"})
        ours = [corpus.add(BEAR, labels={"k": "w"}), corpus.add(BEAR.read_bytes(), name="other")]
        assert corpus.show(ours[0].id).labels == {"k": "w"}
    command_line("add", "--corpus", tmp_path / "b", "--label", "k=v", BEAR)
    assert ours[0].to_dict() == command_line("add", "--corpus", tmp_path / "b", "--label", "k=w", BEAR)[0]
    assert [added.status for added in ours] == ["exists", "exists"]


def test_what_fails_is_told_as_by_the_command_line(tmp_path):
    named = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    with open(named, "wb") as file:
        file.write(b"no picture")
    with refrain.Corpus(tmp_path / "a", mode="create") as corpus:
        added = list(corpus.add_many([os.fsdecode(named), KNOWN[0]], bank="b"))
        found = list(corpus.find_many([os.fsdecode(named)]))
    program = [os.environ["REFRAIN_TEST_PROGRAM"]]
    for ours, words in ((added[0], ["add", "--bank", "b"]), (found[0], ["find"])):
        done = subprocess.run([*program, *words, "--json", "--corpus", tmp_path / "a", named], capture_output=True)
        theirs = json.loads(done.stdout)
        ours = ours.to_dict()
        for line in (ours, theirs):
            line.pop("timing_ms", None)
        assert ours == theirs and "input_hex" in ours
    assert added[1].status == "added"


def test_a_list_is_imported_and_inspected(tmp_path):
    file = tmp_path / "list.txt"
    file.write_text(f"{CODE}\nnot a code\n{CODE}\n")
    with refrain.Corpus(tmp_path / "a", mode="create") as corpus:
        ours = corpus.import_(file, format="pdq", bank="lists", labels={"from": "test"}, source="us")
        again = corpus.import_(io.BytesIO(file.read_bytes()), format="pdq", bank="lists", labels={"from": "test"}, source="us")
        details = corpus.show(next(corpus.list()).id)
    theirs = command_line("import", "--corpus", tmp_path / "b", "--format", "pdq", "--bank", "lists",
                          "--label", "from=test", "--source", "us", file)
    assert ours.to_dict() == theirs[0]
    assert (ours.added, ours.exists, sum(ours.refused.values()), ours.error) == (1, 1, 1, None)
    assert [(refusal.line, refusal.reason in ours.refused) for refusal in ours.refusals] == [(2, True)]
    assert (again.added, again.exists) == (0, 2)
    assert details.sources[0]["source"] == "us" and details.labels["from"] == "test"
    counted = refrain.inspect(file.read_bytes(), format="pdq")
    assert counted.to_dict() == command_line("import", "--dry-run", "--format", "pdq", file)[0]


def test_lists_that_are_none_are_refused(corpus, tmp_path):
    with pytest.raises(refrain.UnsupportedFormat):
        corpus.import_(b"\x00\x01\x02 nothing of that kind")
    with pytest.raises(refrain.InvalidArgument):
        corpus.import_(b"", format="sql")
    with pytest.raises(refrain.NotFound):
        corpus.import_(tmp_path / "none")
    with pytest.raises(refrain.InvalidArgument):
        corpus.import_("a\0b")
    with pytest.raises(refrain.TooLarge):
        corpus.import_(b"12345", limits=refrain.Limits(max_bytes=4))
    with pytest.raises(TypeError):
        corpus.import_(io.StringIO(CODE))
    folder = corpus.import_(tmp_path, format="pdq")
    assert isinstance(folder.error, refrain.Unreadable) and folder.added == 0


def test_a_bundle_moves_items(corpus, tmp_path):
    bundle = tmp_path / "bundle"
    subprocess.run([os.environ["REFRAIN_TEST_PROGRAM"], "fingerprint", "--out", bundle, BEAR], check=True, capture_output=True)
    with refrain.Corpus(tmp_path / "other", mode="create") as other:
        assert other.import_(bundle).added == 1
        assert other.find(COPY).matches[0].name == "bear.jpg"


@pytest.mark.parametrize("format", ["jsonl", "csv", "pdq", "vpdq", "digests", "records"])
def test_an_export_is_that_of_the_command_line(corpus, tmp_path, format):
    corpus.import_(CODE.encode(), format="pdq", bank="lists")
    done = subprocess.run([os.environ["REFRAIN_TEST_PROGRAM"], "export", "--corpus", tmp_path / "known", "--format", format],
                          check=True, capture_output=True)
    count = len(list(corpus.list()))
    out = io.BytesIO()
    told = corpus.export(out, format=format)
    assert out.getvalue() == done.stdout
    assert told.written + told.left_out == count and told.damaged == 0
    (tmp_path / "file").write_bytes(b"something old")
    assert corpus.export(tmp_path / "file", format=format) == told
    assert (tmp_path / "file").read_bytes() == done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "known"]


def test_an_export_is_of_what_a_filter_lets_through(corpus, tmp_path):
    for wanted in ({"banks": ["one"]}, {"labels": {"case": "1"}}, {"name": "b*"}, {"kind": "hash"}, {"until": 1.0}):
        out = io.BytesIO()
        told = corpus.export(out, format="jsonl", **wanted)
        items = [json.loads(line) for line in out.getvalue().splitlines()]
        assert sorted(item["id"] for item in items) == sorted(item.id for item in corpus.list(**wanted))
        assert told.written == len(items)


def test_a_bundle_goes_around(corpus, tmp_path):
    corpus.export(tmp_path / "bundle")
    with refrain.Corpus(tmp_path / "other", mode="create") as other:
        assert other.import_(tmp_path / "bundle").added == len(list(corpus.list()))
        assert [item.id for item in other.list()] == [item.id for item in corpus.list()]
        assert other.find(COPY).to_dict()["matches"] == corpus.find(COPY).to_dict()["matches"]


def test_an_export_that_fails_leaves_nothing(corpus, tmp_path):
    class Full(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise RuntimeError("mine")

    (tmp_path / "file").write_bytes(b"something old")
    with pytest.raises(refrain.UnknownBank):
        corpus.export(tmp_path / "file", banks=["three"])
    assert (tmp_path / "file").read_bytes() == b"something old"
    with pytest.raises(refrain.DiskFull):
        corpus.export("/dev/full")
    with pytest.raises(refrain.Unreadable):
        corpus.export(tmp_path / "no folder" / "file")
    with pytest.raises(RuntimeError, match="mine"):
        corpus.export(Full())
    for wrong in ({"format": "sql"}, {"kind": "film"}):
        with pytest.raises(refrain.InvalidArgument):
            corpus.export(io.BytesIO(), **wrong)
    for wrong in (io.StringIO(), 5):
        with pytest.raises(TypeError):
            corpus.export(wrong)
    with pytest.raises(refrain.InvalidArgument):
        corpus.export("a\0b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "known"]


def test_a_hash_list_finds_the_picture_that_it_lists(tmp_path):
    code = refrain.pdq(BEAR, hex=True)
    with refrain.Corpus(tmp_path / "lists", mode="create") as corpus:
        corpus.import_(f"{code.hash},{code.quality}\n".encode(), format="pdq")
        made = refrain.fingerprint(BEAR, purpose="query", exact=True)
        found = [corpus.find(medium, min_score=0) for medium in (BEAR, made)] + [*corpus.find_many([BEAR], min_score=0)]
    theirs = command_line("find", "--min-score", "0", "--corpus", tmp_path / "lists", BEAR)[0]
    assert len(theirs["matches"]) == 1
    assert [answer.to_dict()["matches"] for answer in found] == [theirs["matches"]] * 3


def test_an_explanation_is_that_of_the_command_line(corpus, tmp_path):
    found = corpus.find(COPY, explain=tmp_path / "why", reveal=True)
    assert found.explain_error is None and len(found.pictures) == len(found.matches) == 1
    picture = pathlib.Path(found.pictures[0])
    assert picture.parent == tmp_path / "why" and picture.read_bytes().startswith(b"\x89PNG")
    command_line("find", "--corpus", tmp_path / "known", "--explain", tmp_path / "theirs", "--reveal", COPY)
    for name in (picture.name, picture.with_suffix(".json").name):
        assert (tmp_path / "why" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()
    compared = refrain.compare(COPY, BEAR, explain=os.fsencode(tmp_path / "two"))
    assert pathlib.Path(compared.pictures[0]).read_bytes().startswith(b"\x89PNG")
    assert corpus.find(COPY).pictures == ()


def test_an_explanation_that_cannot_be_written_costs_no_answer(corpus, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for found in (corpus.find(COPY, explain=tmp_path / "file"), *corpus.find_many([COPY], explain=tmp_path / "file")):
        assert found.status == "match" and found.pictures == ()
        assert isinstance(found.explain_error, refrain.Error)
    for wrong in ({"reveal": True}, {"explain": ""}, {"explain": "a\0b"}):
        with pytest.raises(refrain.InvalidArgument):
            corpus.find(COPY, **wrong)
