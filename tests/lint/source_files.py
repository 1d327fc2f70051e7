"""The files of the source tree that the checks look at."""

import pathlib
import subprocess

BUILD_MARK = "meson-info"
TEXT_SUFFIXES = {".h", ".cpp", ".py", ".sh", ".md", ".txt", ".build", ".json", ".in", ".yml", ".supp", ".csv"}


def source_files(root):
    """Tracked and not yet tracked files, without ignored ones; without git, all but build folders."""
    root = pathlib.Path(root)
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    ) if (root / ".git").exists() else None
    if listing is not None and listing.returncode == 0:
        names = [name for name in listing.stdout.decode("utf-8", "surrogateescape").split("\0") if name]
        return sorted(path for path in (root / name for name in names) if path.is_file())
    return sorted(path for path in root.rglob("*") if path.is_file() and not in_build_folder(root, path))


def in_build_folder(root, path):
    for parent in path.relative_to(root).parents:
        folder = root / parent
        if folder != root and ((folder / BUILD_MARK).is_dir() or folder.name == ".git"):
            return True
    return False


def code_files(root):
    return [path for path in source_files(root) if path.suffix in (".h", ".cpp")]


def text_files(root):
    def is_text(path):
        if "media" in path.relative_to(root).parts[:-1] and path.suffix not in (".md", ".h", ".cpp", ".build"):
            return False
        return path.suffix in TEXT_SUFFIXES or (path.suffix == "" and not looks_binary(path))

    return [path for path in source_files(root) if is_text(path)]


def looks_binary(path):
    with path.open("rb") as file:
        return b"\0" in file.read(4096)
