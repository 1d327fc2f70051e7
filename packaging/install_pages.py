#!/usr/bin/env python3
"""Installs what make_pages.py wrote: install_pages.py PAGES MANDIR DATADIR, folders below the prefix."""

import os
import shutil
import sys
from pathlib import Path


def main():
    pages, manual, data = (Path(word) for word in sys.argv[1:])
    prefix = Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"])
    places = [(page, manual / "man1" / page.name) for page in sorted(pages.glob("*.1"))]
    places += [
        (pages / "refrain.bash", data / "bash-completion/completions/refrain"),
        (pages / "_refrain", data / "zsh/site-functions/_refrain"),
        (pages / "refrain.fish", data / "fish/vendor_completions.d/refrain.fish"),
    ]
    for source, place in places:
        target = prefix / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)


if __name__ == "__main__":
    main()
