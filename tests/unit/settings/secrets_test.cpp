// Secrets from their three sources; what is refused, and that no refusal repeats a value.
#include "daemon/settings/secrets.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(Secrets, ComeFromTheEnvironment) {
    ::setenv("TAKTD_TEST_SECRET", kValue, 1);
    EXPECT_EQ(read_secret("${env:TAKTD_TEST_SECRET}")->reveal(), kValue);
    ::unsetenv("TAKTD_TEST_SECRET");
    EXPECT_THAT(error_of("${env:TAKTD_TEST_SECRET}"), HasSubstr("${env:TAKTD_TEST_SECRET} is not set"));
    ::setenv("TAKTD_TEST_SECRET", "", 1);
    EXPECT_THAT(error_of("${env:TAKTD_TEST_SECRET}"), HasSubstr("is empty"));
}

TEST_F(Secrets, ComeFromPrivateFiles) {
    EXPECT_EQ(read_secret("${file:" + file("a", kValue) + "}")->reveal(), kValue);
    EXPECT_EQ(read_secret("${file:" + file("b", std::string{kValue} + "\n") + "}")->reveal(), kValue);
    EXPECT_EQ(read_secret("${file:" + file("c", std::string(64 * 1024, 'x'), 0400) + "}")->reveal().size(), 64u * 1024);
}

TEST_F(Secrets, AreRefusedWhereOthersMayReadThem) {
    for (const mode_t mode : {mode_t{0640}, mode_t{0604}, mode_t{0644}}) {
        const auto path = file("open", kValue, mode);
        EXPECT_THAT(error_of("${file:" + path + "}"), HasSubstr("may be read by others; run: chmod 600 " + path));
    }
}

TEST_F(Secrets, AreRefusedWhenNoPlainSmallFile) {
    EXPECT_THAT(error_of("${file:" + (folder_ / "none").string() + "}"), HasSubstr("No such file"));
    EXPECT_THAT(error_of("${file:" + folder_.string() + "}"), HasSubstr("is not a regular file"));
    const auto pipe = (folder_ / "pipe").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(error_of("${file:" + pipe + "}"), HasSubstr("is not a regular file"));
    EXPECT_THAT(error_of("${file:" + file("large", std::string(64 * 1024 + 1, 'x')) + "}"),
                HasSubstr("larger than 64 KiB"));
    EXPECT_THAT(error_of("${file:" + file("empty", "\n") + "}"), HasSubstr("is empty"));
    for (const std::string& text : {std::string{kValue} + "\nX-Evil: 1\n", std::string{kValue} + "\r\n\r\n",
                                    std::string{kValue} + " \n", "a " + std::string{kValue}, "\t" + std::string{kValue},
                                    "\xEF\xBB\xBF" + std::string{kValue}, std::string{kValue} + "\x7F"}) {
        const auto error = error_of("${file:" + file("lines", text) + "}");
        EXPECT_THAT(error, HasSubstr("holds a line break"));
        EXPECT_THAT(error, Not(HasSubstr("HUNTER")));
    }
}

TEST_F(Secrets, ComeFromSystemdsFolder) {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_THAT(error_of("${credential:key}"), HasSubstr("set LoadCredential=key:"));
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

TEST_F(Secrets, AreNeverRepeatedWhenNoReference) {
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

TEST_F(Secrets, OfAProviderAreReadTogether) {
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
