# SPDX-License-Identifier: Apache-2.0
"""System calls of a start, from what `perf stat -x,` or `strace -f` wrote of `bench_herd N all`, without the vendor's.

perf counts in the kernel, and the herd goes at its own speed; it tells no process from another. The vendor accepts, watches
and closes each connection once, and it alone reads and writes; epoll_wait, which both do, is left out. strace tells threads
apart, and slows them so much that what depends on speed (futexes, commits) is not what it would be.
usage: system_calls.py FILE STARTS [--json FILE]
"""

import argparse
import re
from collections import Counter, defaultdict

import figures

LEAST = 0.02  # calls a start: what is rarer is told in one sum
PERF_CALL = re.compile(r"^(\d+),,syscalls:sys_enter_(\w+),")
STRACE_CALL = re.compile(r"^(\d+) +([a-z]\w*)\(")
ONCE_A_CONNECTION = ("epoll_ctl", "setsockopt", "close")
VENDOR_ALONE = ("accept4", "read", "write", "epoll_wait")


def read(path):
    """By name of a thread or of several: how often each call was made."""
    everything, threads = Counter(), defaultdict(Counter)
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if found := PERF_CALL.match(line):
                everything[found[2]] += int(found[1])
            elif found := STRACE_CALL.match(line):
                threads[found[1]][found[2]] += 1
    if everything:
        for name in ONCE_A_CONNECTION:
            everything[name] -= everything["accept4"]
        for name in VENDOR_ALONE:
            del everything[name]
        return {"all": everything}
    ours = [calls for calls in threads.values() if not calls["accept4"]]
    loop = max(ours, key=lambda calls: calls["connect"])
    return {"loop": loop, "writer": sum((calls for calls in ours if calls is not loop), Counter())}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file")
    arguments.add_argument("starts", type=int)
    arguments.add_argument("--json", help="append the figures to this file")
    given = arguments.parse_args()
    print("system calls of a start")
    for thread, calls in read(given.file).items():
        frequent = [(name, count / given.starts) for name, count in calls.most_common() if count >= LEAST * given.starts]
        rare = (sum(calls.values()) / given.starts) - sum(count for _, count in frequent)
        told = ", ".join(f"{name} {count:.2f}" for name, count in frequent)
        print(f"  {thread:7s} {sum(calls.values()) / given.starts:6.2f}: {told}, others {rare:.2f}")
        if given.json:
            figures.record(given.json, "syscalls", thread, sum(calls.values()) / given.starts, "calls/start")
            for name, count in frequent:
                figures.record(given.json, "syscalls", f"{thread}, {name}", count, "calls/start")


if __name__ == "__main__":
    main()
