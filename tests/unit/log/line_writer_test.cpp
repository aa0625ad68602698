// SPDX-License-Identifier: Apache-2.0
// A log whose reader sleeps, dies or comes back: whoever writes never waits, and the reader is told what it missed.
#include "daemon/log/line_writer.hpp"

#include <array>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd::log {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 60s;  // for what happens at once, however slow the machine is

/// A pipe of 4 KiB; what is in it is read when the test says so.
class Pipe {
public:
    Pipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
        ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_reader();
        close_writer();
    }
    int writer() const { return ends_[1]; }
    void close_reader() { close(0); }
    void close_writer() { close(1); }

    /// At least one byte and at most `most`.
    std::string read_some(std::size_t most) {
        std::string text(most, '\0');
        const auto got = ::read(ends_[0], text.data(), text.size());
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }
    std::string read_exactly(std::size_t bytes) {
        std::string text;
        while (text.size() < bytes) {
            const auto more = read_some(bytes - text.size());
            if (more.empty()) break;
            text += more;
        }
        return text;
    }

private:
    void close(std::size_t end) {
        if (ends_[end] >= 0) ::close(ends_[end]);
        ends_[end] = -1;
    }
    std::array<int, 2> ends_{-1, -1};
};

std::string line(char c, std::size_t bytes = 100) { return std::string(bytes - 1, c) + "\n"; }

std::string note_text(const Dropped& dropped) {
    return "dropped " + std::to_string(dropped[1]) + " " + std::to_string(dropped[2]) + " " +
           std::to_string(dropped[3]) + "\n";
}

TEST(LineWriter, Lines_AreWrittenInOrder_AndAFlushWaitsForThem) {
    Pipe pipe;
    LineWriter writer{pipe.writer()};
    writer.push(Level::info, "one\n");
    writer.push(Level::error, "two\n");
    EXPECT_TRUE(writer.flush(kLong));
    EXPECT_EQ(pipe.read_exactly(8), "one\ntwo\n");
}

TEST(LineWriter, ReaderThatNeverReads_HoldsNobody_AndAFlushIsBounded) {
    Pipe pipe;
    LineWriter writer{pipe.writer(), {.lines = 50, .bytes = 10'000}};
    for (int i = 0; i < 1000; ++i) writer.push(Level::info, line('i'));
    EXPECT_FALSE(writer.flush(10ms));
    pipe.close_reader();  // else the writer's end would wait for ever; the log's own has none
}

TEST(LineWriter, ReaderThatComesBack_IsToldWhatItMissed_AndErrorsAreKeptLongest) {
    Pipe pipe;
    LineWriter writer{pipe.writer(), {.lines = 50, .bytes = 100'000}};
    writer.on_dropped(note_text);
    const std::string long_line = line('x', 4 * 4096);
    writer.push(Level::info, long_line);
    std::string text = pipe.read_some(4096);  // the thread stands in its write now, and the rest is more than fits

    for (int i = 0; i < 100; ++i) writer.push(Level::info, line('i'));
    for (int i = 0; i < 20; ++i) writer.push(Level::warning, line('w'));
    for (int i = 0; i < 50; ++i) writer.push(Level::error, line('e'));
    writer.push(Level::error, line('f'));

    std::string expected = long_line + "dropped 100 20 1\n";
    for (int i = 0; i < 50; ++i) expected += line('e');
    text += pipe.read_exactly(expected.size() - text.size());
    EXPECT_EQ(text, expected);
    EXPECT_TRUE(writer.flush(kLong));
}

TEST(LineWriter, LinesThatCannotBeWritten_AreCounted_AndToldOnceItWorksAgain) {
    Pipe pipe;
    const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    {
        LineWriter writer{fd};
        writer.on_dropped(note_text);
        writer.push(Level::info, "lost\n");
        writer.push(Level::warning, "lost\n");
        EXPECT_TRUE(writer.flush(kLong));  // the disk is full: nothing waits for it
        ASSERT_EQ(::dup2(pipe.writer(), fd), fd);
        writer.push(Level::info, "back\n");
        writer.push(Level::info, "and on\n");
        EXPECT_TRUE(writer.flush(kLong));
    }
    ::close(fd);
    pipe.close_writer();
    EXPECT_EQ(pipe.read_exactly(1000), "dropped 1 1 0\nback\nand on\n");
}

TEST(LineWriter, ReaderThatIsGone_DoesNotEndTheProcessAndKeepsNobody) {
    Pipe pipe;
    LineWriter writer{pipe.writer()};
    pipe.close_reader();
    writer.push(Level::error, "nobody reads this\n");
    EXPECT_TRUE(writer.flush(kLong));
}

TEST(LineWriter, DescriptorMadeNonBlockingBySomebodyElse_LosesNoLine) {
    Pipe pipe;
    ASSERT_EQ(::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK), 0);
    LineWriter writer{pipe.writer()};
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        writer.push(Level::info, line('n'));
        expected += line('n');
    }
    EXPECT_EQ(pipe.read_exactly(expected.size()), expected);
}

}  // namespace
}  // namespace taktd::log
