// SPDX-License-Identifier: Apache-2.0
// File methods of an SQLite VFS that hand everything on to the real file; a test's VFS replaces those that it is about.
#pragma once

#include <sqlite3.h>

namespace taktd::testing {

/// `kReal` finds the real file behind one of the VFS.
template <sqlite3_file* (*kReal)(sqlite3_file*)>
sqlite3_io_methods handing_on() {
    sqlite3_io_methods m{};
    m.iVersion = 2;  // no memory-mapped reads: nothing of ours asks for them
    m.xClose = [](sqlite3_file* f) { return kReal(f)->pMethods->xClose(kReal(f)); };
    m.xRead = [](sqlite3_file* f, void* p, int n, sqlite3_int64 at) {
        return kReal(f)->pMethods->xRead(kReal(f), p, n, at);
    };
    m.xWrite = [](sqlite3_file* f, const void* p, int n, sqlite3_int64 at) {
        return kReal(f)->pMethods->xWrite(kReal(f), p, n, at);
    };
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return kReal(f)->pMethods->xTruncate(kReal(f), n); };
    m.xSync = [](sqlite3_file* f, int flags) { return kReal(f)->pMethods->xSync(kReal(f), flags); };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return kReal(f)->pMethods->xFileSize(kReal(f), n); };
    m.xLock = [](sqlite3_file* f, int level) { return kReal(f)->pMethods->xLock(kReal(f), level); };
    m.xUnlock = [](sqlite3_file* f, int level) { return kReal(f)->pMethods->xUnlock(kReal(f), level); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return kReal(f)->pMethods->xCheckReservedLock(kReal(f), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
        return kReal(f)->pMethods->xFileControl(kReal(f), op, arg);
    };
    m.xSectorSize = [](sqlite3_file* f) { return kReal(f)->pMethods->xSectorSize(kReal(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) { return kReal(f)->pMethods->xDeviceCharacteristics(kReal(f)); };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return kReal(f)->pMethods->xShmMap(kReal(f), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
        return kReal(f)->pMethods->xShmLock(kReal(f), offset, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* f) { kReal(f)->pMethods->xShmBarrier(kReal(f)); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) { return kReal(f)->pMethods->xShmUnmap(kReal(f), remove); };
    return m;
}

}  // namespace taktd::testing
