// SPDX-License-Identifier: Apache-2.0
// Look-ups in a zone's table, over small hand-made tables: gaps, folds, half hours, a skipped day, seconds in offsets.
#include "daemon/core/calendar/zone.hpp"

#include <gtest/gtest.h>

#include "tests/support/instants.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::local;
using test::utc;
using Kind = LocalMeaning::Kind;

Zone berlin() {
    return {"Europe/Berlin",
            1h,
            {{utc("2026-03-29T01:00:00Z"), 2h}, {utc("2026-10-25T01:00:00Z"), 1h}, {utc("2027-03-28T01:00:00Z"), 2h}}};
}
Zone lord_howe() {
    return {
        "Australia/Lord_Howe", 11h, {{utc("2026-04-04T15:00:00Z"), 10h + 30min}, {utc("2026-10-03T15:30:00Z"), 11h}}};
}
Zone apia() { return {"Pacific/Apia", -10h, {{utc("2011-12-30T10:00:00Z"), 14h}}}; }
Zone old_amsterdam() { return {"Europe/Amsterdam", 1172s, {{utc("1937-06-30T22:40:28Z"), 4800s}}}; }

TEST(Zone, Offsets_ChangeAtTheInstantItself) {
    const auto zone = berlin();
    EXPECT_EQ(zone.offset_at(utc("2020-01-01T00:00:00Z")), 1h);
    EXPECT_EQ(zone.offset_at(utc("2026-03-29T00:59:59Z")), 1h);
    EXPECT_EQ(zone.offset_at(utc("2026-03-29T01:00:00Z") - 1ns), 1h);
    EXPECT_EQ(zone.offset_at(utc("2026-03-29T01:00:00Z")), 2h);
    EXPECT_EQ(zone.offset_at(utc("2026-10-25T01:00:00Z")), 1h);
    EXPECT_EQ(zone.offset_at(utc("2099-01-01T00:00:00Z")), 2h);
    EXPECT_EQ(zone.offset_at(WallTime::min()), 1h);
    EXPECT_EQ(zone.offset_at(WallTime::max()), 2h);
}

TEST(Zone, Spans_CoverTheTable) {
    const auto zone = berlin();
    const auto summer = zone.span_at(utc("2026-07-01T00:00:00Z"));
    EXPECT_EQ(summer.begin, utc("2026-03-29T01:00:00Z"));
    EXPECT_EQ(summer.end, utc("2026-10-25T01:00:00Z"));
    EXPECT_EQ(summer.offset, 2h);
    EXPECT_EQ(zone.span_at(WallTime::min()).begin, WallTime::min());
    EXPECT_EQ(zone.span_at(utc("2040-01-01T00:00:00Z")).end, WallTime::max());
}

TEST(Zone, LocalTime_IsFlooredToWholeSeconds) {
    EXPECT_EQ(berlin().to_local(utc("2026-07-01T00:00:00Z") + 999ms), local("2026-07-01T02:00:00"));
    EXPECT_EQ(Zone::utc()->to_local(WallTime{-1ns}), local("1969-12-31T23:59:59"));
    EXPECT_EQ(old_amsterdam().to_local(utc("1930-01-01T00:00:00Z")), local("1930-01-01T00:19:32"));
}

TEST(Zone, LocalTime_InAGapOrFold_HasItsMeaning) {
    const struct {
        Zone zone;
        const char* local;
        Kind kind;
        const char *first, *second;
    } cases[] = {
        {berlin(), "2026-03-29T01:59:59", Kind::unique, "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
        {berlin(), "2026-03-29T02:00:00", Kind::gap, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        {berlin(), "2026-03-29T02:59:59", Kind::gap, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        {berlin(), "2026-03-29T03:00:00", Kind::unique, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        {berlin(), "2026-10-25T01:59:59", Kind::unique, "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z"},
        {berlin(), "2026-10-25T02:00:00", Kind::fold, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
        {berlin(), "2026-10-25T02:59:59", Kind::fold, "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"},
        {berlin(), "2026-10-25T03:00:00", Kind::unique, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
        {lord_howe(), "2026-10-04T01:59:59", Kind::unique, "2026-10-03T15:29:59Z", "2026-10-03T15:29:59Z"},
        {lord_howe(), "2026-10-04T02:00:00", Kind::gap, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
        {lord_howe(), "2026-10-04T02:29:59", Kind::gap, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
        {lord_howe(), "2026-10-04T02:30:00", Kind::unique, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
        {lord_howe(), "2026-04-05T01:29:59", Kind::unique, "2026-04-04T14:29:59Z", "2026-04-04T14:29:59Z"},
        {lord_howe(), "2026-04-05T01:30:00", Kind::fold, "2026-04-04T14:30:00Z", "2026-04-04T15:00:00Z"},
        {lord_howe(), "2026-04-05T02:00:00", Kind::unique, "2026-04-04T15:30:00Z", "2026-04-04T15:30:00Z"},
        {apia(), "2011-12-29T23:59:59", Kind::unique, "2011-12-30T09:59:59Z", "2011-12-30T09:59:59Z"},
        {apia(), "2011-12-30T00:00:00", Kind::gap, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
        {apia(), "2011-12-30T12:00:00", Kind::gap, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
        {apia(), "2011-12-31T00:00:00", Kind::unique, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
        {old_amsterdam(), "1930-06-01T00:00:00", Kind::unique, "1930-05-31T23:40:28Z", "1930-05-31T23:40:28Z"},
        {*Zone::utc(), "2026-01-01T00:00:00", Kind::unique, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
    };
    for (const auto& c : cases) {
        const auto meaning = c.zone.meaning_of(local(c.local));
        EXPECT_EQ(meaning.kind, c.kind) << c.zone.name() << ' ' << c.local;
        EXPECT_EQ(to_rfc3339(meaning.first), c.first) << c.zone.name() << ' ' << c.local;
        EXPECT_EQ(to_rfc3339(meaning.second), c.second) << c.zone.name() << ' ' << c.local;
    }
}

TEST(Zone, FirstUnseen_InTheSecondPassOfAFold_IsAhead) {
    const auto zone = berlin();
    EXPECT_EQ(zone.first_unseen(utc("2026-07-01T00:00:00Z")), local("2026-07-01T02:00:01"));
    EXPECT_EQ(zone.first_unseen(utc("2026-07-01T00:00:00Z") + 1ns), local("2026-07-01T02:00:01"));
    EXPECT_EQ(zone.first_unseen(utc("2026-03-29T01:00:00Z") - 1ns), local("2026-03-29T02:00:00"));
    EXPECT_EQ(zone.first_unseen(utc("2026-10-25T00:30:00Z")), local("2026-10-25T02:30:01"));
    EXPECT_EQ(zone.first_unseen(utc("2026-10-25T01:30:00Z")), local("2026-10-25T03:00:00"));
    EXPECT_EQ(zone.first_unseen(utc("2026-10-25T02:00:00Z")), local("2026-10-25T03:00:01"));
}

TEST(Zone, TimesOutsideOfTheClock_MeanItsEnds) {
    EXPECT_EQ(berlin().meaning_of(local("9999-01-01T00:00:00")).first, WallTime::max());
    EXPECT_EQ(berlin().meaning_of(local("0001-01-01T00:00:00")).first, WallTime::min());
}

TEST(Zone, ChangesBetween_IsOpenAtItsStartAndClosedAtItsEnd) {
    const auto zone = berlin();
    const auto march = utc("2026-03-29T01:00:00Z"), october = utc("2026-10-25T01:00:00Z");
    EXPECT_EQ(zone.changes_between(march - 1ns, october).size(), 2U);
    EXPECT_EQ(zone.changes_between(march, october).size(), 1U);
    EXPECT_EQ(zone.changes_between(march, october - 1ns).size(), 0U);
    EXPECT_EQ(zone.changes_between(october, march).size(), 0U);
    EXPECT_EQ(zone.changes_between(march, october)[0].offset, 1h);
}

}  // namespace
}  // namespace taktd
