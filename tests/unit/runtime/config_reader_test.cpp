// SPDX-License-Identifier: Apache-2.0
// Configs are read off the loop, once however often they are asked for meanwhile.
#include "daemon/runtime/config_reader.hpp"

#include <condition_variable>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace taktd {
namespace {

/// A config that comes when the test says so.
class Gate {
public:
    ConfigReading pass() {
        std::unique_lock lock{mutex_};
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_ > 0; });
        --open_;
        ConfigReading reading;
        reading.store_path = std::to_string(++passed_);
        return reading;
    }
    void open() {
        const std::lock_guard lock{mutex_};
        ++open_;
        changed_.notify_all();
    }
    void wait_for(int readers) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return waiting_ >= readers; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0, open_ = 0, passed_ = 0;
};

struct ConfigReaderTest : ::testing::Test {
    asio::io_context io;
    Gate gate;
    std::vector<std::string> read;
    Worker worker;
    ConfigReader reader{io.get_executor(),
                        worker,
                        {.read = [this] { return gate.pass(); },
                         .on_read = [this](ConfigReading reading) { read.push_back(reading.store_path); },
                         .on_slow = [] {}}};
    void run_until_read(std::size_t count) {
        while (read.size() < count) io.run_one();
    }
};

TEST_F(ConfigReaderTest, Requests_DuringAReading_AreMergedIntoOneMore) {
    reader.request();
    gate.wait_for(1);
    for (int i = 0; i < 1790; ++i) reader.request();
    gate.open();
    run_until_read(1);
    EXPECT_FALSE(reader.is_done());
    gate.open();
    run_until_read(2);
    EXPECT_TRUE(reader.is_done());
    EXPECT_EQ(read, (std::vector<std::string>{"1", "2"}));
}

TEST_F(ConfigReaderTest, Reading_AfterClose_IsNotTold) {
    reader.request();
    gate.wait_for(1);
    reader.close();
    gate.open();
    EXPECT_TRUE(worker.end(std::chrono::seconds{30}));
    io.run();
    EXPECT_TRUE(read.empty());
}

TEST_F(ConfigReaderTest, ReadingThatBreaks_IsAConfigThatIsRefused) {
    std::vector<std::string> errors;
    ConfigReader breaks{io.get_executor(),
                        worker,
                        {.read = []() -> ConfigReading { throw std::runtime_error{"no memory"}; },
                         .on_read = [&](ConfigReading reading) { errors = reading.errors; },
                         .on_slow = [] {}}};
    breaks.request();
    while (errors.empty()) io.run_one();
    EXPECT_EQ(errors, (std::vector<std::string>{"error: the config cannot be read: no memory"}));
}

}  // namespace
}  // namespace taktd
