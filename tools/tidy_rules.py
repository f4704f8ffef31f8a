"""What the tidy test forbids, as data: a pattern, where it is allowed, and what to do instead."""
import re
from dataclasses import dataclass, field

FILE_LINES_LOOK_AGAIN = 500
FILE_LINES_MAX = 800
# clang-format breaks code at 120; a comment or a line of Python may be a little longer rather than broken badly.
LINE_COLUMNS_MAX = 125


@dataclass(frozen=True)
class Ban:
    """`pattern` may stand in no C++ file but those whose path begins with one of `allowed`. Comments and strings do not
    count. Tests, fuzzers and micro-benchmarks are exempt when `in_tests` is False."""

    name: str
    pattern: str
    instead: str
    allowed: tuple = ()
    in_tests: bool = True
    everywhere: bool = False  # in bench/ and tests/ too, not only in src/
    regex: re.Pattern = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "regex", re.compile(self.pattern))


BANS = (
    Ban(
        "clock",
        r"\b\w*_clock::now\b|\b(clock_gettime|gettimeofday|timespec_get)\s*\("
        r"|(?<![\w.>:])(std::|::)?time\s*\(\s*(NULL|nullptr|0|&)",
        "env::Core::now() or monotonic_ns()",
        allowed=("src/env/", "src/base/log.", "src/delivery/curl_"),
        in_tests=False,
    ),
    Ban(
        "random numbers",
        r"\bstd::(rand|srand|random_device|mt19937|mt19937_64|default_random_engine)\b"
        r"|\b(getrandom|arc4random|RAND_bytes)\s*\(",
        "env::Core::random()",
        allowed=("src/env/",),
        in_tests=False,
    ),
    Ban(
        "threads",
        r"\bstd::(jthread|thread|async|(shared_|recursive_|timed_)?mutex|condition_variable(_any)?)\b"
        r"|\bstd::(future|promise|latch|barrier)\b"
        r"|\bpthread_\w+\s*\(",
        "what one core owns needs no lock; use env::Core::post() and offload()",
        # libcurl's transfers run on a thread of their own: their handshakes and look-ups must not hold a core.
        allowed=("src/env/", "src/server/", "src/delivery/curl_"),
        in_tests=False,
    ),
    Ban(
        "sleeping",
        r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.>:])::?sleep\s*\(",
        "env::Core::after(); a test advances the simulated clock or waits for an event",
        allowed=("src/env/real/",),
    ),
    Ban(
        "files",
        r"\bstd::(basic_)?[io]?fstream\b|\bstd::filesystem\b"
        r"|\b(fopen|opendir|fdatasync|fsync|pread|pwrite|mmap|ftruncate|fallocate)\s*\("
        r"|(?<![\w.>])::(open|unlink|rename|mkdir|read|write)\s*\(",
        "env::Files and env::File",
        allowed=("src/env/", "src/server/"),
        in_tests=False,
    ),
    Ban(
        "sockets",
        r"#\s*include\s*<(boost/(asio|beast/(?!http))|sys/socket\.h|netinet/|arpa/inet\.h|sys/epoll\.h|netdb\.h)"
        r"|(?<![\w.>])::(socket|bind|accept4?|connect)\s*\(",
        "env::Net and env::Socket",
        allowed=("src/env/", "src/delivery/curl_"),
        in_tests=False,
    ),
    Ban(
        "the real machine",
        r"#\s*include\s*\"env/real/",
        "the interfaces in env/; server/ alone chooses the real ones",
        allowed=("src/env/real/", "src/server/", "src/broker/queue/sample_fixture.h"),
        in_tests=False,
    ),
    Ban(
        "the simulated machine",
        r"#\s*include\s*\"env/sim/",
        "the interfaces in env/; tests choose the simulated ones",
        allowed=("src/env/sim/", "src/broker/queue/queue_fixture.h"),
        in_tests=False,
    ),
    Ban(
        "using namespace",
        r"\busing\s+namespace\b(?!\s+std::\w*literals)",
        "the name itself, or an alias",
        everywhere=True,
    ),
    Ban(
        "throwing",
        r"\bthrow\b(?!\s*\()",
        "Result<T> for what can happen, check() for a bug",
        allowed=("src/env/sim/",),  # a simulated crash unwinds everything at once
        in_tests=False,
    ),
    Ban(
        "assert",
        r"(?<![\w_])assert\s*\(|#\s*include\s*<cassert>",
        "check(), which stays on in release builds",
        everywhere=True,
    ),
    Ban(
        "printing",
        r"\bstd::(cout|cerr|clog)\b|(?<![\w:])(std::)?f?printf\s*\(|\bfmt::print\b",
        "logging:: in base/log.h; server/ alone prints",
        allowed=("src/base/log.cc", "src/base/check.cc", "src/server/"),
        in_tests=False,
    ),
)

# A macro in a header reaches every file that includes it; only these headers may define any.
HEADERS_WITH_MACROS = ("src/base/check.h", "src/base/log.h")

# An open end names the issue where it will be closed: "TODO(issue 12): …".
OPEN_END = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\(issue \d+\))")
