#!/usr/bin/env python3
"""The tidy test: what the project's style says, checked. `./mill tidy`, and the first tier of `./mill test`.

Each check is a function that takes a Tree and yields findings; CHECKS is the list. What they forbid is data in
tidy_rules.py and layers.txt.
"""
import argparse
import os
import pathlib
import re
import sys
import unittest

import tidy_compile
import tidy_rules as rules

CODE_FOLDERS = ("src", "bench", "tests")
TEXT_FOLDERS = CODE_FOLDERS + ("tools", "models", "cmake", "docs", ".ci")
TEXT_SUFFIXES = {".h", ".cc", ".py", ".sh", ".cmake", ".txt", ".md", ".model", ".js", ".mjs", ".json", ".toml", ""}
# Recorded or generated content, whose form is not ours to choose.
VERBATIM = re.compile(r"(^|/)(node_modules|__pycache__|corpus|v\d+)/|package-lock\.json$|\.(svg|golden)$")
TEST_FILE = re.compile(r"_(test|fuzz|bench)\.cc$|_test_\w+\.(h|cc)$|/testing/|/test_\w+\.(h|cc)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


class Tree:
    """The files under a root, read once. Paths are relative, with forward slashes."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.text = {}
        for path in self._paths():
            data = (self.root / path).read_bytes()
            if b"\0" not in data:
                self.text[path] = data.decode(errors="replace")
        self.layers = read_layers((self.root / "tools/layers.txt").read_text())

    def _paths(self):
        for folder in TEXT_FOLDERS:
            for parent, _, names in os.walk(self.root / folder):
                for name in names:
                    path = (pathlib.Path(parent) / name).relative_to(self.root).as_posix()
                    if pathlib.Path(name).suffix in TEXT_SUFFIXES and not VERBATIM.search(path):
                        yield path
        for path in self.root.iterdir():
            if path.is_file() and path.suffix in TEXT_SUFFIXES and not path.name.startswith(".git"):
                yield path.name

    def code(self, *folders):
        """The C++ files in these folders (all of them by default), with their text."""
        folders = tuple(f"{folder}/" for folder in folders or CODE_FOLDERS)
        return [(path, text) for path, text in sorted(self.text.items())
                if path.startswith(folders) and path.endswith((".h", ".cc"))]

    def headers(self):
        return [(path, text) for path, text in self.code() if path.endswith(".h")]


def read_layers(text):
    """Gives {folder: set of folders that it may include}, from tools/layers.txt."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    layer = {row[0]: int(row[1]) for row in rows}
    allowed = {}
    for folder, own, *targets in rows:
        allowed[folder] = {folder}
        for target in targets:
            if target.endswith("-"):
                allowed[folder] |= {name for name, number in layer.items() if number <= int(target[:-1])}
            elif target in layer:
                allowed[folder].add(target)
            else:
                raise SystemExit(f"tools/layers.txt: {folder} may include \"{target}\", which has no row")
        too_high = {name for name in allowed[folder] - {folder} if layer[name] >= int(own)}
        if too_high:
            raise SystemExit(f"tools/layers.txt: {folder} (layer {own}) may not include {', '.join(sorted(too_high))}")
    return allowed


def without_comments(text, strings=False):
    """The code with comments blanked, and the content of strings too when `strings`; line numbers stay."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return re.sub(r"[^\n]", " ", token)
        if strings and token[0] in "\"R":
            return '"' + re.sub(r"[^\n]", " ", token[1:-1]) + '"'
        return token
    pattern = (r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
               r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'")
    return re.sub(pattern, blank, text, flags=re.S)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def layers(tree):
    """Each folder of src/ includes only what tools/layers.txt allows."""
    for path, text in tree.code("src"):
        folder = path.split("/")[1]
        if folder not in tree.layers:
            yield path, 1, f"the folder {folder}/ has no row in tools/layers.txt"
            continue
        allowed = tree.layers[folder] | ({"models"} if TEST_FILE.search(path) else set())
        for match in INCLUDE.finditer(without_comments(text)):
            name, line = match.group(1), line_of(text, match.start(1))
            target = name.split("/")[0]
            if "/" not in name or target not in tree.layers:
                yield path, line, f"\"{name}\" is not a path from src/"
            elif target not in allowed:
                yield path, line, f"{folder}/ may not include {target}/ (tools/layers.txt)"


def sizes(tree):
    """No source file is longer than it can be understood as one idea."""
    for path, text in sorted(tree.text.items()):
        lines = text.count("\n")
        if lines > rules.FILE_LINES_MAX and not path.endswith((".md", ".json")):
            yield path, lines, f"{lines} lines; split it before {rules.FILE_LINES_MAX}"


def bans(tree):
    """What must go through env/, and what the project does without."""
    for path, text in tree.code():
        code = without_comments(text, strings=True)
        includes = without_comments(text)
        for ban in rules.BANS:
            exempt = TEST_FILE.search(path) and not ban.in_tests or path.startswith(ban.allowed)
            if exempt or not (path.startswith("src/") or ban.everywhere):
                continue
            searched = includes if "include" in ban.pattern else code
            for match in ban.regex.finditer(searched):
                what = f"{ban.name}: `{match.group(0).strip()}`; instead: {ban.instead}"
                yield path, line_of(text, match.start()), what


def header_form(tree):
    """A header opens with a comment that says what it is, then #pragma once; it defines no macros."""
    for path, text in tree.headers():
        if not text.startswith("//"):
            yield path, 1, "a header opens with a comment: what it is, who owns it, which core, how it fails"
        after = re.sub(r"\A(//[^\n]*\n)+", "", text)
        if not after.startswith("#pragma once\n"):
            yield path, 1, "#pragma once follows the opening comment"
        if path.startswith("src/") and path not in rules.HEADERS_WITH_MACROS:
            for match in re.finditer(r"^\s*#\s*define\b", without_comments(text), re.M):
                yield path, line_of(text, match.start()), "a header defines no macros"


def dead_headers(tree):
    """Each header of src/ is included by something beside its own .cc and test."""
    included_by = {}
    for path, text in tree.code():
        for name in INCLUDE.findall(text):
            included_by.setdefault(f"src/{name}", set()).add(path)
    for path, text in tree.text.items():
        if path.startswith("tools/") and path.endswith(".py"):  # generated code includes what its generator names
            for name in re.findall(r'[\w/]+\.h\b', text):
                included_by.setdefault(f"src/{name}", set()).add(path)
    for path, _ in tree.headers():
        stem = path[:-2]
        own = {stem + end for end in (".cc", "_test.cc", "_fuzz.cc", "_bench.cc")}
        if path.startswith("src/") and not included_by.get(path, set()) - own:
            yield path, 1, "nothing includes this header but its own .cc and tests"


def white_space(tree):
    """Spaces, not tabs; none at the end of a line; one newline at the end of a file; lines that fit."""
    for path, text in sorted(tree.text.items()):
        if text and not text.endswith("\n") or text.endswith("\n\n"):
            yield path, text.count("\n") + 1, "a file ends with one newline"
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                yield path, number, "a tab"
            if line != line.rstrip():
                yield path, number, "spaces at the end of the line"
            # What clang-format lays out it also keeps within the limit; comments and Python are ours to keep.
            ours = path.endswith(".py") or path.endswith((".h", ".cc")) and line.lstrip().startswith("//")
            if ours and "://" not in line and len(line) > rules.LINE_COLUMNS_MAX:
                yield path, number, f"{len(line)} columns; {rules.LINE_COLUMNS_MAX} at most"


def open_ends(tree):
    """What is left open names the issue where it will be closed."""
    for path, text in tree.code():
        for match in rules.OPEN_END.finditer(text):
            yield path, line_of(text, match.start()), f"{match.group(0)} without \"(issue N)\""


# Those that only read; then those that call the compiler's tools.
CHECKS = (layers, sizes, bans, header_form, dead_headers, white_space, open_ends)
TOOL_CHECKS = (tidy_compile.formatting, tidy_compile.self_contained)


def report(check, tree):
    """Prints a check's findings and gives their number."""
    findings = list(check(tree))
    for path, line, what in findings:
        print(f"{path}:{line}: {what}  [{check.__name__}]")
    return len(findings)


def notes(tree):
    for path, text in sorted(tree.text.items()):
        lines = text.count("\n")
        if lines > rules.FILE_LINES_LOOK_AGAIN and path.endswith((".h", ".cc", ".py")):
            print(f"note: {path} has {lines} lines: is it still one idea?")


def main():
    parser = argparse.ArgumentParser(prog="./mill tidy")
    parser.add_argument("--deep", action="store_true", help="clang-tidy over every source file as well (minutes)")
    parser.add_argument("--test", action="store_true", help="the checks' own tests as well; ends with a count")
    options = parser.parse_args()
    tree = Tree(pathlib.Path(__file__).resolve().parents[1])
    checks = CHECKS + TOOL_CHECKS + ((tidy_compile.clang_tidy,) if options.deep else ())
    failed = sum(report(check, tree) > 0 for check in checks)
    passed = len(checks) - failed
    notes(tree)
    if options.test:
        suite = unittest.defaultTestLoader.loadTestsFromName("tidy_test")
        result = unittest.TextTestRunner(sys.stdout, verbosity=1).run(suite)
        broken = len(result.failures) + len(result.errors)
        passed, failed = passed + result.testsRun - broken, failed + broken
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
