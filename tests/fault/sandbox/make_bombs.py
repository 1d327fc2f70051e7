#!/usr/bin/env python3
"""Small files that ask for enormous work: absurd sides, counts, durations, nesting, metadata, tracks and parts.

    make_bombs.py SEEDS FOLDER [SEED]

SEEDS holds small good media that some bombs are made of (tests/fuzz/seeds/media). `bombs.py` tries each.
"""

import pathlib
import random
import struct
import sys
import zlib


def deflated_zeros(megabytes):
    """So many MiB of zeros as zlib has them; the same small block again and again, so that it is made at once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler = (megabytes << 20) % 65521 << 16 | 1
    return b"\x78\x9c" + block * megabytes + b"\x03\0" + struct.pack(">I", adler)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, color, data, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_text_bomb():
    text = chunk(b"zTXt", b"Comment\0\0" + deflated_zeros(100))
    profile = chunk(b"iCCP", b"p\0\0" + deflated_zeros(100))
    return png(1, 1, 8, 0, zlib.compress(b"\0\0"), profile + text * 10)


def apng(frames):
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    first = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 1, 0, 0))
    return png(8, 8, 8, 0, zlib.compress(bytes(72)), control + first)


def apng_of_real_frames(frames):
    """Each with its own few bytes."""
    def control(number):
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, 8, 8, 0, 0, 1, 100, 0, 0))
    picture = zlib.compress(bytes(72))
    body = chunk(b"acTL", struct.pack(">II", frames, 0)) + control(0)
    rest = b"".join(control(2 * i - 1) + chunk(b"fdAT", struct.pack(">I", 2 * i) + picture) for i in range(1, frames))
    whole = png(8, 8, 8, 0, picture, body)
    return whole[:-12] + rest + whole[-12:]


def gif(width, height, frames):
    one = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + one * frames + b";"


def tiff(entries, next_directory=0):
    """One directory at byte 8. Entry: tag, type, count, value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", next_directory)


def tiff_sized(width, height, strip_bytes, next_directory=0):
    return tiff([(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
                 (273, 4, 1, 0), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, strip_bytes)], next_directory)


def tiff_pages(count):
    """A chain of directories, all showing the same few bytes."""
    size = 2 + 9 * 12 + 4
    pages = b""
    for number in range(count):
        follows = 8 + (number + 1) * size if number + 1 < count else 0
        pages += tiff_sized(4, 4, 16, follows)[8:]
    return b"II*\0" + struct.pack("<I", 8) + pages


def webp_canvas():
    header = b"VP8X" + struct.pack("<IB3x", 10, 0x02) + b"\xff\xff\xff" * 2
    control = b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    body = b"WEBP" + header + control
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_frames(seed, count, side):
    """An animation of so many copies of the seed's only picture, on a large canvas."""
    def part(kind, body):
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    picture = seed[12:]  # behind RIFF, size, WEBP
    place = bytes(6) + b"\x1f\0\0" + b"\x17\0\0" + b"\x0a\0\0" + b"\0"
    canvas = part(b"VP8X", b"\x02\0\0\0" + struct.pack("<I", side - 1)[:3] * 2)
    body = b"WEBP" + canvas + part(b"ANIM", bytes(6)) + part(b"ANMF", place + picture) * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jxl(width, height):
    """A bare codestream: a bit that says no small size, the height as a choice of two bits and a number of 30, no
    ratio in three bits, then the width as the height."""
    bits = 3 << 1 | (height - 1) << 3 | 3 << 36 | (width - 1) << 38
    return b"\xff\x0a" + bits.to_bytes(12, "little") + bytes(64)


def box(kind, body):
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind, version, body):
    return box(kind, struct.pack(">I", version << 24) + body)


class HeifSeed:
    """The one coded picture of a small HEIC or AVIF, its configuration and its size."""

    def __init__(self, data, configuration, item, width, height):
        at = data.index(configuration) - 4
        self.configuration = data[at:at + struct.unpack(">I", data[at:at + 4])[0]]
        self.item, self.width, self.height = item, width, height
        self.data = data[data.index(b"mdat") + 4:]


def heif_grid(seed, columns, rows, parts=None):
    """A picture put together of tiles, which are all the same one. `parts`: the items instead, 2 being the grid."""
    def ispe(width, height):
        return full_box(b"ispe", 0, struct.pack(">II", width, height))
    width, height = columns * seed.width, rows * seed.height
    grid = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    names = [full_box(b"infe", 2, struct.pack(">HH", 1, 0) + seed.item + b"\0"),
             full_box(b"infe", 2, struct.pack(">HH", 2, 0) + b"grid\0")]
    properties = box(b"ipco", seed.configuration + ispe(seed.width, seed.height) + ispe(width, height))
    uses = full_box(b"ipma", 0, struct.pack(">IHBBBHBB", 2, 1, 2, 0x81, 2, 2, 1, 3))
    parts = [1] * (columns * rows) if parts is None else parts
    reference = box(b"dimg", struct.pack(f">HH{len(parts)}H", 2, len(parts), *parts))

    def meta(offset):
        places = struct.pack(">BBH", 0x44, 0, 2)
        places += struct.pack(">HHHHII", 1, 0, 0, 1, offset, len(seed.data))
        places += struct.pack(">HHHHII", 2, 1, 0, 1, 0, len(grid))
        return full_box(b"meta", 0, full_box(b"hdlr", 0, bytes(4) + b"pict" + bytes(13))
                        + full_box(b"pitm", 0, struct.pack(">H", 2)) + box(b"idat", grid)
                        + full_box(b"iloc", 1, places)
                        + full_box(b"iinf", 0, struct.pack(">H", 2) + b"".join(names))
                        + box(b"iprp", properties + uses) + full_box(b"iref", 0, reference))

    brand = b"avif" if seed.item == b"av01" else b"heic"
    start = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
    return start + meta(len(start) + len(meta(0)) + 8) + box(b"mdat", seed.data)


def nested_boxes(depth):
    body = b""
    for _ in range(depth):
        body = box(b"udta", body)
    return box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", body)


def nested_master_elements(depth):
    """Matroska: tags within tags, each of unknown size."""
    header = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska"
    return header + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + b"\x67\xc8\x01\xff\xff\xff\xff\xff\xff\xff" * depth


def element(number, body):
    """Of EBML, its length in eight bytes."""
    return number + struct.pack(">Q", len(body) | 1 << 56) + body


def matroska_with(seed, extra):
    """The seed with elements before its first cluster."""
    at = seed.index(b"\x1f\x43\xb6\x75")
    whole = seed[:at] + extra + seed[at:]
    size = whole.index(b"\x18\x53\x80\x67") + 4
    return whole[:size] + b"\x01" + b"\xff" * 7 + whole[size + 8:]


def matroska_attachments(seed, picture, count):
    one = element(b"\x61\xa7", element(b"\x46\x6e", b"a.jpg") + element(b"\x46\x60", b"image/jpeg")
                  + element(b"\x46\x5c", picture) + element(b"\x46\xae", b"\x01"))
    return matroska_with(seed, element(b"\x19\x41\xa4\x69", one * count))


def matroska_tags(seed, count):
    one = element(b"\x67\xc8", element(b"\x45\xa3", b"NAME") + element(b"\x44\x87", b"value" * 8))
    return matroska_with(seed, element(b"\x12\x54\xc3\x67", element(b"\x73\x73", one * count)))


def matroska_tracks(count):
    header = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska"
    tracks = b"".join(element(b"\xae", element(b"\xd7", struct.pack(">I", i)) + element(b"\x73\xc5", struct.pack(">I", i))
                              + element(b"\x83", b"\x01") + element(b"\x86", b"V_MPEG4/ISO/AVC")
                              + element(b"\xe0", element(b"\xb0", b"\xff\xff") + element(b"\xba", b"\xff\xff")))
                      for i in range(1, count + 1))
    return header + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + element(b"\x16\x54\xae\x6b", tracks)


def covers(film, picture, count):
    """A film with so many cover pictures in its metadata."""
    data = box(b"data", struct.pack(">II", 13, 0) + picture)
    lists = box(b"ilst", box(b"covr", data * count))
    meta = full_box(b"meta", 0, full_box(b"hdlr", 0, bytes(4) + b"mdirappl" + bytes(9)) + lists)
    extra = box(b"udta", meta)
    at = film.index(b"moov") - 4
    size = struct.unpack(">I", film[at:at + 4])[0]
    # Behind everything, so that the offsets of samples stay right.
    moov = film[at:at + size] + extra
    moov = struct.pack(">I", len(moov)) + moov[4:]
    return film[:at] + box(b"free", film[at + 8:at + size]) + film[at + size:] + moov


def many_tracks(count):
    track = box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", box(b"hdlr", bytes(8) + b"vide" + bytes(13))))
    return box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", track * count)


def patched(data, marker, offset, value):
    at = data.index(marker) + offset
    return data[:at] + value + data[at + len(value):]


def bombs(seeds):
    """Name -> bytes."""
    def seed(kind):
        return (seeds / f"pattern.{kind}").read_bytes()

    most = b"\xff\xff\xff\xff"
    film = seed("mp4")
    heic = HeifSeed(seed("heic"), b"hvcC", b"hvc1", 64, 64)
    avif = HeifSeed(seed("avif"), b"av1C", b"av01", 32, 24)
    return {
        "sides_60000.png": png(60000, 60000, 1, 0, deflated_zeros(430)),
        "sides_12000.png": png(12000, 12000, 8, 0, deflated_zeros(138)),
        "rgba16_6000.png": png(6000, 6000, 16, 6, deflated_zeros(275)),
        "sides_2_31.png": png(2**31 - 1, 2**31 - 1, 8, 6, zlib.compress(bytes(1 << 20))),
        "metadata_1_GiB.png": png_text_bomb(),
        "frames_2_31.png": apng(2**31 - 1),
        "sides_65535.gif": gif(65535, 65535, 1),
        "frames_20000_of_1000x1000.gif": gif(1000, 1000, 20000),
        "sides_2_31.tiff": tiff_sized(2**31 - 1, 2**31 - 1, 2**32 - 1),
        "sides_12000.tiff": tiff_sized(12000, 12000, 2**32 - 1),
        "pages_in_a_ring.tiff": tiff_sized(4, 4, 16, 8),
        "pages_20000.tiff": tiff_pages(20000),
        "canvas_2_24.webp": webp_canvas(),
        "sides_2_30.jxl": jxl(2**30, 2**30),
        "sides_12000.jxl": jxl(12000, 12000),
        "sides_2_31.heic": patched(seed("heic"), b"ispe", 8, b"\x7f\xff\xff\xff" * 2),
        "sides_2_31.avif": patched(seed("avif"), b"ispe", 8, b"\x7f\xff\xff\xff" * 2),
        "items_65535.heic": patched(seed("heic"), b"iinf", 8, b"\xff\xff"),
        "duration_2_32.mp4": patched(patched(film, b"mvhd", 20, most), b"mdhd", 20, most),
        "samples_2_32.mp4": patched(film, b"stsz", 12, most),
        "one_size_for_2_32_samples.mp4": patched(film, b"stsz", 8, b"\0\0\0\1" + most),
        "times_2_32.mp4": patched(film, b"stts", 12, most),
        "edits_2_32.mp4": patched(film, b"elst", 8, most),
        "sides_65535.mp4": patched(film, b"avc1", 28, b"\xff\xff\xff\xff") if b"avc1" in film else
                           patched(film, b"tkhd", 80, b"\xff\xff\0\0" * 2),
        "boxes_100000_deep.mp4": nested_boxes(100000),
        "tracks_20000.mp4": many_tracks(20000),
        "duration_1e18.mkv": patched(seed("mkv"), b"\x44\x89\x88", 3, struct.pack(">d", 1e18)),
        "frames_20000_of_its_own.png": apng_of_real_frames(20000),
        "frames_3000_of_4000x4000.webp": webp_frames(seed("webp"), 3000, 4000),
        "samples_65535_a_pixel.tiff": tiff([(256, 4, 1, 1000), (257, 4, 1, 1000), (258, 3, 1, 8), (259, 3, 1, 1),
                                            (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 65535), (278, 4, 1, 1000),
                                            (279, 4, 1, 2**32 - 1)]),
        "strips_2_32.tiff": tiff([(256, 4, 1, 1000), (257, 4, 1, 1000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
                                  (273, 4, 2**32 - 1, 8), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, 2**32 - 1, 8)]),
        "tiles_65025.heic": heif_grid(heic, 255, 255),
        "tiles_10000.heic": heif_grid(heic, 100, 100),
        "tiles_65025.avif": heif_grid(avif, 255, 255),
        "tiles_22500.avif": heif_grid(avif, 150, 150),
        "grid_of_itself.heic": heif_grid(heic, 1, 1, [2]),
        "grid_of_itself_65025_times.heic": heif_grid(heic, 255, 255, [2] * 65025),
        "covers_2000.mp4": covers(film, seed("jpg"), 2000),
        "attachments_2000.mkv": matroska_attachments(seed("mkv"), seed("jpg"), 2000),
        "tags_100000.mkv": matroska_tags(seed("mkv"), 100000),
        "tracks_5000_of_65535.mkv": matroska_tracks(5000),
        "elements_100000_deep.mkv": nested_master_elements(100000),
    }


# Where containers say how large, how many or how long: the name of a box or field, and how far behind it.
FIELDS = {
    "mp4": [(b"mvhd", 16, 24), (b"tkhd", 20, 28), (b"tkhd", 80, 88), (b"mdhd", 16, 24), (b"stsz", 8, 16), (b"stts", 8, 20),
            (b"stsc", 8, 24), (b"stco", 8, 16), (b"stsd", 8, 16), (b"elst", 8, 24), (b"avcC", 0, 12), (b"dref", 8, 16)],
    "heic": [(b"ispe", 8, 16), (b"iloc", 4, 40), (b"iinf", 8, 30), (b"ipma", 8, 24), (b"dimg", 4, 12), (b"hvcC", 4, 40)],
    "avif": [(b"ispe", 8, 16), (b"iloc", 4, 30), (b"iinf", 8, 30), (b"ipma", 8, 20), (b"av1C", 4, 8)],
    "png": [(b"IHDR", 4, 17), (b"IDAT", -4, 0)],
    "gif": [(b"GIF89a", 6, 13), (b"\x21\xf9", 0, 8)],
    "tiff": [(b"II*\0", 4, 8), (b"\x00\x01", 0, 12), (b"\x01\x01", 0, 12), (b"\x11\x01", 0, 12), (b"\x17\x01", 0, 12)],
    "webp": [(b"RIFF", 4, 8), (b"VP8 ", 4, 14)],
    "jxl": [(b"JXL ", -4, 8), (b"jxlc", -4, 12)],
    "mkv": [(b"\x16\x54\xae\x6b", 4, 30), (b"\x15\x49\xa9\x66", 4, 30), (b"\xe0", 1, 12), (b"\x1f\x43\xb6\x75", 4, 20),
            (b"\x1c\x53\xbb\x6b", 4, 20)],
}


def random_bombs(seeds, seed, count):
    """Good media in which one to three of those fields say something absurd."""
    rng = random.Random(seed)
    made = {}
    for number in range(count):
        kind = sorted(FIELDS)[number % len(FIELDS)]
        data = (seeds / f"pattern.{kind}").read_bytes()
        fields = [field for field in FIELDS[kind] if field[0] in data]
        for marker, first, behind in rng.choices(fields, k=rng.randint(1, 3)) if fields else []:
            value = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff", b"\x7f\xff", b"\xff",
                                struct.pack(">I", rng.getrandbits(32)), struct.pack("<I", rng.getrandbits(32))])
            if marker in data:  # the field before may have hit it
                data = patched(data, marker, rng.randrange(first, behind), value)
        made[f"random_{number}.{kind}"] = data
    return made


def main():
    if len(sys.argv) not in (3, 4):
        sys.stderr.write(__doc__)
        return 2
    seeds, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    made = bombs(seeds) | random_bombs(seeds, int(sys.argv[3]) if len(sys.argv) == 4 else 15, 90)
    for name, data in made.items():
        (folder / name).write_bytes(data)
    print(f"{len(made)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
