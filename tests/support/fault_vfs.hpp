// SPDX-License-Identifier: Apache-2.0
// An SQLite file system that fails on demand, in front of the real one: the n-th write, sync or opening from now on, so
// many times. While it lives it is the default, so code under test opens its files through it without knowing.
#pragma once

#include <cstring>
#include <mutex>
#include <new>
#include <string>

#include <sqlite3.h>

#include "tests/support/vfs_hand_on.hpp"

namespace taktd::testing {

class FaultVfs {
public:
    enum class Op : int { write, sync, open };
    static constexpr int kForever = 1'000'000'000;

    FaultVfs() : real_{sqlite3_vfs_find(nullptr)}, vfs_{*real_} {
        vfs_.pNext = nullptr;
        vfs_.zName = "taktd-fault";
        vfs_.pAppData = this;
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.xOpen = &FaultVfs::open;
        // What is handed on must find its own: the one below may be a test's as well.
        vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
            sqlite3_vfs* below = static_cast<FaultVfs*>(vfs->pAppData)->real_;
            return below->xDelete(below, name, sync);
        };
        sqlite3_vfs_register(&vfs_, 1);
    }
    /// Every file opened through it must be closed by now.
    ~FaultVfs() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
    }
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    /// The `nth` operation from now (1: the next) and the `times`-1 after it fail with `code`; a write leaves its first
    /// half.
    void fail(Op op, int nth, int times, int code) {
        const std::lock_guard lock{mutex_};
        plans_[index(op)] = {nth, times, code};
    }
    void heal() {
        const std::lock_guard lock{mutex_};
        for (Plan& plan : plans_) plan = {};
    }
    int count(Op op) const {
        const std::lock_guard lock{mutex_};
        return counts_[index(op)];
    }
    int failures() const {
        const std::lock_guard lock{mutex_};
        return failures_;
    }

private:
    struct Plan {
        int wait = 0, times = 0, code = SQLITE_OK;
    };
    struct File {
        sqlite3_file base;
        FaultVfs* vfs;
        sqlite3_file* real;  // behind this struct, in the space that SQLite has set aside
    };

    static std::size_t index(Op op) { return static_cast<std::size_t>(op); }

    int verdict(Op op) {
        const std::lock_guard lock{mutex_};
        ++counts_[index(op)];
        Plan& plan = plans_[index(op)];
        if (plan.times == 0) return SQLITE_OK;
        if (plan.wait > 1) {
            --plan.wait;
            return SQLITE_OK;
        }
        --plan.times;
        ++failures_;
        return plan.code;
    }

    static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
    static sqlite3_file* real(sqlite3_file* file) { return of(file)->real; }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
        auto* self = static_cast<FaultVfs*>(vfs->pAppData);
        File* f = of(file);
        f->base.pMethods = nullptr;
        if (const int code = self->verdict(Op::open); code != SQLITE_OK) return code;
        f->vfs = self;
        f->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
        std::memset(static_cast<void*>(f->real), 0, static_cast<std::size_t>(self->real_->szOsFile));
        const int rc = self->real_->xOpen(self->real_, name, f->real, flags, out_flags);
        if (f->real->pMethods != nullptr) f->base.pMethods = methods();
        return rc;
    }

    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
        const int code = of(file)->vfs->verdict(Op::write);
        if (code == SQLITE_OK) return real(file)->pMethods->xWrite(real(file), data, size, offset);
        real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
        return code;
    }

    static int sync(sqlite3_file* file, int flags) {
        const int code = of(file)->vfs->verdict(Op::sync);
        return code == SQLITE_OK ? real(file)->pMethods->xSync(real(file), flags) : code;
    }

    static const sqlite3_io_methods* methods() {
        static const sqlite3_io_methods kMethods = [] {
            sqlite3_io_methods m = handing_on<&FaultVfs::real>();
            m.xWrite = &FaultVfs::write;
            m.xSync = &FaultVfs::sync;
            return m;
        }();
        return &kMethods;
    }

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_;
    mutable std::mutex mutex_;
    Plan plans_[3];
    int counts_[3] = {};
    int failures_ = 0;
};

}  // namespace taktd::testing
