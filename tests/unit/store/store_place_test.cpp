// SPDX-License-Identifier: Apache-2.0
// What is taken for a store, what for none, and what is neither.
#include "daemon/store/sqlite/store_place.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StoreDirectory;

void write(const std::string& path, const std::string& bytes) { std::ofstream{path} << bytes; }

std::string refusal_of(const std::string& path) {
    const auto place = locate_store(path);
    return place ? "found" : place.error();
}

TEST(StorePlace, NothingThere_IsNoStoreYet) {
    const StoreDirectory directory;
    for (const char* name : {"taktd.db", "none/taktd.db"}) {
        const auto place = locate_store(directory.path(name));
        ASSERT_TRUE(place) << place.error();
        EXPECT_FALSE(place->is_there);
        EXPECT_EQ(place->path, directory.path(name));
    }
}

TEST(StorePlace, ALockAlone_IsNoStoreYet) {
    const StoreDirectory directory;
    write(directory.path("taktd.db.lock"), "1\n");
    ASSERT_TRUE(locate_store(directory.path()));
    EXPECT_FALSE(locate_store(directory.path())->is_there);
}

TEST(StorePlace, SymbolicLink_IsWhatItLeadsTo) {
    const StoreDirectory directory;
    std::filesystem::create_directory(directory.path("disk"));
    write(directory.path("disk/real.db"), "x");
    std::filesystem::create_symlink("disk/real.db", directory.path("file-link.db"));
    std::filesystem::create_directory_symlink("disk", directory.path("folder-link"));
    for (const char* name : {"file-link.db", "folder-link/real.db"}) {
        const auto place = locate_store(directory.path(name));
        ASSERT_TRUE(place) << place.error();
        EXPECT_TRUE(place->is_there);
        EXPECT_EQ(place->path, directory.path("disk/real.db"));
    }
    EXPECT_EQ(locate_store(directory.path("folder-link/new.db"))->path, directory.path("disk/new.db"));
}

TEST(StorePlace, SymbolicLinkToNothing_IsRefused) {
    const StoreDirectory directory;
    std::filesystem::create_symlink("/nowhere/taktd.db", directory.path());
    EXPECT_THAT(refusal_of(directory.path()), AllOf(HasSubstr(directory.path()), HasSubstr("leads to nothing")));
}

TEST(StorePlace, EmptyFile_IsRefusedAndNamesSalvage) {
    const StoreDirectory directory;
    write(directory.path(), "");
    EXPECT_THAT(refusal_of(directory.path()), AllOf(HasSubstr("is empty (0 bytes)"), Not(HasSubstr("-wal")),
                                                    HasSubstr("taktctl salvage --db " + directory.path())));
    write(directory.path("taktd.db-wal"), "frames");
    EXPECT_THAT(refusal_of(directory.path()), HasSubstr(directory.path() + "-wal holds 6 bytes"));
}

TEST(StorePlace, WhatLayBesideAStore_IsRefusedAndNamesSalvage) {
    for (const char* end : {"-wal", "-journal", "-shm"}) {
        const StoreDirectory directory;
        write(directory.path() + end, "");
        EXPECT_THAT(refusal_of(directory.path()),
                    AllOf(HasSubstr("is not there, but " + directory.path() + end), HasSubstr("taktctl salvage")));
    }
}

TEST(StorePlace, WhatCannotBeLookedAt_IsRefusedWithItsCause) {
    const StoreDirectory directory;
    std::filesystem::create_symlink("loop", directory.path("loop"));
    write(directory.path("file"), "x");
    std::filesystem::create_directory(directory.path("folder"));
    EXPECT_THAT(refusal_of(directory.path("loop/taktd.db")), HasSubstr("Too many levels of symbolic links"));
    EXPECT_THAT(refusal_of(directory.path(std::string(300, 'a'))), HasSubstr("File name too long"));
    EXPECT_THAT(refusal_of(directory.path("file/taktd.db")), HasSubstr("not a directory"));
    EXPECT_THAT(refusal_of(directory.path("folder")),
                HasSubstr("is a directory; name the file in it, such as " + directory.path("folder/taktd.db")));
    EXPECT_THAT(refusal_of("/dev/null"), HasSubstr("not a regular file"));
    if (::getuid() == 0) return;
    std::filesystem::permissions(directory.root(), std::filesystem::perms::none);
    EXPECT_THAT(refusal_of(directory.path()), HasSubstr("Permission denied"));
    std::filesystem::permissions(directory.root(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace taktd
