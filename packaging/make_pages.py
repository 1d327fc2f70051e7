#!/usr/bin/env python3
"""Writes the manual pages and the shell completions of refrain from the help that the program prints.

    make_pages.py REFRAIN VERSION OUTPUT

REFRAIN is the built program. OUTPUT gets `refrain.1`, a `refrain-COMMAND.1` for each command, and
`refrain.bash`, `_refrain` (zsh) and `refrain.fish`. The pages are made by help2man.
"""

import re
import subprocess
import sys
from pathlib import Path

COMMAND_LINE = re.compile(r"^  ([a-z]+) +(.+)$")
OPTION_LINE = re.compile(r"^  (?:-\w,)?(--[a-z-]+)( VALUE| TEXT)?(?: \.\.\.)? *(.*)$")
FILE_OPTIONS = {"--list", "--corpus", "--explain", "--out", "--worker", "--keys", "--config"}


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout


def commands_of(program):
    """Pairs of a command and what it does, in the order of the help."""
    listed = help_of(program).split("Commands:\n", 1)[1].split("\n\n", 1)[0]
    return [COMMAND_LINE.match(line).groups() for line in listed.splitlines()]


def options_of(program, command):
    """Triples of an option, whether it takes a value, and what it does."""
    found = (OPTION_LINE.match(line) for line in help_of(program, command).splitlines())
    return [(m[1], m[2] is not None, m[3]) for m in found if m]


def manual_page(program, version, name, summary, words):
    page = subprocess.run(
        ["help2man", "--no-info", "--version-string", version, "--name", summary, " ".join([program, *words])],
        check=True, capture_output=True, text=True).stdout
    # help2man names a page after the program's file alone.
    page = re.sub(r"^\.TH \S+", f".TH {name.upper()}", page, count=1, flags=re.M)
    page = re.sub(r"^(\.SH NAME\n).*? \\-", lambda m: f"{m[1]}{name} \\-", page, count=1, flags=re.M)
    return page.replace(r"\fB\-h\fR,\-\-help", r"\fB\-h\fR, \fB\-\-help\fR")


def bash_completion(commands, options):
    cases = "".join(
        f"        {name}) words='{' '.join(option for option, _, _ in options[name])}' ;;\n" for name, _ in commands)
    return f"""# bash completion for refrain
_refrain() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W '{' '.join(name for name, _ in commands)} --help --version' -- "$word")
        return
    fi
    case $word in -*) ;; *) return ;; esac
    case ${{COMP_WORDS[1]}} in
{cases}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o default -o bashdefault -F _refrain refrain
"""


def zsh_quoted(text):
    return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def zsh_completion(commands, options):
    named = "\n".join(f"        '{name}:{zsh_quoted(summary)}'" for name, summary in commands)
    cases = []
    for name, _ in commands:
        specs = []
        for option, has_value, text in options[name]:
            value = (":file:_files" if option in FILE_OPTIONS else ":value: ") if has_value else ""
            specs.append(f"                '*{option}[{zsh_quoted(text)}]{value}'")
        cases.append(f"        {name}) _arguments \\\n" + " \\\n".join(specs) + " \\\n                '*:file:_files' ;;")
    return f"""#compdef refrain
_refrain() {{
    local -a commands
    commands=(
{named}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
{chr(10).join(cases)}
    esac
}}
_refrain "$@"
"""


def fish_quoted(text):
    return text.replace("\\", "\\\\").replace("'", "\\'")


def fish_completion(commands, options):
    lines = ["# fish completion for refrain"]
    for name, summary in commands:
        lines.append(f"complete -c refrain -n __fish_use_subcommand -f -a {name} -d '{fish_quoted(summary)}'")
    for name, _ in commands:
        for option, has_value, text in options[name]:
            value = " -r" if has_value else ""
            lines.append(f"complete -c refrain -n '__fish_seen_subcommand_from {name}' -l {option[2:]}{value}"
                         f" -d '{fish_quoted(text)}'")
    return "\n".join(lines) + "\n"


def main():
    program, version, output = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    output.mkdir(parents=True, exist_ok=True)
    commands = commands_of(program)
    options = {name: options_of(program, name) for name, _ in commands}
    pages = {"refrain": manual_page(program, version, "refrain", "recognise images and videos that were seen before", [])}
    for name, summary in commands:
        pages[f"refrain-{name}"] = manual_page(program, version, f"refrain-{name}", summary, [name])
    for name, page in pages.items():
        (output / f"{name}.1").write_text(page, encoding="utf-8")
    (output / "refrain.bash").write_text(bash_completion(commands, options), encoding="utf-8")
    (output / "_refrain").write_text(zsh_completion(commands, options), encoding="utf-8")
    (output / "refrain.fish").write_text(fish_completion(commands, options), encoding="utf-8")


if __name__ == "__main__":
    main()
