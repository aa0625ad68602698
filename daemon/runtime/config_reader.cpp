// SPDX-License-Identifier: Apache-2.0
// The result crosses to the loop once; nothing else is shared by the two threads.
#include "daemon/runtime/config_reader.hpp"

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/post.hpp>

namespace taktd {
namespace {

ConfigReading read_safely(const std::function<ConfigReading()>& read) {
    try {
        return read();
    } catch (const std::exception& e) {
        ConfigReading reading;
        reading.errors.push_back(std::string{"error: the config cannot be read: "} + e.what());
        return reading;
    }
}

}  // namespace

ConfigReader::ConfigReader(asio::any_io_executor executor, Worker& worker, Handlers handlers)
    : executor_{executor}, worker_{worker}, handlers_{std::move(handlers)}, patience_{executor} {}

void ConfigReader::request() {
    if (closed_) return;
    if (reading_) {
        again_ = true;
    } else {
        begin();
    }
}

void ConfigReader::begin() {
    reading_ = true;
    again_ = false;
    patience_.expires_after(kPatience);
    patience_.async_wait([this](boost::system::error_code error) {
        if (!error && !closed_) handlers_.on_slow();
    });
    worker_.run([this] {
        auto reading = std::make_shared<ConfigReading>(read_safely(handlers_.read));
        asio::post(executor_, [this, reading = std::move(reading)] { finish(std::move(*reading)); });
    });
}

void ConfigReader::finish(ConfigReading reading) {
    if (closed_) return;
    patience_.cancel();
    // Asked for again after it was opened: what stands in the file by now may be another config.
    if (again_) {
        begin();
    } else {
        reading_ = false;
    }
    handlers_.on_read(std::move(reading));
}

void ConfigReader::close() {
    closed_ = true;
    patience_.cancel();
}

}  // namespace taktd
