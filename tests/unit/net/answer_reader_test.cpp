// SPDX-License-Identifier: Apache-2.0
// The bytes of an answer that goes on, cut anywhere.
#include "daemon/net/answer_reader.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-ENCODING:  chunked \r\n\r\n";

std::string chunk(const std::string& text) {
    constexpr const char* kHex = "0123456789abcdef";
    std::string size;
    for (std::size_t left = text.size(); left > 0; left /= 16) size.insert(size.begin(), kHex[left % 16]);
    return size + "\r\n" + text + "\r\n";
}

TEST(AnswerReader, StatusAndChunks_AreReadAndOtherProtocolsAreNot) {
    std::string body;
    AnswerReader reader;
    EXPECT_TRUE(reader.read(kHead.substr(0, 30), body));
    EXPECT_EQ(reader.status(), 0);
    EXPECT_TRUE(reader.read(kHead.substr(30), body));
    EXPECT_EQ(reader.status(), 200);
    EXPECT_TRUE(reader.is_chunked());
    AnswerReader busy;
    EXPECT_TRUE(busy.read("HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\nno", body));
    EXPECT_EQ(busy.status(), 503);
    EXPECT_FALSE(busy.is_chunked());
    EXPECT_EQ(body, "no");
    EXPECT_FALSE(AnswerReader{}.read("SSH-2.0-OpenSSH_9.2\r\n", body));
    EXPECT_FALSE(AnswerReader{}.read("HTTP/1.1 20\r\n\r\n", body));
}

TEST(AnswerReader, BodyCutAnywhere_IsTheSame) {
    const std::string wire =
        kHead + chunk("retry: 2000\n") + chunk(std::string(300, 'x')) + chunk("event") + "0\r\n\r\n";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        AnswerReader reader;
        std::string body;
        ASSERT_TRUE(reader.read(wire.substr(0, cut), body)) << cut;
        ASSERT_TRUE(reader.read(wire.substr(cut), body)) << cut;
        EXPECT_EQ(body, "retry: 2000\n" + std::string(300, 'x') + "event") << cut;
    }
}

TEST(AnswerReader, ByteByByte_IsTheSame) {
    const std::string wire = kHead + chunk("one") + chunk("two");
    AnswerReader reader;
    std::string body;
    for (const char c : wire) ASSERT_TRUE(reader.read(std::string(1, c), body));
    EXPECT_EQ(body, "onetwo");
}

TEST(AnswerReader, NoChunks_AreRefusedAndWhatCameBeforeIsKept) {
    for (const char* wire : {"xyz\r\n", "-1\r\n", "11112222333344445\r\n", "2\r\nabcd\r\n", "\r\n\r\n"}) {
        AnswerReader reader;
        std::string body;
        EXPECT_FALSE(reader.read(kHead + chunk("good") + wire, body)) << wire;
        EXPECT_TRUE(body.starts_with("good")) << wire;
    }
}

TEST(AnswerReader, HeadWithoutAnEnd_IsRefusedBeforeItFillsTheMemory) {
    AnswerReader reader;
    std::string body;
    std::size_t taken = 0;
    bool is_taken = reader.read("HTTP/1.1 200 OK\r\n", body);
    const std::string field = "X-Long: " + std::string(1000, 'x') + "\r\n";
    for (; is_taken && taken < 4 * AnswerReader::kHeaderBytesMax; taken += field.size())
        is_taken = reader.read(field, body);
    EXPECT_FALSE(is_taken);
}

}  // namespace
}  // namespace taktd
