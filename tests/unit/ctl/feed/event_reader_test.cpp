// The bytes of an event stream, cut anywhere.
#include "daemon/ctl/feed/event_reader.hpp"

#include <gtest/gtest.h>

namespace taktd::ctl {
namespace {

std::string chunk(const std::string& text) {
    constexpr const char* kHex = "0123456789abcdef";
    std::string size;
    for (std::size_t left = text.size(); left > 0; left /= 16) size.insert(size.begin(), kHex[left % 16]);
    return size + "\r\n" + text + "\r\n";
}

TEST(AnswerHead, StatusAndChunks_areReadAndOtherProtocolsAreNot) {
    const auto head =
        read_head("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-ENCODING:  chunked \r\n");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200);
    EXPECT_TRUE(head->is_chunked);
    EXPECT_FALSE(read_head("HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n")->is_chunked);
    EXPECT_FALSE(read_head("SSH-2.0-OpenSSH_9.2"));
    EXPECT_FALSE(read_head("HTTP/1.1 20"));
}

TEST(EventStream, CutAnywhere_givesTheSameEvents) {
    const std::string wire = chunk("retry: 2000\n: 2026-12-01T06:32:10Z\n\nid: 9f31-1\nevent: transi") +
                             chunk("tion\ndata: {\"seq\": 4}\n\n") + chunk(": alive\nid: 9f31-7\n\n") + "0\r\n";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        ChunkReader chunks;
        EventReader reader;
        std::vector<ToldEvent> events;
        for (const std::string& part : {wire.substr(0, cut), wire.substr(cut)}) {
            std::string text;
            ASSERT_TRUE(chunks.read(part, text)) << cut;
            ASSERT_TRUE(reader.read(text, events)) << cut;
        }
        ASSERT_EQ(events.size(), 1U) << cut;
        EXPECT_EQ(events[0].id, "9f31-1");
        EXPECT_EQ(events[0].name, "transition");
        EXPECT_EQ(events[0].data, "{\"seq\": 4}");
        EXPECT_EQ(reader.last_id(), "9f31-7");
        EXPECT_TRUE(chunks.has_ended());
    }
}

TEST(EventStream, NewConnection_forgetsHalfAnEventAndKeepsTheId) {
    EventReader reader;
    std::vector<ToldEvent> events;
    ASSERT_TRUE(reader.read("id: a-1\nevent: store\ndata: {}\n\nid: a-2\nevent: sto", events));
    reader.begin_anew();
    EXPECT_EQ(reader.last_id(), "a-1");
    ASSERT_TRUE(reader.read("\nid: a-2\nevent: job\ndata: {}\n\n", events));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].name, "job");
}

TEST(EventStream, NoChunks_areRefused) {
    for (const char* wire : {"xyz\r\n", "-1\r\n", "123456789\r\n", "2\r\nabc", "\r\n\r\n"}) {
        std::string text;
        EXPECT_FALSE(ChunkReader{}.read(wire, text)) << wire;
    }
}

TEST(EventStream, EventWithoutAnEnd_isRefusedBeforeItFillsTheMemory) {
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
