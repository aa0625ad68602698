// SPDX-License-Identifier: Apache-2.0
// The bytes of an event stream, cut anywhere.
#include "daemon/ctl/feed/event_reader.hpp"

#include <gtest/gtest.h>

namespace taktd::ctl {
namespace {

TEST(EventStream, CutAnywhere_GivesTheSameEvents) {
    const std::string wire =
        "retry: 2000\n: 2026-12-01T06:32:10Z\n\nid: 9f31-1\nevent: transition\ndata: {\"seq\": 4}\n\n: alive\nid: "
        "9f31-7\n\n";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        EventReader reader;
        std::vector<ToldEvent> events;
        for (const std::string& part : {wire.substr(0, cut), wire.substr(cut)})
            ASSERT_TRUE(reader.read(part, events)) << cut;
        ASSERT_EQ(events.size(), 1U) << cut;
        EXPECT_EQ(events[0].id, "9f31-1");
        EXPECT_EQ(events[0].name, "transition");
        EXPECT_EQ(events[0].data, "{\"seq\": 4}");
        EXPECT_EQ(reader.last_id(), "9f31-7");
    }
}

TEST(EventStream, NewConnection_ForgetsHalfAnEventAndKeepsTheId) {
    EventReader reader;
    std::vector<ToldEvent> events;
    ASSERT_TRUE(reader.read("id: a-1\nevent: store\ndata: {}\n\nid: a-2\nevent: sto", events));
    reader.begin_anew();
    EXPECT_EQ(reader.last_id(), "a-1");
    ASSERT_TRUE(reader.read("\nid: a-2\nevent: job\ndata: {}\n\n", events));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].name, "job");
}

TEST(EventStream, EventWithoutAnEnd_IsRefusedBeforeItFillsTheMemory) {
    EventReader reader;
    std::vector<ToldEvent> events;
    const std::string piece(1024 * 1024, 'x');
    bool is_taken = true;
    std::size_t taken = 0;
    while (is_taken && taken < 2 * EventReader::kEventBytesMax) {
        is_taken = reader.read(piece, events);
        taken += piece.size();
    }
    EXPECT_FALSE(is_taken);
    EXPECT_LE(taken, EventReader::kEventBytesMax + piece.size());
}

}  // namespace
}  // namespace taktd::ctl
