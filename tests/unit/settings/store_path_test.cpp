// SPDX-License-Identifier: Apache-2.0
// Where the store is, from configs good and bad.
#include "daemon/settings/store_path.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd {
namespace {

class StorePath : public ::testing::Test {
protected:
    Result<std::string> read(const std::string& text) {
        std::ofstream{path_} << text;
        return read_store_path(path_);
    }
    ~StorePath() override { std::remove(path_.c_str()); }

    std::string path_ =
        (std::filesystem::temp_directory_path() / ("taktd-path-" + std::to_string(::getpid()) + ".yaml")).string();
};

TEST_F(StorePath, Path_IsWhatTheFileSays_WhateverElseIsWrong) {
    const std::string by_default = "/var/lib/taktd/taktd.db";
    EXPECT_EQ(read("version: 1\nstore: {path: /data/t.db}\n"), "/data/t.db");
    EXPECT_EQ(read("store:\n  path: \"/data/t t.db\"\njobs: {x: {nonsense: [1, 2]}}\n"), "/data/t t.db");
    EXPECT_EQ(read("version: 7\nstor: {path: /x}\n"), by_default);
    EXPECT_EQ(read("store: {retention: 3d}\n"), by_default);
    EXPECT_EQ(read("store: [path, x]\n"), by_default);
    EXPECT_EQ(read("store: {path: [x]}\n"), by_default);
    EXPECT_EQ(read("[a, list]\n"), by_default);
}

TEST_F(StorePath, RelativePath_BelongsToTheConfig) {
    const std::string folder = std::filesystem::temp_directory_path().string() + "/";
    EXPECT_EQ(read("store: {path: t.db}\n"), folder + "t.db");
    EXPECT_EQ(read("store: {path: ./data/../t.db}\n"), folder + "t.db");
    EXPECT_EQ(resolve_store_path("t.db", "taktd.yaml"), "t.db");
    EXPECT_EQ(resolve_store_path("../t.db", "/etc/taktd/taktd.yaml"), "/etc/t.db");
    EXPECT_EQ(resolve_store_path("./~t.db", "/etc/taktd.yaml"), "/etc/~t.db");
}

TEST_F(StorePath, WhatNamesNoFile_IsAnErrorInWords) {
    const std::pair<const char*, const char*> cases[] = {
        {"~/t.db", "nobody replaces '~'"}, {"~", "nobody replaces '~'"},       {":memory:", "in memory forgets"},
        {"file:/t.db", "not a URI"},       {"/var/lib/", "/var/lib/taktd.db"}, {"..", "not a directory"}};
    for (const auto& [path, words] : cases) {
        const auto result = read(std::string{"store: {path: \""} + path + "\"}\n");
        ASSERT_FALSE(result) << path;
        EXPECT_NE(result.error().find(path_ + ":1:15: error: 'path' "), std::string::npos) << result.error();
        EXPECT_NE(result.error().find(words), std::string::npos) << result.error();
    }
}

TEST_F(StorePath, Path_WhereTheFileIsNoYaml_IsUnknown) {
    const auto broken = read("version: 1\nstore: {path: /data/t.db\njobs: ]\n");
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().find(path_ + ":"), std::string::npos) << broken.error();
    EXPECT_FALSE(read(std::string{"\0\1\2", 3}));
    EXPECT_FALSE(read_store_path(path_ + ".missing"));
    EXPECT_NE(read_store_path(path_ + ".missing").error().find("No such file"), std::string::npos);
    EXPECT_FALSE(read_store_path(std::filesystem::temp_directory_path().string()));
}

}  // namespace
}  // namespace taktd
