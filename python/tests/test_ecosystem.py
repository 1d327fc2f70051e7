"""What the package does beside others: types for mypy, log lines for `logging`, a signal type for python-threatexchange."""

import importlib.util
import io
import logging
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import refrain

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
MEDIA = SOURCE / "samples/media"
BEAR, COPY = MEDIA / "known/bear.jpg", MEDIA / "edited/bear-half-quality40.jpg"
OTHER = sorted((MEDIA / "unrelated").glob("*.jpg"))[0]

if importlib.util.find_spec("threatexchange") is None:
    sys.path.append(str(pathlib.Path(__file__).parent / "stand_in"))


@pytest.fixture(scope="module")
def signals():
    from refrain.threatexchange import RefrainSignal

    return {path: RefrainSignal.hash_from_file(path) for path in (BEAR, COPY, OTHER)}


def test_importing_refrain_imports_no_one_elses_package():
    names = "{name.split('.')[0] for name in sys.modules}"
    text = f"import sys, refrain; print({names} & {{'threatexchange', 'numpy', 'pandas', 'PIL'}})"
    asked = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120)
    assert asked.stdout.strip() == "set()", asked.stderr


def test_a_signal_is_that_of_the_bytes_and_compares(signals):
    from refrain.threatexchange import RefrainSignal

    assert RefrainSignal.hash_from_bytes(BEAR.read_bytes()) == signals[BEAR]
    assert RefrainSignal.validate_signal_str(" " + signals[BEAR] + "\n") == signals[BEAR]
    alike, info = RefrainSignal.compare_hash(signals[BEAR], signals[COPY])
    assert alike and info.score > 6 and info.pretty_str().startswith("score=")
    assert RefrainSignal.compare_hash(signals[BEAR], signals[OTHER])[0] is False
    assert {made.__name__ for made in RefrainSignal.get_content_types()} == {"PhotoContent", "VideoContent"}


@pytest.mark.parametrize("text", ["", "no base 64!", "QUJD", "é"])
def test_what_is_no_signal_is_a_value_error(text):
    from refrain.threatexchange import RefrainSignal

    with pytest.raises(ValueError):
        RefrainSignal.validate_signal_str(text)


def test_an_index_finds_every_entry_and_survives_its_serialization(signals):
    from refrain.threatexchange import RefrainSignal

    made = RefrainSignal.get_index_cls().build([(signals[BEAR], "one"), (signals[OTHER], "other")])
    made.add(signals[BEAR], "two")
    file = io.BytesIO()
    made.serialize(file)
    file.seek(0)
    for index in (made, type(made).deserialize(file)):
        found = index.query(signals[COPY])
        assert sorted(match.metadata for match in found) == ["one", "two"]
        assert found[0].similarity_info.score > 6
        assert len(index) == 3


def test_the_librarys_log_goes_to_logging(tmp_path, caplog):
    with refrain.Corpus(tmp_path / "corpus", mode="create") as corpus:
        corpus.add(BEAR)
    (tmp_path / "corpus" / "frames.idx").unlink(missing_ok=True)
    for file in (tmp_path / "corpus").glob("*.snapshot"):
        file.write_bytes(b"damaged")
    with caplog.at_level(logging.DEBUG, logger="refrain"):
        with refrain.Corpus(tmp_path / "corpus") as corpus:
            assert corpus.find(COPY).status == "match"
    assert {record.name for record in caplog.records} <= {"refrain"}
    assert any(record.levelno >= logging.INFO for record in caplog.records), caplog.records


def test_the_types_hold():
    if not shutil.which("mypy"):
        pytest.skip("there is no mypy")
    checked = subprocess.run(
        ["mypy", "--strict", "--cache-dir", os.devnull, str(SOURCE / "python/refrain")],
        capture_output=True, text=True, timeout=300)
    assert checked.returncode == 0, checked.stdout
