#!/usr/bin/env python3
"""Groups the near duplicates of a folder of pictures and films, and writes a page that shows them.

    duplicates_page.py FOLDER PAGE.html

Thumbnails of pictures lie inside the page (Pillow makes them); films are named.
"""

import base64
import html
import io
import pathlib
import sys
import tempfile

import PIL.Image

import refrain

SIDE = 200  # pixels of a thumbnail


def groups_of(paths):
    """Lists of two and more paths that show the same, the largest first."""
    leader = {path: path for path in paths}

    def find(path):
        while leader[path] != path:
            path = leader[path]
        return path

    with tempfile.TemporaryDirectory() as folder, refrain.Corpus(folder, mode="create") as corpus:
        made = {}
        for path, added in zip(paths, corpus.add_many(paths)):
            if added.error:
                print(f"{path}: {added.error}", file=sys.stderr)
            else:
                made.setdefault(added.id, path)
                leader[find(path)] = find(made[added.id])
        for path, found in zip(paths, corpus.find_many(paths)):
            for match in found:
                leader[find(made[match.id])] = find(path)
    groups = {}
    for path in paths:
        groups.setdefault(find(path), []).append(path)
    return sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)


def thumbnail(path):
    """An <img>, or the name alone."""
    name = html.escape(path.name)
    try:
        picture = PIL.Image.open(path).convert("RGB")
    except (OSError, PIL.Image.DecompressionBombError):
        return f"<p>{name}</p>"
    picture.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG")
    data = base64.b64encode(file.getvalue()).decode()
    return f'<figure><img src="data:image/jpeg;base64,{data}" alt=""><figcaption>{name}</figcaption></figure>'


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, page = map(pathlib.Path, sys.argv[1:])
    groups = groups_of([path for path in sorted(folder.rglob("*")) if path.is_file()])
    rows = "".join(f"<section>{''.join(map(thumbnail, group))}</section>\n" for group in groups)
    style = "section{display:flex;flex-wrap:wrap;border-top:1px solid #999}figure{margin:8px}"
    page.write_text(f'<!doctype html><meta charset="utf-8"><title>Near duplicates</title><style>{style}</style>\n'
                    f"<h1>{len(groups)} groups</h1>\n{rows}", encoding="utf-8")
    print(f"{len(groups)} groups")


if __name__ == "__main__":
    main()
