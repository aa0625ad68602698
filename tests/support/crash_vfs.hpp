// SPDX-License-Identifier: Apache-2.0
// An SQLite file system that knows what a power cut would leave. It writes through to the real one, remembers what each
// file held at its last sync and every write since, and can show at any operation the files as a crash at that instant
// might leave them: what was synced is kept; of the rest each write is kept, dropped or torn, in any order. While it
// lives it is the default.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace taktd::testing {

class CrashVfs {
public:
    /// What became of the writes that no sync had covered.
    enum class Fate { lost, kept, any };
    using Files = std::map<std::string, std::string>;  ///< by path

    CrashVfs();
    /// Every file opened through it must be closed by now.
    ~CrashVfs();
    CrashVfs(const CrashVfs&) = delete;
    CrashVfs& operator=(const CrashVfs&) = delete;

    /// Called before each write, sync, truncation and deletion, on its thread, with the number of those before it.
    std::function<void(int operation)> before;
    /// The database, its log and its journal after a crash now.
    Files after_crash(Fate fate, std::uint64_t seed) const;
    int operations() const;

private:
    struct Write {
        sqlite3_int64 offset;
        std::string bytes;
        bool truncates = false;  ///< to `offset`
    };
    struct Content {
        std::string synced;
        std::vector<Write> since;
    };
    struct File {
        sqlite3_file base;
        CrashVfs* vfs;
        Content* content;    // null: a file that nobody needs after a crash
        sqlite3_file* real;  // behind this struct, in the space that SQLite has set aside
    };

    static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
    static sqlite3_file* real(sqlite3_file* file) { return of(file)->real; }
    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);
    static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory);
    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset);
    static int truncate(sqlite3_file* file, sqlite3_int64 size);
    static int sync(sqlite3_file* file, int flags);
    static const sqlite3_io_methods* methods();
    static void apply(const Write& write, std::string& content, std::size_t bytes);

    void tell();

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_;
    mutable std::mutex mutex_;
    std::map<std::string, Content> files_;
    int operations_ = 0;
};

}  // namespace taktd::testing
