// SPDX-License-Identifier: Apache-2.0
// What reaches the log: the two formats, levels, escapes, limits, and that no registered secret does.
#include "daemon/log/log.hpp"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/log/escape.hpp"

namespace taktd::log {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// Lines written while it lives.
class Captured {
public:
    explicit Captured(Options options = {}) {
        options.sink = [this](std::string_view line) {
            const std::lock_guard lock{mutex_};
            lines_.emplace_back(line);
        };
        setup(std::move(options));
    }
    ~Captured() { setup({}); }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;

    const std::vector<std::string>& lines() const { return lines_; }
    std::string only() const { return lines_.size() == 1 ? lines_.front() : std::to_string(lines_.size()) + " lines"; }

private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

TEST(Log, TextLine_HasTimeLevelMessageAndFields) {
    const Captured log;
    const std::string job = "nightly";
    info("run started", {{"job", job}, {"attempt", 2}, {"late", false}, {"rate", 0.5}, {"bytes", std::size_t{7}}});
    EXPECT_THAT(log.only(), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z info    "
                                         "run started job=nightly attempt=2 late=false rate=0.5 bytes=7"));
}

TEST(Log, JsonLine_IsOneObjectWithTypedFields) {
    const Captured log{{.format = Format::json}};
    warning("he said \"no\"\n", {{"job", "a\tb"},
                                 {"n", -3},
                                 {"ok", true},
                                 {"x", 1.5},
                                 {"nan", std::numeric_limits<double>::quiet_NaN()},
                                 {"bad", "\xff"}});
    const auto line = boost::json::parse(log.only()).as_object();
    EXPECT_EQ(line.at("level").as_string(), "warning");
    EXPECT_EQ(line.at("message").as_string(), "he said \"no\"\n");
    EXPECT_EQ(line.at("job").as_string(), "a\tb");
    EXPECT_EQ(line.at("n").as_int64(), -3);
    EXPECT_TRUE(line.at("ok").as_bool());
    EXPECT_DOUBLE_EQ(line.at("x").as_double(), 1.5);
    EXPECT_TRUE(line.at("nan").is_null());
    EXPECT_EQ(line.at("bad").as_string(), "\xef\xbf\xbd");
    EXPECT_THAT(std::string{line.at("time").as_string()}, EndsWith("Z"));
}

TEST(Log, JournalLines_BeginWithThePriorityAndBearNoTime) {
    const Captured log{{.level = Level::debug, .journal = true}};
    debug("d");
    info("i");
    warning("w");
    error("e");
    EXPECT_THAT(log.lines(), testing::ElementsAre("<7>d", "<6>i", "<4>w", "<3>e"));
}

TEST(Log, LinesBelowTheLevel_AreNotWritten) {
    const Captured log{{.level = Level::warning}};
    info("hidden");
    EXPECT_FALSE(enabled(Level::info));
    EXPECT_TRUE(enabled(Level::warning));
    EXPECT_TRUE(log.lines().empty());
}

TEST(Log, NamesOfLevelsAndFormats_AreReadExactly) {
    EXPECT_EQ(parse_level("warning"), Level::warning);
    EXPECT_EQ(parse_level("Warning"), std::nullopt);
    EXPECT_EQ(parse_format("json"), Format::json);
    EXPECT_EQ(parse_format(""), std::nullopt);
}

TEST(Log, Journal_IsRecognisedByDeviceAndInodeOfStderr) {
    struct stat about {};
    ASSERT_EQ(::fstat(STDERR_FILENO, &about), 0);
    const auto stream = std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    EXPECT_TRUE(stderr_is_journal());
    ::setenv("JOURNAL_STREAM", "0:0", 1);  // inherited, but stderr now goes elsewhere
    EXPECT_FALSE(stderr_is_journal());
    ::unsetenv("JOURNAL_STREAM");
    EXPECT_FALSE(stderr_is_journal());
}

TEST(Log, Lines_WithoutASink_GoToStderr) {
    setup({.journal = true});
    testing::internal::CaptureStderr();
    error("store is down", {{"path", "/x y"}});
    write_text(Level::error, "a text\n  of lines");
    EXPECT_TRUE(flush());
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "<3>store is down path=\"/x y\"\na text\n  of lines\n");
    setup({});
}

/// Puts another file in stderr's place.
class StderrIs {
public:
    explicit StderrIs(const std::string& path) : before_{::dup(STDERR_FILENO)} {
        const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        EXPECT_GE(::dup2(fd, STDERR_FILENO), 0) << path;
        ::close(fd);
    }
    StderrIs(const StderrIs&) = delete;
    StderrIs& operator=(const StderrIs&) = delete;
    ~StderrIs() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
    }

private:
    int before_;
};

TEST(Log, LinesThatNobodyTook_AreToldInTheLogsOwnFormat) {
    const std::string path = testing::TempDir() + "taktd_log_dropped_" + std::to_string(::getpid());
    for (const bool journal : {true, false}) {
        setup({.format = journal ? Format::text : Format::json, .journal = journal});
        {
            const StderrIs full{"/dev/full"};
            info("lost");
            error("lost");
            flush();
        }
        const StderrIs file{path};
        info("back");
        flush();
    }
    setup({});
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    ::unlink(path.c_str());
    EXPECT_THAT(text, testing::StartsWith(
                          "<3>log lines dropped: stderr did not take them errors=1 warnings=0 infos=1 debugs=0\n"
                          "<6>back\n{"));
    EXPECT_THAT(
        text,
        HasSubstr(R"("message":"log lines dropped: stderr did not take them","errors":1,"warnings":0,"infos":1)"));
}

TEST(Log, Text_IsRedacted) {
    register_secret("texts-hide-me");
    const Captured log;
    write_text(Level::error, "key: texts-hide-me");
    EXPECT_EQ(log.only(), "key: ***");
}

TEST(LogEscapes, Text_IsEscapedAndQuotedWhereItMustBe) {
    struct Case {
        std::string text, escaped, quoted;
    };
    const std::vector<Case> cases{
        {"plain", "plain", "plain"},
        {"", "", "\"\""},
        {"two words", "two words", "\"two words\""},
        {"a=b", "a=b", "\"a=b\""},
        {"say \"hi\"", "say \"hi\"", "\"say \\\"hi\\\"\""},
        {"line\nbreak", "line\\nbreak", "\"line\\nbreak\""},
        {"\x1b[31mred", "\\x1b[31mred", "\"\\x1b[31mred\""},
        {"\x7f", "\\x7f", "\"\\x7f\""},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m", "\"\\xc2\\x9b31m\""},  // C1: CSI
        {"压测", "压测", "压测"},
        {"\xff\xfe", "\\xff\\xfe", "\"\\xff\\xfe\""},
        {"\xc0\xaf", "\\xc0\\xaf", "\"\\xc0\\xaf\""},                // overlong
        {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\xed\\xa0\\x80\""},  // surrogate
        {"cut \xe5\x8e", "cut \\xe5\\x8e", "\"cut \\xe5\\x8e\""},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(escape_text(c.text), c.escaped);
        EXPECT_EQ(quote_text(c.text), c.quoted);
        EXPECT_NO_THROW(boost::json::parse(quote_json(c.text))) << quote_json(c.text);
    }
}

TEST(LogEscapes, Shorten_CutsBetweenCharacters) {
    EXPECT_EQ(shorten("abcdef", 6), "abcdef");
    EXPECT_EQ(shorten("abcdefg", 6), "abc...");
    EXPECT_EQ(shorten("压测压测", 8), "压...");  // 5 bytes are left: one character of 3
}

TEST(LogLimits, LongMessagesFieldsAndManyFields_AreCut) {
    const Captured log;
    info(std::string(100'000, 'm'), {{"body", std::string(100'000, 'f')}});
    EXPECT_LT(log.only().size(), kMessageBytesMax + kFieldBytesMax + 100);
    EXPECT_THAT(log.only(), EndsWith("fff..."));

    const Captured many;
    write(Level::info, "m", std::vector<Field>(100, Field{"k", "v"}));
    const auto text = many.only();
    EXPECT_EQ(std::count(text.begin(), text.end(), '='), kFieldsMax);
}

/// The sum of `lines=` over the notes about suppressed lines, and the number of the others.
std::pair<std::size_t, std::size_t> suppressed_and_written(const std::vector<std::string>& lines) {
    const std::string note = "log lines suppressed lines=";
    std::size_t suppressed = 0, written = 0;
    for (const auto& line : lines) {
        const auto at = line.find(note);
        if (at == std::string::npos) {
            ++written;
        } else {
            suppressed += std::stoul(line.substr(at + note.size()));
        }
    }
    return {suppressed, written};
}

TEST(LogLimits, Flood_IsCutAndCounted_AndDoesNotHideErrors) {
    const Captured log;
    constexpr std::size_t kFlood = 200'000;
    for (std::size_t i = 0; i < kFlood; ++i) info("small talk");
    error("stop overdue");
    EXPECT_THAT(log.lines().back(), HasSubstr("stop overdue"));
    flush();
    const auto [suppressed, written] = suppressed_and_written(log.lines());
    EXPECT_GT(suppressed, 0u);
    EXPECT_EQ(suppressed + written, kFlood + 1);
    flush();  // says it once
    EXPECT_EQ(suppressed_and_written(log.lines()).first, suppressed);
}

TEST(LogLimits, Threads_LoseNoLine) {
    const Captured log;
    constexpr int kThreads = 4, kEach = 200;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([t] {
                register_secret("thread-secret-" + std::to_string(t));
                for (int i = 0; i < kEach; ++i) info("from thread-secret-" + std::to_string(t), {{"i", i}});
            });
        }
    }
    EXPECT_EQ(log.lines().size(), static_cast<std::size_t>(kThreads * kEach));
    for (const auto& line : log.lines()) EXPECT_THAT(line, HasSubstr("from *** i="));
}

TEST(LogSecrets, Secrets_NeverAppearInMessageOrField) {
    register_secret("s3cr3t/Key+1");
    register_secret("quote\"d");
    for (const auto format : {Format::text, Format::json}) {
        const Captured log{{.format = format}};
        info("vendor says s3cr3t/Key+1!", {{"url", "x?k=s3cr3t%2FKey%2B1&y"},
                                           {"raw", "as3cr3t/Key+1b"},
                                           {"q", "quote\"d"},
                                           {"echo", R"({"k":"quote\"d"})"}});
        EXPECT_THAT(log.only(), Not(HasSubstr("s3cr3t")));
        EXPECT_THAT(log.only(), Not(HasSubstr("quote")));
        EXPECT_THAT(log.only(), HasSubstr("vendor says ***!"));
    }
}

TEST(LogSecrets, Secrets_BeforeALineIsCut_AreFound) {
    register_secret("edge-secret-value");
    const Captured log;
    info(std::string(kMessageBytesMax - 8, 'm') + "edge-secret-value and more");
    EXPECT_THAT(log.only(), Not(HasSubstr("edge")));
}

TEST(LogSecrets, Redact_ReplacesEachSecretAndNothingElse) {
    register_secret("alphabet");
    register_secret(Secret{"betamax!"});
    register_secret("aaaa");
    register_secret("abc");  // too short to be looked for
    struct Case {
        std::string text, redacted;
    };
    const std::vector<Case> cases{
        {"", ""},
        {"nothing here, abc", "nothing here, abc"},
        {"alphabet", "***"},
        {"xalphabety", "x***y"},
        {"alphabet and alphabet", "*** and ***"},
        {"alphabetamax!", "***"},  // two secrets that overlap: no tail is left
        {"aaaaaaa", "***"},        // one that overlaps itself
        {"alphabe", "alphabe"},
    };
    for (const auto& c : cases) EXPECT_EQ(redact(c.text), c.redacted) << c.text;
}

TEST(LogSecrets, OldestSecret_BeyondTheLimit_IsForgottenUnlessRenewed) {
    register_secret("rotated-first");
    register_secret("rotated-kept");
    for (std::size_t i = 0; i + 1 < kSecretsMax; ++i) {
        register_secret("rotated-" + std::to_string(i) + "-x");
        register_secret("rotated-kept");
    }
    EXPECT_EQ(redact("rotated-first"), "rotated-first");
    EXPECT_EQ(redact("rotated-kept"), "***");
}

}  // namespace
}  // namespace taktd::log
