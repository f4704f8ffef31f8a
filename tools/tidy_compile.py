"""Checks of the tidy test that call clang's tools: formatting, headers that stand alone, clang-tidy.

They look at what changed since they last passed: build/tidy/ holds a hash of each file that passed.
"""
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

WORKERS = os.cpu_count() or 2
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
COMPILE = ["clang++-19", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
           "-Wno-missing-field-initializers"]


def _run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, **options)


def _passed_before(tree, check):
    """The set of hashes that passed, and a function that keeps a new set."""
    store = tree.root / "build/tidy" / check
    before = set(store.read_text().split()) if store.exists() else set()

    def keep(hashes):
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_text("\n".join(sorted(hashes)) + "\n")

    return before, keep


def _hash(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _each(tree, check, items, look):
    """Runs `look(path)` over the (path, hash) items that have not passed; yields its findings."""
    before, keep = _passed_before(tree, check)
    waiting = [(path, digest) for path, digest in items if digest not in before]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda item: list(look(item[0])), waiting))
    failed = {digest for (_, digest), found in zip(waiting, results) if found}
    keep({digest for _, digest in items} - failed)
    for found in results:
        yield from found


def formatting(tree):
    """C++ is formatted as .clang-format says (`./mill format` does it)."""
    style = (tree.root / ".clang-format").read_text()

    def look(path):
        done = _run(["clang-format-19", "--dry-run", "-Werror", str(tree.root / path)])
        if done.returncode:
            line = re.search(r":(\d+):\d+: error", done.stderr)
            yield path, int(line.group(1)) if line else 1, "not formatted; ./mill format does it"

    items = [(path, _hash(style, path, text)) for path, text in tree.code()]
    yield from _each(tree, "formatted", items, look)


def _generated_folder(tree):
    """Where the headers made of the model files are; they are made here if no build has made them."""
    for build in ("release", "test", "fuzz"):
        folder = tree.root / "build" / build / "generated"
        if any(folder.glob("models/*.h")):
            return folder
    folder = tree.root / "build/tidy/generated"
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for model in sorted(tree.root.glob("models/*/*.model")):
        _run(["python3", str(tree.root / "tools/generate.py"), str(model), str(folder / "models" / model.stem)])
    return folder


def self_contained(tree):
    """A header compiles on its own, whatever was included before it."""
    if not shutil.which(COMPILE[0]):
        yield "tools/tidy_compile.py", 1, f"{COMPILE[0]} is not installed"
        return
    headers = dict(tree.headers())
    generated = _generated_folder(tree)

    @functools.cache
    def reached(path):
        """The project's headers that a header includes, directly or not."""
        found = {path}
        for name in INCLUDE.findall(headers.get(path, "")):
            nearby = (pathlib.Path(path).parent / name).as_posix()
            for candidate in (f"src/{name}", nearby):
                if candidate in headers and candidate not in found:
                    found |= reached(candidate)
        return found

    paths = [f"-I{folder}" for folder in (tree.root / "src", generated, tree.root / "bench", tree.root / "tests", tree.root)]

    def look(path):
        done = _run([*COMPILE, *paths, "-include", str(tree.root / path), "-x", "c++", os.devnull])
        if done.returncode:
            first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])
            yield path, 1, f"does not stand alone: {first}"

    items = [(path, _hash(*(headers[name] for name in sorted(reached(path))))) for path in sorted(headers)]
    yield from _each(tree, "self_contained", items, look)


def clang_tidy(tree):
    """clang-tidy with the checks of .clang-tidy; needs the compile commands of build/release."""
    commands = tree.root / "build/release"
    if not (commands / "compile_commands.json").exists():
        yield ".clang-tidy", 1, "./mill build first: clang-tidy reads build/release/compile_commands.json"
        return

    def look(path):
        # The precompiled header belongs to another compiler front end run; clang-tidy does without.
        done = _run(["clang-tidy-19", "--quiet", "-p", str(commands), str(tree.root / path)])
        for match in re.finditer(r"^(\S+?):(\d+):\d+: (?:error|warning): (.*)$", done.stdout, re.M):
            found = pathlib.Path(match.group(1))
            name = found.relative_to(tree.root).as_posix() if found.is_relative_to(tree.root) else str(found)
            yield name, int(match.group(2)), match.group(3)

    compiled = (commands / "compile_commands.json").read_text()
    items = [(path, _hash(path, text)) for path, text in tree.code() if path.endswith(".cc") and path in compiled]
    yield from _each(tree, "clang_tidy", items, look)
