// SPDX-License-Identifier: Apache-2.0
// Secrets from their three sources; what is refused, and that no refusal repeats a value.
#include "daemon/settings/secrets.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kValue = "HUNTER2HUNTER2";

class Secrets : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::path{::testing::TempDir()} / "taktd_secrets_XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override {
        ::unsetenv("TAKTD_TEST_SECRET");
        ::unsetenv("CREDENTIALS_DIRECTORY");
        std::filesystem::remove_all(folder_);
    }
    std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
        const auto path = folder_ / name;
        std::ofstream{path} << text;
        ::chmod(path.c_str(), mode);
        return path.string();
    }
    static std::string error_of(const std::string& reference) {
        const auto secret = read_secret(reference);
        return secret ? "read" : secret.error();
    }
    std::filesystem::path folder_;
};

TEST_F(Secrets, Secrets_ComeFromTheEnvironment) {
    ::setenv("TAKTD_TEST_SECRET", kValue, 1);
    EXPECT_EQ(read_secret("${env:TAKTD_TEST_SECRET}")->reveal(), kValue);
    ::unsetenv("TAKTD_TEST_SECRET");
    EXPECT_THAT(error_of("${env:TAKTD_TEST_SECRET}"), HasSubstr("${env:TAKTD_TEST_SECRET} is not set"));
    ::setenv("TAKTD_TEST_SECRET", "", 1);
    EXPECT_THAT(error_of("${env:TAKTD_TEST_SECRET}"), HasSubstr("is empty"));
}

TEST_F(Secrets, Secrets_ComeFromPrivateFiles) {
    EXPECT_EQ(read_secret("${file:" + file("a", kValue) + "}")->reveal(), kValue);
    EXPECT_EQ(read_secret("${file:" + file("b", std::string{kValue} + "\n") + "}")->reveal(), kValue);
    EXPECT_EQ(read_secret("${file:" + file("c", std::string(64 * 1024, 'x'), 0400) + "}")->reveal().size(), 64u * 1024);
}

TEST_F(Secrets, Secrets_WhereOthersMayReadThem_AreRefused) {
    for (const mode_t mode : {mode_t{0640}, mode_t{0604}, mode_t{0644}}) {
        const auto path = file("open", kValue, mode);
        EXPECT_THAT(error_of("${file:" + path + "}"), HasSubstr("may be read by others; run: chmod 600 " + path));
    }
}

TEST_F(Secrets, WhatStandsAroundAKey_IsNamedAndNeverRepeated) {
    const std::pair<std::string, const char*> kCases[] = {
        {std::string{"\xef\xbb\xbf"} + kValue, "has a byte-order mark (U+FEFF) in it: delete it"},
        {std::string{kValue} + "\xc2\xa0", "has a no-break space (U+00A0) in it"},
        {std::string{"\""} + kValue + "\"\n", "has quotes around the key"},
        {std::string{"'"} + kValue + "'", "has quotes around the key"},
        {std::string{"ACCESS_KEY="} + kValue, "begins with a name and '='"},
        {std::string{"export KEY="} + kValue + "\n", "begins with a name and '='"},
        {std::string{kValue} + " \n", "a blank before or after the key"},
        {std::string{"\t"} + kValue, "a blank before or after the key"},
        {"id " + std::string{kValue}, "a blank in it"},
        {std::string{kValue} + "\n" + kValue + "\n", "has several lines"},
        {std::string{kValue} + "\nX-Evil: 1\n", "has several lines"},
        {std::string{kValue} + "\r\n\r\n", "has several lines"},
        {std::string{kValue} + "\x01", "a character in it that no key has"},
        {std::string{kValue} + "\x7F", "a character in it that no key has"},
    };
    for (const auto& [text, expected] : kCases) {
        const std::string error = error_of("${file:" + file("odd", text) + "}");
        EXPECT_THAT(error, HasSubstr(expected));
        EXPECT_THAT(error, Not(HasSubstr(kValue)));
    }
}

TEST_F(Secrets, PaddedBase64AndPunctuation_AreKeys) {
    for (const char* key : {"QUJDREVGR0g=", "QUJDREVGRw==", "a=b", "x-y_z.9/+~", "\"half"})
        EXPECT_EQ(read_secret("${file:" + file("key", key) + "}")->reveal(), key);
}

TEST_F(Secrets, FileOfRootForOurGroup_IsPrivateAsKubernetesMountsIt) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to root and become somebody else";
    const std::string path = file("mounted", kValue, 0440);
    ::chmod(folder_.c_str(), 0755);
    constexpr gid_t kGroup = 4711, kOther = 4712;
    ASSERT_EQ(::chown(path.c_str(), 0, kGroup), 0);
    const auto read_as_member_of = [&](gid_t group) {
        const pid_t child = ::fork();
        if (child == 0) {
            const bool is_other = ::setgroups(1, &group) == 0 && ::setresuid(4711, 4711, 4711) == 0;
            ::_exit(!is_other ? 2 : read_secret("${file:" + path + "}") ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    EXPECT_EQ(read_as_member_of(kGroup), 0);
    EXPECT_EQ(read_as_member_of(kOther), 1);
    ::chmod(path.c_str(), 0460);
    EXPECT_EQ(read_as_member_of(kGroup), 1);
    ::chmod(path.c_str(), 0444);
    EXPECT_EQ(read_as_member_of(kGroup), 1);
}

TEST_F(Secrets, FileThatIsNotPlainAndSmall_IsRefused) {
    EXPECT_THAT(error_of("${file:" + (folder_ / "none").string() + "}"), HasSubstr("No such file"));
    EXPECT_THAT(error_of("${file:" + folder_.string() + "}"), HasSubstr("is not a regular file"));
    const auto pipe = (folder_ / "pipe").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(error_of("${file:" + pipe + "}"), HasSubstr("is not a regular file"));
    EXPECT_THAT(error_of("${file:" + file("large", std::string(64 * 1024 + 1, 'x')) + "}"),
                HasSubstr("larger than 64 KiB"));
    EXPECT_THAT(error_of("${file:" + file("empty", "\n") + "}"), HasSubstr("is empty"));
}

TEST_F(Secrets, Secrets_ComeFromSystemdsFolder) {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_THAT(error_of("${credential:key}"), HasSubstr("takes it from /etc/taktd/credentials/key"));
    ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
    file("key", std::string{kValue} + "\n", 0440);  // systemd's modes are its own affair
    EXPECT_EQ(read_secret("${credential:key}")->reveal(), kValue);
    EXPECT_THAT(error_of("${credential:other}"), HasSubstr("${credential:other} cannot be read"));
    // A directory that is loaded whole gives its name to each file; one of the plain name goes first.
    file("taktd_key", "another\n", 0440);
    file("taktd_other", std::string{kValue} + "\n", 0440);
    EXPECT_EQ(read_secret("${credential:key}")->reveal(), kValue);
    EXPECT_EQ(read_secret("${credential:other}")->reveal(), kValue);
}

TEST_F(Secrets, TextThatIsNoReference_IsNeverRepeated) {
    for (const std::string& text :
         {std::string{kValue}, "${" + std::string{kValue} + "}", "${env:" + std::string{kValue} + "-}",
          "x${env:A}" + std::string{kValue}, std::string{}}) {
        EXPECT_FALSE(is_secret_reference(text));
        EXPECT_THAT(error_of(text), Not(HasSubstr("HUNTER")));
    }
    for (const char* text : {"${env:A}", "${file:/a}", "${credential:a.b-c_d@1}"})
        EXPECT_TRUE(is_secret_reference(text));
    for (const char* text : {"${env:1A}", "${env:}", "${file:a}", "${file:/}", "${credential:a/b}", "${credential:..}",
                             "${credential:}", "${env:A}${env:B}", "$env:A", "${ENV:A}", "${env:A} "}) {
        EXPECT_FALSE(is_secret_reference(text)) << text;
    }
}

TEST_F(Secrets, SecretsOfAProvider_AreReadTogether) {
    ::setenv("TAKTD_TEST_SECRET", kValue, 1);
    const auto both = read_credentials(
        {{"access_key", "${env:TAKTD_TEST_SECRET}"}, {"secret_key", "${file:" + file("k", "k") + "}"}});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->at("secret_key").reveal(), "k");
    const auto one =
        read_credentials({{"access_key", "${env:TAKTD_TEST_SECRET}"}, {"secret_key", "${env:TAKTD_NOT_SET}"}});
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error(), "secret_key: ${env:TAKTD_NOT_SET} is not set in the environment of this process");
}

}  // namespace
}  // namespace taktd
