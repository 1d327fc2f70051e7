"""Codes of pictures: exact, whatever their layout is, and refusals of what is no picture."""

import csv
import io
import os
import pathlib
import pickle
import subprocess

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import refrain

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
RAW = pathlib.Path(os.environ["REFRAIN_TEST_SHARED"]) / "data/vectors/raw"
PHOTO = next(iter(sorted((SOURCE / "samples/media/known").glob("*.jpg"))))
# Coefficients at the median are decided by rounding; tests/conformance/pdq says which bits.
ROUNDED = {"s01", "s02", "s03", "s05", "s06", "s08", "s15", "s17", "s28", "s30"}


def picture(seed, height=70, width=90):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.skipif(not RAW.exists(), reason="SKIPPED: evaluation media not found")
def test_raw_vectors_are_exact():
    rows = list(csv.DictReader((RAW / "vectors.csv").open()))
    assert len(rows) == 44
    for row in rows:
        pixels = np.asarray(PIL.Image.open(RAW / row["file"]).convert("RGB"))
        if min(pixels.shape[:2]) < 5:
            with pytest.raises(refrain.InvalidArgument):
                refrain.pdq(pixels)
            continue
        made = refrain.pdq(pixels, hex=True)
        if row["file"][:3] not in ROUNDED:
            assert made.hash == row["hash"], row["file"]
        assert made.quality == int(row["quality"]), row["file"]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["C", "F"]),
    st.tuples(st.sampled_from([1, 2, -1, -3]), st.sampled_from([1, 2, -1]), st.sampled_from([1, -1])),
    st.booleans(),
)
def test_any_layout_is_as_its_copy(seed, order, steps, is_grey):
    made = np.asarray(picture(seed), order=order)[:: steps[0], :: steps[1], :: steps[2]]
    made = made[..., 1] if is_grey else made
    assert refrain.pdq(made) == refrain.pdq(np.ascontiguousarray(made))


def test_pil_pictures_and_arrays_agree():
    image = PIL.Image.fromarray(picture(1))
    assert refrain.pdq(image) == refrain.pdq(picture(1))
    grey = image.convert("L")
    assert refrain.pdq(grey) == refrain.pdq(grey.convert("RGB"))


def test_every_kind_of_file_has_the_code_of_the_command_line():
    done = subprocess.run(
        [os.environ["REFRAIN_TEST_PROGRAM"], "hash", "--format", "pdq", str(PHOTO)], check=True, capture_output=True, text=True
    )
    hexes, quality = done.stdout.split(",")[:2]
    expected = refrain.Pdq(bytes.fromhex(hexes), int(quality))
    data = PHOTO.read_bytes()
    for medium in (PHOTO, str(PHOTO), data, memoryview(data), io.BytesIO(data)):
        assert refrain.pdq(medium) == expected
    assert refrain.vpdq(PHOTO)[0].hash == expected.hash


def test_distance():
    zero, ones = bytes(32), b"\xff" * 32
    assert (refrain.hamming(zero, zero), refrain.hamming(zero, ones), refrain.hamming(zero.hex(), ones)) == (0, 256, 256)
    with pytest.raises(ValueError):
        refrain.hamming(b"short", zero)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((9, 9, 3), np.float32),
        np.zeros((9, 9, 3), np.int8),
        np.zeros((9, 9, 3), bool),
        np.zeros((9, 9, 3), "S1"),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros(9, np.uint8),
        np.zeros((0, 9, 3), np.uint8),
        np.zeros((4, 9), np.uint8),
        np.broadcast_to(np.uint8(1), (1 << 21, 9)),
    ],
)
def test_what_is_no_picture_is_refused(pixels):
    with pytest.raises((refrain.InvalidArgument, refrain.TooLarge)):
        refrain.pdq(pixels)


def test_an_array_over_the_limit_is_refused_before_it_is_copied():
    huge = np.broadcast_to(np.uint8(1), (1 << 20, 1 << 20))
    with pytest.raises(refrain.TooLarge):
        refrain.pdq(huge)
    with pytest.raises(refrain.TooLarge):
        refrain.pdq(picture(1), limits=refrain.Limits(max_pixels=70 * 90 - 1))
    assert refrain.pdq(picture(1), limits=refrain.Limits(max_pixels=70 * 90)) == refrain.pdq(picture(1))


def test_limits_are_values():
    limits = refrain.Limits(max_bytes=5)
    assert pickle.loads(pickle.dumps(limits)) == limits == eval(repr(limits), {"Limits": refrain.Limits})
    assert limits != refrain.Limits() and {limits: 1}[refrain.Limits(max_bytes=5)] == 1
    with pytest.raises(AttributeError):
        limits.max_bytes = 6
    for wrong in ({"max_bytes": -1}, {"max_side": 1 << 32}, {"max_duration": float("nan")}, {"max_frames": 1 << 60}):
        with pytest.raises(refrain.InvalidArgument):
            refrain.Limits(**wrong)


def test_points_are_those_of_the_record():
    made = refrain.fingerprint(PHOTO)
    points = made.points
    assert points.dtype.names == ("time", "x", "y", "size", "angle", "code") and points["code"].shape == (len(points), 32)
    assert len(points) > 50 and (points["time"] == 0).all()
    assert ((points["x"] >= 0) & (points["x"] <= 1) & (points["y"] >= 0) & (points["y"] <= 1)).all()
    assert (points["size"] >= 1).all() and ((points["angle"] >= 0) & (points["angle"] < 2 * np.pi)).all()
    again = refrain.Fingerprint.from_bytes(made.to_bytes())
    assert (again.points == points).all()
    assert len(np.unique(points["code"], axis=0)) > len(points) * 0.9
    assert refrain.fingerprint(PHOTO, purpose="exchange").points.shape == (0,)


def test_media_that_are_none_are_refused():
    with pytest.raises(FileNotFoundError):
        refrain.fingerprint("no such file")
    with pytest.raises(refrain.InvalidArgument):
        refrain.fingerprint("a\0b")
    with pytest.raises(TypeError):
        refrain.fingerprint(io.StringIO("text"))
    for none in (5, None, [1, 2], "text".__len__):
        with pytest.raises(TypeError):
            refrain.fingerprint(none)
    for none in (5, None, [[1, 2], [3, 4]]):
        with pytest.raises(TypeError):
            refrain.pdq(none)
    with pytest.raises(refrain.Empty):
        refrain.fingerprint(b"")
    with pytest.raises(refrain.UnsupportedFormat):
        refrain.fingerprint(b"this is no medium at all" * 9)
    with pytest.raises(refrain.TooLarge):
        refrain.fingerprint(PHOTO.read_bytes(), limits=refrain.Limits(max_bytes=9))
    with PHOTO.open("rb") as file:
        pass
    with pytest.raises(ValueError):
        refrain.fingerprint(file)


def test_a_fingerprint_survives_its_record():
    made = refrain.fingerprint(PHOTO)
    again = refrain.Fingerprint.from_bytes(made.to_bytes())
    assert made.codes.shape == (len(made.times), 32) and made.codes.dtype == np.uint8
    assert (again.codes == made.codes).all() and again.media == made.media
    with pytest.raises(refrain.Corrupt):
        refrain.Fingerprint.from_bytes(b"nonsense")
