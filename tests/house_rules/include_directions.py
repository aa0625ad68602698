# SPDX-License-Identifier: Apache-2.0
"""Includes run one way (docs/architecture.md): main -> app -> runtime -> store, net, settings -> core."""

import re
from typing import Iterator, NamedTuple, Optional

from tree import Tree, Violation, cxx_files, line_of

CORE = "daemon/core/"
LOG = "daemon/log/"
NET = "daemon/net/"
STORE = "daemon/store/"
SETTINGS = "daemon/settings/"
ZONES = "daemon/zones/"
REPORT = "daemon/report/"
RUNTIME = "daemon/runtime/"
METRICS = "daemon/metrics/"
NOTIFY = "daemon/notify/"
CONTROL = "daemon/control/"
CTL = "daemon/ctl/"
HTTP_VALUES = "daemon/net/http.hpp"
CONTRACT = "providers/provider.hpp"
REGISTRY = "providers/registry.hpp"
VERSION = "daemon/version.hpp"  # made by CMake
ASIO = ("boost/asio/", "boost/system/")


class Layer(NamedTuple):
    ours: tuple[str, ...]  # folders (with their /) and files that its files may include, beside its own folder
    others: tuple[str, ...] = ()  # libraries, by how their headers begin


# The longest path that a file's own begins with says which layer it belongs to.
LAYERS = {
    CORE: Layer((), ("tl/expected.hpp",)),
    LOG: Layer((CORE,), ("spdlog/",)),
    NET: Layer((CORE, LOG), (*ASIO, "boost/beast/", "boost/url", "openssl/")),
    SETTINGS: Layer((CORE,), ("yaml-cpp/",)),
    STORE: Layer((CORE, LOG, "embedded_migrations.inc"), ("SQLiteCpp/", "sqlite3.h", "boost/json")),
    ZONES: Layer((CORE,), ("date/",)),
    RUNTIME: Layer((CORE, LOG, STORE, NET, SETTINGS, ZONES, CONTRACT, "providers/crypto.hpp"), (*ASIO, "boost/json", "systemd/")),
    NOTIFY: Layer((CORE, LOG, NET, SETTINGS, REPORT, RUNTIME, "providers/crypto.hpp"), (*ASIO, "boost/json")),
    METRICS: Layer((CORE, LOG, STORE, RUNTIME), ("prometheus/",)),
    CONTROL: Layer((CORE, LOG, STORE, NET, SETTINGS, REPORT, RUNTIME, ZONES, VERSION, "embedded_dashboard.inc", "embedded_shapes.inc", "providers/crypto.hpp"), (*ASIO, "boost/json", "boost/url")),
    "daemon/app/": Layer((CONTROL, METRICS, NOTIFY, RUNTIME, ZONES, CORE, LOG, STORE, NET, SETTINGS, CONTRACT, REGISTRY, VERSION), (*ASIO, "CLI/", "systemd/")),
    "daemon/main.cpp": Layer(("daemon/app/", CORE, LOG, SETTINGS), ()),
    REPORT: Layer((CORE, LOG, STORE, SETTINGS), ("boost/json",)),
    CTL: Layer((CORE, LOG, STORE, NET, SETTINGS, REPORT, CONTRACT, REGISTRY, ZONES, VERSION,
                "daemon/app/owed_stops.hpp", "daemon/app/task_survey.hpp", "daemon/app/offline_commands.hpp",
                "daemon/app/store_refusal.hpp"),
               (*ASIO, "CLI/", "boost/json")),
    "providers/": Layer((CORE, HTTP_VALUES), ("openssl/", "boost/json")),
    "providers/simcloud/": Layer((CORE, LOG, NET, CONTRACT, REGISTRY, "providers/json_values.hpp"), (*ASIO, "CLI/", "boost/json")),
    "tests/": Layer((CORE, LOG, NET, SETTINGS, STORE, ZONES, RUNTIME, REPORT, CONTROL, METRICS, NOTIFY, "daemon/app/", CTL, "providers/", "tests/"),
                    (*ASIO, "gtest/", "gmock/", "benchmark/", "boost/json", "openssl/", "SQLiteCpp/", "sqlite3.h", "CLI/",
                     "date/")),
}
# The rooms of a layer, lowest first: a file sees its own room and those below. What stands in the layer's folder itself
# is its entry: it sees every room, and no room sees it but for the headers that are named here.
ROOMS = {
    CORE: ("base", "calendar", "model", "rules", "state", "engine", "forecast"),
    SETTINGS: ("source", "report", "yaml", "values", "sections"),
    STORE: ("json", "sqlite", "salvage", "verify"),
    CTL: ("schema", "feed", "commands"),
}
ROOMS_ONLY = (CORE, STORE)
ENTRIES = {
    STORE + "store.hpp", STORE + "queries.hpp", STORE + "store_error.hpp",  # the interfaces, of values alone
    SETTINGS + "settings.hpp",  # what a load is given and yields: for the sections
    CTL + "options.hpp", CTL + "answer.hpp",  # what a command is given and yields
}
PROVIDER_FOLDER = re.compile(r"providers/(?!simcloud/)\w+/")

# What costs seconds to compile stays behind an interface of plain values.
HEAVY = ("boost/beast", "openssl/", "spdlog/", "SQLiteCpp/", "sqlite3.h", "yaml-cpp/", "prometheus/")
ONLY_IN = {
    "boost/beast": ("daemon/net/answer_reader.cpp", "daemon/net/client.cpp", "daemon/net/server.cpp", "daemon/net/beast_impl.cpp"),
    "spdlog/": ("daemon/log/log.cpp",),
    "prometheus/": ("daemon/metrics/metrics.cpp", "daemon/metrics/exposition.cpp"),
}

# The core has no threads, files, streams, environment, clock of its own or chance.
NOT_IN_CORE = {"atomic", "barrier", "condition_variable", "coroutine", "csignal", "filesystem", "fstream", "future", "iostream",
               "latch", "mutex", "random", "semaphore", "shared_mutex", "stop_token", "thread", "unordered_map", "unordered_set"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


def layer_of(path: str) -> Optional[str]:
    return max((begin for begin in LAYERS if path.startswith(begin)), key=len, default=None)


def problem_with_ours(path: str, name: str, header: str) -> Optional[str]:
    if header.startswith((".", "/")) or "/" not in header and not header.endswith(".inc"):
        return "include paths begin at the project's root"
    if path == "providers/registry.cpp":
        return None if header.startswith(("providers/", CORE)) and "simcloud" not in header else "the registry sees the adapters only"

    folder = PROVIDER_FOLDER.match(path)
    target = PROVIDER_FOLDER.match(header)
    if folder and target and folder.group() != target.group():
        return "providers never see each other"
    if folder and target:
        is_twin, sees_twin = (p.rsplit("/", 1)[1].startswith("twin") for p in (path, header))
        if is_twin != sees_twin:
            return "a twin and its adapter share nothing, so that one misreading cannot hide in both"
        return None
    if name == "providers/" and header.startswith("providers/"):
        if target or header.startswith("providers/simcloud/"):
            return "what the providers share knows none of them"
        if header == REGISTRY:
            return "only app, ctl, simcloud and tests see the registry"
        return None
    own_folder = name if name.endswith("/") else None
    if own_folder and header.startswith(own_folder):
        return problem_with_room(path, name, header)
    if any(header == allowed or allowed.endswith("/") and header.startswith(allowed) for allowed in LAYERS[name].ours):
        return None
    return f"{name} may not see it"


def room_of(path: str, layer: str) -> Optional[str]:
    room, _, rest = path.removeprefix(layer).partition("/")
    return room if rest else None


def problem_with_room(path: str, layer: str, header: str) -> Optional[str]:
    rooms = ROOMS.get(layer)
    room, target = room_of(path, layer), room_of(header, layer)
    if rooms is None or room is None or header in ENTRIES:
        return None
    if room not in rooms or target not in (None, *rooms):
        return f"{layer} has no such room"
    if target is None or rooms.index(target) > rooms.index(room):
        return f"{room} is below it"
    return None


def problem_with_others(path: str, name: str, header: str) -> Optional[str]:
    if name == CORE and header in NOT_IN_CORE:
        return "the core is pure: values in, values out"
    for begin, files in ONLY_IN.items():
        if header.startswith(begin) and path not in files:
            return f"only {' and '.join(files)} may see it"
    if path.endswith(".hpp") and header.startswith(HEAVY) and not path.startswith("tests/"):
        return "heavy headers stand in .cpp files only"
    is_standard = "/" not in header and "." not in header
    is_system = header.startswith(("sys/", "netinet/", "arpa/", "linux/")) or header in (
        "errno.h", "fcntl.h", "glob.h", "poll.h", "pwd.h", "grp.h", "signal.h", "spawn.h", "termios.h", "unistd.h", "time.h", "netdb.h", "resolv.h")
    if is_standard or is_system and name != CORE or header.startswith(LAYERS[name].others):
        return None
    return f"{name} may not see this library"


def module_of(path: str) -> str:
    """A header and its source are one module."""
    return path.rsplit(".", 1)[0]


def circles(tree: Tree) -> Iterator[Violation]:
    """The modules of the core form no circle, so its includes are its call graph."""
    seen_by: dict[str, dict[str, tuple[str, int]]] = {}
    for path, text in cxx_files(tree):
        if not path.startswith(CORE):
            continue
        for match in INCLUDE.finditer(text):
            target = module_of(match.group(1) or "")
            if target.startswith(CORE) and target != module_of(path):
                seen_by.setdefault(module_of(path), {})[target] = (path, line_of(text, match.start(1)))
    done: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> Iterator[Violation]:
        for target, (path, line) in seen_by.get(module, {}).items():
            if target in way:
                circle = " -> ".join(step.removeprefix(CORE) for step in (*way[way.index(target):], target))
                yield Violation(path, line, f"closes a circle: {circle}")
            elif target not in done:
                yield from follow(target, (*way, target))
        done.add(module)
    for module in list(seen_by):
        if module not in done:
            yield from follow(module, (module,))


def find(tree: Tree) -> Iterator[Violation]:
    yield from circles(tree)
    for path, text in cxx_files(tree):
        name = layer_of(path)
        if name is None:
            yield Violation(path, 0, "the file belongs to no layer")
            continue
        if name in ROOMS_ONLY and path.endswith(".cpp") and room_of(path, name) not in ROOMS[name]:
            yield Violation(path, 0, "a source of this layer stands in one of its rooms: nothing else is built")
        for match in INCLUDE.finditer(text):
            ours, other = match.groups()
            problem = problem_with_ours(path, name, ours) if ours else problem_with_others(path, name, other)
            if problem:
                yield Violation(path, line_of(text, match.start(match.lastindex)), f"includes {ours or other}: {problem}")


PLANTED = {
    "the core sees the log": {CORE + "engine.cpp": '#include "daemon/log/log.hpp"\n'},
    "the core sees Boost": {CORE + "engine.hpp": "#include <boost/optional.hpp>\n"},
    "the core sees a system header": {CORE + "engine.hpp": "#include <unistd.h>\n"},
    "the core has a mutex": {CORE + "engine.hpp": "#include <mutex>\n"},
    "the core hashes": {CORE + "engine.hpp": "# include <unordered_map>\n"},
    "settings see net": {SETTINGS + "loader.cpp": '#include "daemon/net/http.hpp"\n'},
    "settings see the log": {SETTINGS + "loader.cpp": '#include "daemon/log/log.hpp"\n'},
    "settings see a provider": {SETTINGS + "loader.cpp": '#include "providers/provider.hpp"\n'},
    "the store sees settings": {STORE + "writer.cpp": '#include "daemon/settings/settings.hpp"\n'},
    "net sees the store": {NET + "client.cpp": '#include "daemon/store/store.hpp"\n'},
    "the runtime sees the registry": {RUNTIME + "dispatcher.cpp": '#include "providers/registry.hpp"\n'},
    "the runtime sees an adapter": {RUNTIME + "dispatcher.cpp": '#include "providers/tencent_cfg/adapter.hpp"\n'},
    "the runtime sees the app": {RUNTIME + "dispatcher.cpp": '#include "daemon/app/app.hpp"\n'},
    "reports see ctl": {REPORT + "why_text.cpp": '#include "daemon/ctl/commands/commands.hpp"\n'},
    "ctl sees the dispatcher": {CTL + "commands/plan_command.cpp": '#include "daemon/runtime/dispatcher.hpp"\n'},
    "ctl sees the daemon": {CTL + "commands/stop_all_command.cpp": '#include "daemon/app/daemon.hpp"\n'},
    "a provider sees another": {"providers/tencent_cfg/adapter.cpp": '#include "providers/huawei_cpts/adapter.hpp"\n'},
    "a provider sees the client": {"providers/tencent_cfg/adapter.cpp": '#include "daemon/net/client.hpp"\n'},
    "a provider sees the log": {"providers/tencent_cfg/adapter.cpp": '#include "daemon/log/log.hpp"\n'},
    "a provider sees the registry": {"providers/tencent_cfg/twin.cpp": '#include "providers/registry.hpp"\n'},
    "a twin sees its adapter": {"providers/tencent_cfg/twin_tasks.cpp": '#include "providers/tencent_cfg/outcomes.hpp"\n'},
    "an adapter sees its twin": {"providers/tencent_cfg/adapter.cpp": '#include "providers/tencent_cfg/twin.hpp"\n'},
    "shared code sees a provider": {"providers/json_values.cpp": '#include "providers/tencent_cfg/adapter.hpp"\n'},
    "the registry sees simcloud": {"providers/registry.cpp": '#include "providers/simcloud/faults.hpp"\n'},
    "simcloud sees the runtime": {"providers/simcloud/main.cpp": '#include "daemon/runtime/clock.hpp"\n'},
    "Beast outside the two files": {NET + "pool.cpp": "#include <boost/beast/core.hpp>\n"},
    "Beast in a header": {NET + "client.hpp": "#include <boost/beast.hpp>\n"},
    "spdlog beside the log": {LOG + "redaction.cpp": "#include <spdlog/spdlog.h>\n"},
    "yaml-cpp in the runtime": {RUNTIME + "reload.cpp": "#include <yaml-cpp/yaml.h>\n"},
    "SQLite in ctl": {CTL + "commands/runs_command.cpp": "#include <SQLiteCpp/SQLiteCpp.h>\n"},
    "SQLite in a header": {STORE + "writer.hpp": "#include <sqlite3.h>\n"},
    "OpenSSL in a header": {"providers/crypto.hpp": "#include <openssl/evp.h>\n"},
    "an unknown library": {RUNTIME + "metrics.cpp": "#include <prometheus/registry.h>\n"},
    "a rule sees the engine": {CORE + "rules/limiter.cpp": '#include "daemon/core/engine/engine.hpp"\n'},
    "values see a section": {SETTINGS + "values/fields.hpp": '#include "daemon/settings/sections/jobs.hpp"\n'},
    "a room sees its layer's entry": {SETTINGS + "yaml/yaml_text.hpp": '#include "daemon/settings/store_path.hpp"\n'},
    "a command parses": {CTL + "commands/plan_command.cpp": '#include "daemon/ctl/arguments.hpp"\n'},
    "the schema sees a command": {CTL + "schema/schema_document.cpp": '#include "daemon/ctl/commands/commands.hpp"\n'},
    "a source outside the rooms": {STORE + "writer.cpp": "#include <map>\n"},
    "a room that is none": {CORE + "misc/a.cpp": '#include "daemon/core/base/time.hpp"\n'},
    "zones see the runtime": {ZONES + "zone_loader.cpp": '#include "daemon/runtime/clock.hpp"\n'},
    "chapters that call each other": {
        CORE + "engine/starting.cpp": '#include "daemon/core/engine/stopping.hpp"\n',
        CORE + "engine/stopping.cpp": '#include "daemon/core/engine/driving.hpp"\n',
        CORE + "engine/driving.hpp": '#include "daemon/core/engine/starting.hpp"\n'},
    "a path from here": {CORE + "engine.cpp": '#include "engine.hpp"\n'},
    "a path upwards": {CORE + "engine.cpp": '#include "../log/log.hpp"\n'},
    "a folder that no layer has": {"daemon/misc/helpers.cpp": "#include <string>\n"},
}

CLEAN = {
    CORE + "engine/engine.cpp": '#include "daemon/core/engine/engine.hpp"\n#include <tl/expected.hpp>\n#include <map>\n',
    CORE + "rules/limiter.cpp": '#include "daemon/core/base/time.hpp"\n#include "daemon/core/rules/limiter.hpp"\n',
    SETTINGS + "settings.cpp": '#include "daemon/settings/sections/jobs.hpp"\n',
    STORE + "verify/verify.cpp": '#include "daemon/store/queries.hpp"\n',
    LOG + "log.cpp": "#include <spdlog/logger.h>\n#include <unistd.h>\n",
    NET + "client.cpp": "#include <boost/beast/core.hpp>\n#include <openssl/ssl.h>\n",
    SETTINGS + "loader.cpp": '#include "daemon/core/model/job.hpp"\n#include <yaml-cpp/yaml.h>\n',
    STORE + "sqlite/writer.cpp": '#include "daemon/log/log.hpp"\n#include <SQLiteCpp/SQLiteCpp.h>\n#include "embedded_migrations.inc"\n',
    RUNTIME + "dispatcher.cpp": '#include "providers/provider.hpp"\n#include "daemon/store/store.hpp"\n',
    "daemon/main.cpp": '#include "daemon/app/app.hpp"\n',
    CTL + "commands/plan_command.cpp": '#include "providers/registry.hpp"\n#include "daemon/zones/zone_loader.hpp"\n#include <CLI/CLI.hpp>\n',
    "providers/registry.cpp": '#include "providers/registry.hpp"\n#include "providers/tencent_cfg/twin.hpp"\n',
    "providers/tencent_cfg/adapter.cpp": '#include "providers/crypto.hpp"\n#include "daemon/net/http.hpp"\n',
    "providers/tencent_cfg/twin.cpp": '#include "providers/tencent_cfg/twin_tasks.hpp"\n',
    "providers/simcloud/main.cpp": '#include "daemon/net/server.hpp"\n#include "providers/registry.hpp"\n',
    "tests/unit/core/engine_test.cpp": '#include "daemon/core/engine/engine.hpp"\n#include <gtest/gtest.h>\n',
}
