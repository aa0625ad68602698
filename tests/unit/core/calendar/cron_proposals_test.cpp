// SPDX-License-Identifier: Apache-2.0
// Proposals: each one that the parser can make is accepted, and means what was written; and what people write for other
// programs is answered with what has that meaning.
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "daemon/core/calendar/cron.hpp"

namespace taktd {
namespace {

struct FieldShape {
    std::size_t index;  ///< among five
    int low, high, size;
};
constexpr FieldShape kShapes[] = {{0, 0, 59, 60}, {1, 0, 23, 24}, {2, 1, 31, 31}, {3, 1, 12, 12}, {4, 0, 7, 7}};

std::string with_field(const FieldShape& shape, const std::string& text) {
    std::string fields[] = {"0", "0", "*", "*", "*"};
    fields[shape.index] = text;
    std::string expression;
    for (const auto& field : fields) expression += (expression.empty() ? "" : " ") + field;
    return expression;
}

/// The values that a field takes in a leap year and its successor, found by asking for matches, not by parsing.
std::set<int> values_of(const FieldShape& shape, const Cron& cron) {
    std::set<int> values;
    using namespace std::chrono;
    const local_days begin{year{2028} / 1 / 1};
    const auto note = [&](LocalTime t) {
        if (!cron.matches(t)) return;
        const auto day = floor<days>(t);
        const year_month_day date{day};
        const int found[] = {static_cast<int>((t - day).count() / 60 % 60), static_cast<int>((t - day).count() / 3600),
                             static_cast<int>(static_cast<unsigned>(date.day())),
                             static_cast<int>(static_cast<unsigned>(date.month())),
                             static_cast<int>(weekday{day}.c_encoding())};
        values.insert(found[shape.index]);
    };
    if (shape.index < 2) {
        for (int m = 0; m < 24 * 60; ++m) note(begin + minutes{m});
    } else {
        for (int d = 0; d < 366; ++d) note(begin + days{d});
    }
    return values;
}

/// What `low-high/step` says if it wraps round at the field's end.
std::set<int> meant(const FieldShape& shape, int low, int high, int step) {
    std::set<int> values;
    const int end = low <= high ? high : high + shape.size;
    for (int v = low; v <= end; v += step) {
        int value = (v - shape.low) % shape.size + shape.low;
        values.insert(value);
    }
    return values;
}

// All backward ranges of all fields with all steps: the proposal has the values themselves, never more.
TEST(CronProposals, BackwardRange_AnyFieldAndStep_IsAcceptedWithItsValues) {
    int seen = 0;
    for (const auto& shape : kShapes) {
        for (int low = shape.low; low <= shape.high; ++low) {
            for (int high = shape.low; high < low; ++high) {
                for (int step : {1, 2, 3, 5}) {
                    const auto text = std::to_string(low) + "-" + std::to_string(high) +
                                      (step == 1 ? "" : "/" + std::to_string(step));
                    const auto cron = Cron::parse(with_field(shape, text));
                    ASSERT_FALSE(cron) << text;
                    const auto proposed = Cron::parse(cron.error().instead);
                    ASSERT_TRUE(proposed) << text << " -> " << cron.error().instead;
                    // Sunday at the front is day 0: 7-2 is 0-2.
                    const int from = shape.index == 4 ? low % 7 : low;
                    ASSERT_EQ(values_of(shape, *proposed), meant(shape, from, high, step))
                        << text << " -> " << cron.error().instead;
                    ++seen;
                }
            }
        }
    }
    EXPECT_GT(seen, 8000);
}

TEST(CronProposals, LoneStep_AnyFieldAndStep_IsAcceptedWithItsValues) {
    for (const auto& shape : kShapes) {
        const int last = shape.index == 4 ? 6 : shape.high;
        for (int low = shape.low; low <= last; ++low) {
            for (int step = 0; step <= shape.size; ++step) {
                const auto text = std::to_string(low) + "/" + std::to_string(step);
                const auto cron = Cron::parse(with_field(shape, text));
                ASSERT_FALSE(cron) << text;
                const auto proposed = Cron::parse(cron.error().instead);
                ASSERT_TRUE(proposed) << text << " -> " << cron.error().instead;
                ASSERT_EQ(values_of(shape, *proposed), meant(shape, low, step == 0 ? low : last, step == 0 ? 1 : step))
                    << text << " -> " << cron.error().instead;
            }
        }
    }
}

// Expressions of random pieces, right and wrong, of all dialects: whatever is proposed is accepted.
TEST(CronProposals, AnyExpression_WithAProposal_TheProposalIsAccepted) {
    const std::vector<std::string> pieces{
        "0",         "5",    "59",   "*",       "?",       "*/5",     "*/7",   "*/45", "*/90",
        "0/0",       "5/15", "22-6", "6-2",     "5-1",     "22-6/2",  "H",     "H/15", "H(0-3)",
        "0~59",      "~",    "2-6",  "MON-FRI", "FRI-MON", "FRI#2",   "L",     "15W",  "*/0",
        "61",        "x",    "1,,2", "2026",    "JAN",     "NOV-FEB", "7-2/2", "1/2",  "\xe2\x80\x93",
        "0\xc2\xa0", "SUN/2"};
    std::mt19937 random{20261202};
    int proposals = 0;
    for (int i = 0; i < 200'000; ++i) {
        const std::size_t count = 5 + random() % 3;
        std::string expression;
        for (std::size_t k = 0; k < count; ++k) {
            // Mostly what is right, so that one fault is often the only one.
            const auto& piece = random() % 3 == 0 ? pieces[random() % pieces.size()] : pieces[3];
            expression += (k == 0 ? "" : " ") + piece;
        }
        if (random() % 20 == 0) expression = "cron(" + expression + ")";
        const auto cron = Cron::parse(expression);
        if (cron || cron.error().instead.empty()) continue;
        ++proposals;
        const auto proposed = Cron::parse(cron.error().instead);
        ASSERT_TRUE(proposed) << expression << " -> " << cron.error().instead << ": " << proposed.error().message;
    }
    EXPECT_GT(proposals, 10'000);
}

TEST(CronProposals, WordsOfOtherPrograms_AreAnsweredWithWhatHasTheirMeaning) {
    const struct {
        const char *written, *instead, *rule;
    } cases[] = {
        // AWS EventBridge: six fields, the year last, 1 is Sunday
        {"0 10 * * ? *", "0 10 * * *", ""},
        {"cron(0 10 * * ? *)", "0 10 * * *", ""},
        {"0/15 * * * ? *", "0-59/15 * * * *", ""},
        {"0 18 ? * MON-FRI *", "0 18 * * MON-FRI", ""},
        {"0 8 ? * 2-6 *", "0 8 * * MON-FRI", ""},
        {"0 9 ? * 6L *", "0 9 * * FRIL", ""},
        {"0 8 1 * ? 2027", "0 0 8 1 * * 2027", ""},
        {"rate(5 minutes)", "", "{every: 5m}"},
        {"rate(1 day)", "", "{every: 1d}"},
        // Quartz: 1 is Sunday, a step after one value
        {"0 0 12 ? * 2-6", "0 0 12 * * MON-FRI", ""},
        {"0 0 12 ? * 1", "0 0 12 * * SUN", ""},
        {"0 0 12 ? * L", "0 0 12 * * SAT", ""},
        {"0 0 12 ? * 2#1", "0 0 12 * * MON#1", ""},
        {"0 0/15 * * * ?", "0 0-59/15 * * * ?", ""},
        {"0 0 0/6 * * ?", "0 0 0-23/6 * * ?", ""},
        {"0/0 * * * *", "0 * * * *", ""},
        // Jenkins
        {"H * * * *", "0 * * * *", ""},
        {"H/15 * * * *", "*/15 * * * *", ""},
        {"H H(0-7) * * *", "0 0 * * *", ""},
        {"H(0-29)/10 * * * *", "0-29/10 * * * *", ""},
        // Kubernetes, and Go's robfig/cron
        {"@every 90m", "", "{every: 1h30m}"},
        {"@every 1h30m", "", "{every: 1h30m}"},
        {"@every 36h", "", "{every: 1d12h}"},
        {"CRON_TZ=Asia/Shanghai 0 2 * * *", "", "{cron: \"0 2 * * *\", time_zone: Asia/Shanghai}"},
        {"TZ=UTC 0 22-6/2 * * *", "", "{cron: \"0 0,2,4,6,22 * * *\", time_zone: UTC}"},
        {"@at 2026-12-05 03:00", "", "{at: \"2026-12-05 03:00\"}"},
        // cronie, OpenBSD
        {"0~59 3 * * *", "0 3 * * *", ""},
        {"~ 3 * * *", "0 3 * * *", ""},
        // what cron accepts and does not mean
        {"*/90 * * * *", "", "{every: 1h30m}"},
        {"0 */36 * * *", "", "{every: 1d12h}"},
        {"30 */36 * * *", "", "{every: 1d12h, from: \"1970-01-01 00:30:00\"}"},
        {"*/60 * * * *", "0 * * * *", ""},
        {"0 22-6/2 * * *", "0 0,2,4,6,22 * * *", ""},
        {"@Daily", "@daily", ""},
        // what one cannot see
        {"0\xc2\xa0"
         "2 * * *",
         "0 2 * * *", ""},
        {"0 9\xe2\x80\x93"
         "17 * * *",
         "0 9-17 * * *", ""},
        {"0 2 * * *\xe2\x80\x8b", "0 2 * * *", ""},
    };
    for (const auto& c : cases) {
        const auto cron = Cron::parse(c.written);
        ASSERT_FALSE(cron) << c.written;
        EXPECT_EQ(cron.error().instead, c.instead) << c.written << ": " << cron.error().message;
        EXPECT_EQ(cron.error().rule, c.rule) << c.written << ": " << cron.error().message;
    }
}

TEST(CronProposals, WordsOfOtherPrograms_WithTheirMeaningHere_AreAccepted) {
    for (const char* expression : {"0 2 * * *", "*/5 * * * *", "0 0 * * 0", "0 0 * * 7", "0 0 * * SUN",
                                   "0 9-17 * * MON-FRI", "0 0 12 * * ?", "0 15 10 ? * MON-FRI", "0 15 10 L * ?",
                                   "0 15 10 ? * FRI#3", "0 15 10 15W * ?", "@daily", "@hourly", "@weekly"}) {
        EXPECT_TRUE(Cron::parse(expression)) << expression;
    }
}

TEST(CronProposals, OddCharacter_IsNamed) {
    const auto cron = Cron::parse(
        "0 9\xe2\x80\x93"
        "17 * * *");
    ASSERT_FALSE(cron);
    EXPECT_EQ(cron.error().message, "this is an en dash (U+2013), which cron does not know; write a plain -");
    EXPECT_EQ(cron.error().column, 3u);
}

TEST(CronProposals, UnevenStep_SaysWhenItFires) {
    EXPECT_EQ(Cron::parse("*/45 * * * *")->uneven_step(),
              "*/45 does not divide 60: it fires at minute 0, 45, and 15 minutes later at 0 again");
    EXPECT_EQ(Cron::parse("*/25 * * * *")->uneven_step(),
              "*/25 does not divide 60: it fires at minute 0, 25, 50, and 10 minutes later at 0 again");
    EXPECT_EQ(Cron::parse("0 */5 * * *")->uneven_step(),
              "*/5 does not divide 24: it fires at hour 0, 5 ... 20, and 4 hours later at 0 again");
    EXPECT_EQ(Cron::parse("*/59 * * * *")->uneven_step(),
              "*/59 does not divide 60: it fires at minute 0, 59, and 1 minute later at 0 again");
    EXPECT_EQ(Cron::parse("*/15 */6 * * *")->uneven_step(), "");
}

}  // namespace
}  // namespace taktd
