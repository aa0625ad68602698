// SPDX-License-Identifier: Apache-2.0
// Ids: 16 bytes that sort as their texts do, and texts of one spelling only.
#include "daemon/core/base/uuid.hpp"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

#include "daemon/core/base/random.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd {
namespace {

static_assert(sizeof(RunId) == 16);
static_assert(!std::is_assignable_v<RunId&, CallId> && !std::is_constructible_v<RunId, CallId>);
static_assert(!std::is_constructible_v<RunId, std::string>, "only what parse() has looked at");

constexpr Uuid kExample{0x0192f0c0'0123'7abc, 0x8def'0123'4567'89ab};

TEST(Uuid, Text_IsLowerCaseWithDashes) {
    EXPECT_EQ(kExample.text(), "0192f0c0-0123-7abc-8def-0123456789ab");
    EXPECT_EQ(Uuid{}.text(), "00000000-0000-0000-0000-000000000000");
    EXPECT_STREQ(kExample.chars().data(), "0192f0c0-0123-7abc-8def-0123456789ab");
}

TEST(Uuid, Parse_TakesWhatTextMakes) {
    UuidSource source{1};
    for (int i = 0; i < 1000; ++i) {
        const Uuid uuid = source.next(WallTime{std::chrono::milliseconds{i / 7}});
        EXPECT_EQ(Uuid::parse(uuid.text()), uuid);
    }
    EXPECT_EQ(Uuid::parse("ffffffff-ffff-ffff-ffff-ffffffffffff"), (Uuid{~0ULL, ~0ULL}));
}

TEST(Uuid, Parse_TakesNothingElse) {
    using namespace std::string_literals;
    for (const auto& text :
         {""s, "r1"s, "0192f0c0-0123-7abc-8def-0123456789a"s, "0192f0c0-0123-7abc-8def-0123456789abc"s,
          "0192F0C0-0123-7ABC-8DEF-0123456789AB"s, "0192f0c001237abc8def0123456789ab"s,
          "0192f0c0-0123-7abc-8def_0123456789ab"s, "0192f0c00-123-7abc-8def-0123456789ab"s,
          "0192f0c0-0123-7abc-8def-0123456789ag"s, " 192f0c0-0123-7abc-8def-0123456789ab"s,
          "{192f0c0-0123-7abc-8def-0123456789ab"s, "0192f0c0-0123-7abc-8def-0123456789a\0"s})
        EXPECT_FALSE(Uuid::parse(text)) << text;
}

TEST(Uuid, Order_IsThatOfTheTexts) {
    std::vector<Uuid> uuids;
    Random random{7};
    for (int i = 0; i < 64; ++i) {
        uuids.emplace_back(1ULL << i, 0);
        uuids.emplace_back(0, 1ULL << i);
        uuids.emplace_back(random.next(), random.next());
    }
    for (const Uuid& a : uuids)
        for (const Uuid& b : uuids) EXPECT_EQ(a < b, a.text() < b.text()) << a.text() << " " << b.text();
}

TEST(Uuid, Source_GoesOnWhenTheClockStandsOrStepsBack) {
    UuidSource source{1};
    Uuid last;
    for (const int ms : {5, 5, 5, 3, 4, 6, 0}) {
        const Uuid next = source.next(WallTime{std::chrono::milliseconds{ms}});
        EXPECT_LT(last, next);
        EXPECT_EQ(next.text()[14], '7') << "the version";
        EXPECT_NE(std::string{"89ab"}.find(next.text()[19]), std::string::npos) << "the variant";
        last = next;
    }
}

TEST(Uuid, Ids_CanBeHashed) {
    UuidSource source{1};
    std::unordered_set<RunId> ids;
    for (int i = 0; i < 100; ++i) ids.insert(RunId{source.next({})});
    EXPECT_EQ(ids.size(), 100U);
}

}  // namespace
}  // namespace taktd
