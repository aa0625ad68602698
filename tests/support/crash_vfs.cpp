// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/support/vfs_hand_on.hpp"

namespace taktd::testing {
namespace {

constexpr std::size_t kSectorBytes = 512;  // a torn write ends between two of these

std::string read_file(const std::string& path) {
    std::ostringstream bytes;
    bytes << std::ifstream{path, std::ios::binary}.rdbuf();
    return bytes.str();
}

}  // namespace

CrashVfs::CrashVfs() : real_{sqlite3_vfs_find(nullptr)}, vfs_{*real_} {
    vfs_.pNext = nullptr;
    vfs_.zName = "taktd-crash";
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &CrashVfs::open;
    vfs_.xDelete = &CrashVfs::remove;
    sqlite3_vfs_register(&vfs_, 1);
}

CrashVfs::~CrashVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
}

CrashVfs::Files CrashVfs::after_crash(Fate fate, std::uint64_t seed) const {
    const std::lock_guard lock{mutex_};
    std::mt19937_64 dice{seed};
    Files files;
    for (const auto& [path, content] : files_) {
        std::string bytes = content.synced;
        for (const Write& write : content.since) {
            const bool kept = fate == Fate::kept || (fate == Fate::any && dice() % 3 != 0);
            if (!kept) continue;
            const bool torn = fate == Fate::any && dice() % 4 == 0;
            const std::size_t sectors = write.bytes.size() / kSectorBytes;
            apply(write, bytes, torn ? kSectorBytes * (dice() % (sectors + 1)) : write.bytes.size());
        }
        files[path] = std::move(bytes);
    }
    return files;
}

int CrashVfs::operations() const {
    const std::lock_guard lock{mutex_};
    return operations_;
}

void CrashVfs::apply(const Write& write, std::string& content, std::size_t bytes) {
    const auto offset = static_cast<std::size_t>(write.offset);
    if (write.truncates) return content.resize(std::min(content.size(), offset));
    if (bytes == 0) return;
    content.resize(std::max(content.size(), offset + bytes));
    std::copy_n(write.bytes.begin(), bytes, content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void CrashVfs::tell() {
    int number = 0;
    {
        const std::lock_guard lock{mutex_};
        number = operations_++;
    }
    if (before) before(number);
}

int CrashVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* self = static_cast<CrashVfs*>(vfs->pAppData);
    File* f = of(file);
    f->base.pMethods = nullptr;
    f->vfs = self;
    f->content = nullptr;
    f->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
    std::memset(static_cast<void*>(f->real), 0, static_cast<std::size_t>(self->real_->szOsFile));
    const int rc = self->real_->xOpen(self->real_, name, f->real, flags, out_flags);
    if (f->real->pMethods != nullptr) f->base.pMethods = methods();
    constexpr int kLasting = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    if (rc != SQLITE_OK || name == nullptr || (flags & kLasting) == 0) return rc;
    const std::lock_guard lock{self->mutex_};
    const auto [found, is_new] = self->files_.try_emplace(name);
    if (is_new) found->second.synced = read_file(name);
    f->content = &found->second;
    return rc;
}

int CrashVfs::remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    auto* self = static_cast<CrashVfs*>(vfs->pAppData);
    self->tell();
    {
        const std::lock_guard lock{self->mutex_};
        self->files_.erase(name);
    }
    return self->real_->xDelete(self->real_, name, sync_directory);
}

int CrashVfs::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const File* f = of(file);
    if (f->content != nullptr) {
        f->vfs->tell();
        const std::lock_guard lock{f->vfs->mutex_};
        const std::string bytes{static_cast<const char*>(data), static_cast<std::size_t>(size)};
        f->content->since.push_back({offset, bytes});
    }
    return f->real->pMethods->xWrite(f->real, data, size, offset);
}

int CrashVfs::truncate(sqlite3_file* file, sqlite3_int64 size) {
    const File* f = of(file);
    if (f->content != nullptr) {
        f->vfs->tell();
        const std::lock_guard lock{f->vfs->mutex_};
        f->content->since.push_back({size, {}, true});
    }
    return f->real->pMethods->xTruncate(f->real, size);
}

int CrashVfs::sync(sqlite3_file* file, int flags) {
    const File* f = of(file);
    if (f->content != nullptr) {
        f->vfs->tell();
        const std::lock_guard lock{f->vfs->mutex_};
        for (const Write& write : f->content->since) apply(write, f->content->synced, write.bytes.size());
        f->content->since.clear();
    }
    // The medium under the test keeps all it is given; not asking it to sync is what makes every operation affordable.
    static_cast<void>(flags);
    return SQLITE_OK;
}

const sqlite3_io_methods* CrashVfs::methods() {
    static const sqlite3_io_methods kMethods = [] {
        sqlite3_io_methods m = handing_on<&CrashVfs::real>();
        m.xWrite = &CrashVfs::write;
        m.xTruncate = &CrashVfs::truncate;
        m.xSync = &CrashVfs::sync;
        return m;
    }();
    return &kMethods;
}

}  // namespace taktd::testing
