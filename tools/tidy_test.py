"""Tests of the tidy test: a tree with one violation of each rule, and the finding that it must give."""
import pathlib
import shutil
import tempfile
import unittest

import tidy
import tidy_compile

LAYERS = "# a comment\nbase 0\nenv 1 base\nlog 2 env base\nserver 6 2-\n"
HEADER = "// A thing.\n#pragma once\n"


def tree_of(files):
    """A Tree of {path: text}, in a folder that goes with the tests."""
    root = tempfile.mkdtemp()
    unittest.addModuleCleanup(shutil.rmtree, root)
    style = (pathlib.Path(__file__).parents[1] / ".clang-format").read_text()
    for path, text in {"tools/layers.txt": LAYERS, ".clang-format": style, **files}.items():
        place = pathlib.Path(root) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tidy.Tree(root)


def found(check, files):
    return [(path, line) for path, line, _ in check(tree_of(files))]


class Layers(unittest.TestCase):
    def test_lower_layers_may_be_included(self):
        self.assertEqual(found(tidy.layers, {"src/log/a.cc": '#include "log/a.h"\n#include "base/b.h"\n'}), [])

    def test_higher_layer(self):
        self.assertEqual(found(tidy.layers, {"src/base/a.h": HEADER + '#include "env/file.h"\n'}), [("src/base/a.h", 3)])

    def test_number_stands_for_all_below(self):
        self.assertEqual(found(tidy.layers, {"src/server/a.cc": '#include "log/a.h"\n'}), [])

    def test_unknown_folder(self):
        self.assertEqual(found(tidy.layers, {"src/new/a.cc": ""}), [("src/new/a.cc", 1)])

    def test_relative_include(self):
        self.assertEqual(found(tidy.layers, {"src/log/a.cc": '\n#include "a.h"\n'}), [("src/log/a.cc", 2)])

    def test_commented_include(self):
        self.assertEqual(found(tidy.layers, {"src/base/a.cc": '// #include "env/a.h"\n'}), [])

    def test_upward_row(self):
        with self.assertRaises(SystemExit):
            tidy.read_layers("base 0 env\nenv 1 base\n")


class Bans(unittest.TestCase):
    FORBIDDEN = (
        "auto t = std::chrono::steady_clock::now();",
        "auto t = time(nullptr);",
        "std::random_device device;",
        "std::mutex mutex;",
        "std::jthread thread;",
        "std::this_thread::sleep_for(second);",
        "std::ifstream in(path);",
        "auto p = std::filesystem::path(x);",
        "FILE* f = fopen(path, mode);",
        "int fd = ::open(path, 0);",
        "#include <boost/asio.hpp>",
        "#include <sys/socket.h>",
        '#include "env/real/ring.h"',
        '#include "env/sim/disk.h"',
        "using namespace std;",
        "throw 1;",
        "assert(x);",
        "printf(text);",
        "std::cout << x;",
    )

    def test_each_is_found(self):
        for line in self.FORBIDDEN:
            with self.subTest(line):
                self.assertEqual(found(tidy.bans, {"src/log/a.cc": f"\n{line}\n"}), [("src/log/a.cc", 2)])

    def test_env_is_the_door(self):
        for line in self.FORBIDDEN[:14]:
            with self.subTest(line):
                folder = "sim" if "env/sim" in line else "real"
                self.assertEqual(found(tidy.bans, {f"src/env/{folder}/a.cc": line + "\n"}), [])

    def test_comments_and_strings_do_not_count(self):
        text = '// std::mutex\n/* throw\n 1; */ auto x = "std::mutex";\nauto y = R"(throw 1;)"; char c = \'"\';\n'
        self.assertEqual(found(tidy.bans, {"src/log/a.cc": text}), [])

    def test_words_that_only_look_alike(self):
        text = ("runtime(0); timer.time(0); static_assert(x); snprintf(a); void throw_away();\n"
                "file.write(x); Store::open(x);\n")
        self.assertEqual(found(tidy.bans, {"src/log/a.cc": text}), [])

    def test_tests_may_use_files_but_not_sleep(self):
        text = "std::ofstream out;\nstd::this_thread::sleep_for(second);\n"
        self.assertEqual(found(tidy.bans, {"src/log/a_test.cc": text}), [("src/log/a_test.cc", 2)])


class Form(unittest.TestCase):
    def test_header_without_comment_or_pragma(self):
        self.assertEqual(found(tidy.header_form, {"src/base/a.h": "int x;\n"}), [("src/base/a.h", 1)] * 2)

    def test_header_with_macro(self):
        self.assertEqual(found(tidy.header_form, {"src/base/a.h": HEADER + "#define X 1\n"}), [("src/base/a.h", 3)])

    def test_good_header(self):
        self.assertEqual(found(tidy.header_form, {"src/base/a.h": HEADER}), [])

    def test_long_file(self):
        self.assertEqual(found(tidy.sizes, {"src/base/a.cc": "\n" * 801}), [("src/base/a.cc", 801)])
        self.assertEqual(found(tidy.sizes, {"src/base/a.cc": "\n" * 800}), [])

    def test_dead_header(self):
        own = {"src/base/a.h": HEADER, "src/base/a.cc": '#include "base/a.h"\n'}
        self.assertEqual(found(tidy.dead_headers, own), [("src/base/a.h", 1)])
        self.assertEqual(found(tidy.dead_headers, {**own, "src/base/b.cc": '#include "base/a.h"\n'}), [])

    def test_white_space(self):
        for text, line in (("a\tb\n", 1), ("a\nb \n", 2), ("a", 1), ("a\n\n", 3), ("# " + "x" * 130 + "\n", 1)):
            with self.subTest(text[:10]):
                self.assertEqual(found(tidy.white_space, {"tools/a.py": text}), [("tools/a.py", line)])

    def test_open_end(self):
        mark = "TO" + "DO"
        text = f"// {mark}: later\n// {mark}(issue 7): later\n"
        self.assertEqual(found(tidy.open_ends, {"src/base/a.cc": text}), [("src/base/a.cc", 1)])


class Compiled(unittest.TestCase):
    def test_formatting(self):
        self.assertEqual(found(tidy_compile.formatting, {"src/base/a.cc": "int x;\nint   y;\n"}), [("src/base/a.cc", 2)])

    def test_header_that_does_not_stand_alone(self):
        good = HEADER + "#include <string>\nextern std::string x;\n"
        files = {"src/base/a.h": HEADER + "extern std::string x;\n", "src/base/b.h": good}
        self.assertEqual(found(tidy_compile.self_contained, files), [("src/base/a.h", 1)])

    def test_passed_is_remembered_until_an_included_header_changes(self):
        user = HEADER + '#include "base/b.h"\nT x();\n'
        tree = tree_of({"src/base/a.h": user, "src/base/b.h": HEADER + "using T = int;\n"})
        self.assertEqual(list(tidy_compile.self_contained(tree)), [])
        (tree.root / "src/base/b.h").write_text(HEADER + "using U = int;\n")
        self.assertEqual([f[0] for f in tidy_compile.self_contained(tidy.Tree(tree.root))], ["src/base/a.h"])


if __name__ == "__main__":
    unittest.main()
