# SPDX-License-Identifier: Apache-2.0
"""The layers that what is counted belongs to: a function's layer is that of the file that it stands in, or of its library.

What any layer uses (the standard library, memcpy, Boost.JSON) has no layer of its own: it belongs to whoever calls it.
Taking and giving back memory is a layer for itself, whoever asks.
"""

REST = "the rest"
MALLOC = "malloc"
LAYERS = ["core engine", "store", "net", "providers", "runtime", "log", "Asio, Beast", "crypto, OpenSSL", "SQLite", MALLOC, REST]

# The first that fits decides.
OF_OBJECTS = {"libcrypto": "crypto, OpenSSL", "libssl": "crypto, OpenSSL", "libsqlite3": "SQLite", "libfmt": "log",
              "libspdlog": "log", "ld-linux": REST, "ld-2": REST}
OF_FILES = {"/daemon/core/": "core engine", "/daemon/store/": "store", "/daemon/net/": "net", "/providers/": "providers",
            "/daemon/runtime/": "runtime", "/daemon/log/": "log", "/tests/bench/": REST, "/boost/asio/": "Asio, Beast",
            "/boost/beast/": "Asio, Beast", "/SQLiteCpp/": "SQLite", "/spdlog/": "log", "/fmt/": "log"}
OF_BEGINNINGS = {"SQLite::": "SQLite", "boost::asio::": "Asio, Beast", "boost::beast::": "Asio, Beast", "spdlog::": "log",
                 "fmt::": "log"}
OF_MEMORY = ("operator new", "operator delete")
OF_MEMORY_FILES = ("malloc/", "vg_replace_malloc")
OF_MEMORY_NAMES = {"malloc", "free", "calloc", "realloc", "_int_malloc", "_int_free", "_int_realloc", "malloc_consolidate",
                   "unlink_chunk", "sysmalloc", "systrim", "tcache_init"}


def layer_of(function, file, obj=""):
    """None: it belongs to whoever calls it."""
    plain = function.split("(")[0].split("'")[0]
    if function.startswith(OF_MEMORY) or plain.split(".")[0] in OF_MEMORY_NAMES or file.lstrip("./").startswith(OF_MEMORY_FILES):
        return MALLOC
    for names, text in ((OF_OBJECTS, obj), (OF_FILES, file)):
        for name, layer in names.items():
            if name in text:
                return layer
    for name, layer in OF_BEGINNINGS.items():
        if function.startswith(name):
            return layer
    return None
