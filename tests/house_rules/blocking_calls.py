# SPDX-License-Identifier: Apache-2.0
"""Nothing that can block runs on the event loop or on the store's writer: not a file on a mount that hangs, not a log whose reader
sleeps, not a name server, not a service manager that does not read. Files that make such calls stand in MAY, with the thread on
which they make them; whoever adds one says there why it holds nobody."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files, find_pattern

FILES = "files"
NAMES = "names"
STREAMS = "streams"
SECRETS = "secrets"
WAITS = "waits"

# A member function of the same name (`Store::open(`, `reader.read(`) is none of these.
CALLS = {
    FILES: re.compile(r"\bstd::(?:basic_)?[io]?fstream\b|\bstd::filesystem::(?!path\b|filesystem_error\b)\w+\s*\("
                      r"|(?<![\w>.])::(?:open|openat|creat|read|readv|pread|write|writev|pwrite|fsync|fdatasync|flock|stat|lstat|statx"
                      r"|access|unlink|rename|mkdir|rmdir|readlink|opendir|truncate|ftruncate)\s*\(|\bf(?:open|dopen|read|write|gets)\s*\("),
    NAMES: re.compile(r"\b(?:getaddrinfo|getnameinfo|gethostby\w+|getpw\w+|getgr(?!oups)\w+)\s*\(|\basync_resolve\b|\bresolver\s*::"),
    STREAMS: re.compile(r"\bstd::(?:cerr|cout|clog|cin)\b|\b(?:std::)?(?:v?f?printf|puts|fputs|perror|psignal)\s*\("),
    SECRETS: re.compile(r"\bread_(?:secret|credentials)\s*\("),
    WAITS: re.compile(r"\bsd_notify\w*\s*\(|\bsleep_(?:for|until)\s*\(|(?<![\w>.])::(?:poll|ppoll|select|pselect|sleep|usleep|nanosleep"
                      r"|system|popen|connect|accept|waitpid|syslog|lockf)\s*\(|\b(?:system|popen)\s*\("),
}

# File -> what it may call -> on which thread, and why nobody waits for it.
MAY = {
    "daemon/log/line_writer.cpp": {FILES: "the log's own thread", WAITS: "the log's own thread"},
    "daemon/log/standard_streams.cpp": {FILES: "the first lines of main(): /dev/null"},
    "daemon/app/arguments.cpp": {STREAMS: "--help and usage errors, which end the program before anything is owed"},
    "daemon/control/login_names.cpp": {NAMES: "the worker's thread (off_loop.hpp)"},
    "daemon/notify/command.cpp": {FILES: "a file in memory", WAITS: "the commands' own thread (CommandRunner)"},
    "daemon/net/connection.cpp": {FILES: "taktctl, which alone asks over a Unix socket: who owns the socket's directory"},
    "daemon/net/unix_listener.cpp": {FILES: "the worker's thread (Daemon::serve), and the end of the process",
                                     WAITS: "a Unix socket, non-blocking: it is refused, accepted or full at once"},
    "daemon/net/name_cache.cpp": {NAMES: "a thread for each look-up"},
    "daemon/runtime/clock.cpp": {FILES: "/proc/sys and /proc/self, which no disk holds, before the loop; in test builds the clock's fault"},
    "daemon/runtime/http_front.cpp": {SECRETS: "a thread for each reading (runtime/secret_reading.cpp)"},
    "daemon/runtime/timer.cpp": {FILES: "timerfd and inotify, both non-blocking"},
    "daemon/zones/zone_loader.cpp": {FILES: "with the config, of the system's own zones"},
    "daemon/settings/source/file_access.cpp": {FILES: "with the config"},
    "daemon/settings/secrets.cpp": {FILES: "a thread for each reading (runtime/secret_reading.cpp)", SECRETS: "its own functions"},
    "daemon/settings/secrets.hpp": {SECRETS: "declares them"},
    "daemon/store/sqlite/connection.cpp": {FILES: "at the opening of a store"},
    "daemon/store/sqlite/creation.cpp": {FILES: "at the opening of a store"},
    "daemon/metrics/exposition.cpp": {FILES: "a scrape's text is written on a worker's thread"},
    "daemon/metrics/process_facts.cpp": {FILES: "likewise: /proc/self"},
    "daemon/store/sqlite/file_watch.cpp": {FILES: "the writer's thread, of the files that it commits to; a stop waits a second for a commit, no longer"},
    "daemon/store/sqlite/lock_file.cpp": {FILES: "at the opening of a store"},
    "daemon/store/salvage/raw_pages.cpp": {FILES: "taktctl salvage"},
    "daemon/store/salvage/salvage.cpp": {FILES: "taktctl salvage"},
    "daemon/store/sqlite/store_place.cpp": {FILES: "before a store is opened"},
}

# The core does no input or output at all (include_directions); taktctl and simcloud are programs for people.
LOOKED_AT = ("daemon/", "providers/")
NOT_LOOKED_AT = ("daemon/core/", "daemon/ctl/", "daemon/main.cpp", "providers/simcloud/")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        if not path.startswith(LOOKED_AT) or path.startswith(NOT_LOOKED_AT):
            continue
        for kind, pattern in CALLS.items():
            found = list(find_pattern(pattern, path, text, f"may block ({kind}): use a thread of its own, then say so in blocking_calls.py"))
            if kind not in MAY.get(path, {}):
                yield from found
            elif not found:
                yield path, 0, f"makes no such call any more ({kind}): take it out of blocking_calls.py"


PLANTED = {
    "a file read on the loop": {"daemon/runtime/dispatcher.cpp": "std::ifstream file{path};"},
    "a file written on the loop": {"daemon/runtime/engine_loop.cpp": "std::ofstream{path} << text;"},
    "open": {"daemon/runtime/engine_loop.cpp": "const int fd = ::open(path, O_RDONLY);"},
    "read": {"daemon/store/sqlite/store.cpp": "const auto got = ::read(fd, data, size);"},
    "a look at a mount": {"daemon/app/service_manager.cpp": "if (std::filesystem::exists(path)) return;"},
    "stat": {"daemon/runtime/config_source.cpp": "::stat(path.c_str(), &about);"},
    "C's files": {"providers/common.cpp": "auto* file = fopen(path, \"r\");"},
    "a name look-up": {"daemon/net/client.cpp": "::getaddrinfo(host, nullptr, &hints, &list);"},
    "a look-up of Asio's": {"daemon/net/pool.cpp": "tcp::resolver::results_type all;"},
    "a user's name": {"daemon/runtime/engine_loop.cpp": "auto* who = getpwuid(id);"},
    "the error stream": {"daemon/app/daemon.cpp": "std::cerr << error << '\\n';"},
    "printf": {"daemon/runtime/committed_log.cpp": "std::printf(\"%s\\n\", text);"},
    "perror": {"daemon/store/sqlite/store.cpp": "perror(\"store\");"},
    "secrets": {"daemon/runtime/dispatcher.cpp": "const auto key = read_credentials(references);"},
    "one secret": {"daemon/app/daemon.cpp": "auto key = read_secret(reference);"},
    "the service manager": {"daemon/app/service_manager.cpp": "::sd_notify(0, \"READY=1\");"},
    "a nap": {"daemon/store/sqlite/store.cpp": "std::this_thread::sleep_for(pause);"},
    "poll": {"daemon/runtime/timer.cpp": "::read(fd, b, n); ::poll(&ready, 1, -1);"},
    "a shell": {"daemon/app/process.cpp": "std::system(\"logger gone\");"},
    "an allowed file that needs it no more": {"daemon/settings/source/file_access.cpp": "int nothing = 0;"},
}
CLEAN = {
    "daemon/runtime/dispatcher.cpp": "// never ::open(\nauto s = Store::open({}); auto r = reader.read(field); file->read(x); std::filesystem::path p; run.open();",
    "daemon/log/line_writer.cpp": "::write(fd, p, n); ::poll(&ready, 1, -1);",
    "daemon/ctl/program.cpp": "::write(fd, p, n); std::cerr << 1;",
    "daemon/core/calendar/cron.cpp": "std::snprintf(text.data(), 4, \"%d\", 1);",
    "daemon/app/service_manager.cpp": "if (::sd_watchdog_enabled(0, &us) <= 0) return;",
}
