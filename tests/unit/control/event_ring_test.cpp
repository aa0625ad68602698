// SPDX-License-Identifier: Apache-2.0
// The ring of events: ids, resuming, filters, and what becomes of those who lag behind.
#include "daemon/control/event_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taktd::control {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kAll = 1 << 20;

void publish(EventRing& ring, int count, const std::string& job = "a") {
    for (int i = 0; i < count; ++i) ring.publish(EventType::transition, job, "p", "{}");
}

TEST(EventRing, Event_IsOneRecordWithItsId) {
    EventRing ring{"9f31"};
    EventCursor cursor{ring, {}};
    ring.publish(EventType::store, "", "", R"({"up":true})");
    EXPECT_EQ(cursor.take(kAll), "id: 9f31-1\nevent: store\ndata: {\"up\":true}\n\n");
    EXPECT_EQ(cursor.take(kAll), "");
    EXPECT_EQ(ring.newest_id(), "9f31-1");
}

TEST(EventRing, Cursor_BeginsAfterWhatWas) {
    EventRing ring{"9f31"};
    publish(ring, 2);
    EventCursor cursor{ring, {}};
    EXPECT_EQ(cursor.take(kAll), "");
    publish(ring, 1);
    EXPECT_THAT(cursor.take(kAll), HasSubstr("id: 9f31-3\n"));
}

TEST(EventRing, Resume_TellsAllBehindTheIdAndNothingTwice) {
    EventRing ring{"9f31"};
    publish(ring, 3);
    EventCursor cursor{ring, {}};
    ASSERT_TRUE(cursor.resume("9f31-1"));
    const std::string told = cursor.take(kAll);
    EXPECT_THAT(told, Not(HasSubstr("id: 9f31-1\n")));
    EXPECT_THAT(told, HasSubstr("id: 9f31-2\n"));
    EXPECT_THAT(told, HasSubstr("id: 9f31-3\n"));
}

TEST(EventRing, ResumeOfWhatIsNotKept_IsRefused) {
    EventRing ring{"9f31", {.events_max = 2}};
    publish(ring, 5);
    for (const char* id : {"9f31-2", "9f31-6", "0000-4", "9f31-", "9f31-4x", "4", ""})
        EXPECT_FALSE(EventCursor(ring, {}).resume(id)) << id;
    for (const char* id : {"9f31-3", "9f31-4", "9f31-5"}) EXPECT_TRUE(EventCursor(ring, {}).resume(id)) << id;
}

TEST(EventRing, Overflow_LosesWhoLagsBehindAndNobodyElse) {
    EventRing ring{"9f31", {.events_max = 3}};
    EventCursor slow{ring, {}};
    publish(ring, 2);
    EventCursor quick{ring, {}};
    publish(ring, 2);
    EXPECT_TRUE(slow.is_lost());
    EXPECT_EQ(slow.take(kAll), "");
    EXPECT_FALSE(quick.is_lost());
    EXPECT_THAT(quick.take(kAll), HasSubstr("id: 9f31-3\n"));
}

TEST(EventRing, Bytes_AreBoundedAsWell) {
    EventRing ring{"9f31", {.bytes_max = 4096}};
    EventCursor slow{ring, {}};
    ring.publish(EventType::call, "a", "p", std::string(3000, 'x'));
    EXPECT_FALSE(slow.is_lost());
    ring.publish(EventType::call, "a", "p", std::string(3000, 'y'));
    EXPECT_TRUE(slow.is_lost());
    EXPECT_TRUE(ring.place_of("9f31-1"));  // the newest is kept, however large
}

TEST(EventRing, Filters_LeaveOutEventsAndNoId) {
    EventRing ring{"9f31"};
    EventCursor of_b{ring, {.job = "b"}};
    EventCursor stores{ring, {.types = {EventType::store}}};
    EventCursor all{ring, {}};
    ring.publish(EventType::transition, "a", "p", "{}");
    ring.publish(EventType::query, "b", "p", "{}");
    ring.publish(EventType::store, "", "", "{}");
    EXPECT_EQ(of_b.take(kAll), "id: 9f31-3\nevent: store\ndata: {}\n\n");
    EXPECT_EQ(stores.take(kAll), "id: 9f31-3\nevent: store\ndata: {}\n\n");
    EXPECT_THAT(all.take(kAll), Not(HasSubstr("9f31-2\n")));
    EXPECT_EQ(of_b.id(), "9f31-3");
}

TEST(EventRing, Queries_AreCallsForWhoWantsThem) {
    EventRing ring{"9f31"};
    EventCursor cursor{ring, {.types = {EventType::call, EventType::query}}};
    ring.publish(EventType::query, "a", "p", "{}");
    EXPECT_THAT(cursor.take(kAll), HasSubstr("event: call\n"));
}

TEST(EventRing, Take_StopsAtItsBytesAndGoesOnThere) {
    EventRing ring{"9f31"};
    EventCursor cursor{ring, {}};
    publish(ring, 3);
    EXPECT_EQ(cursor.take(1), "id: 9f31-1\nevent: transition\ndata: {}\n\n");
    EXPECT_EQ(cursor.take(1), "id: 9f31-2\nevent: transition\ndata: {}\n\n");
}

TEST(EventRing, EveryTypesName_IsReadBack) {
    for (int i = 0; i <= static_cast<int>(EventType::status); ++i) {
        const auto type = static_cast<EventType>(i);
        EXPECT_EQ(parse_event_type(name_of(type)), type);
    }
    EXPECT_FALSE(parse_event_type("transitions"));
}

}  // namespace
}  // namespace taktd::control
