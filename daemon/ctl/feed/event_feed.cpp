// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/feed/event_feed.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

#include <boost/json.hpp>
#include <unistd.h>

namespace taktd::ctl {
namespace {

constexpr std::size_t kRefusalBytesMax = 64 * 1024;
constexpr int kOk = 200, kBusy = 503;

std::string sentence_of(std::string_view body, int status) {
    boost::system::error_code error;
    const boost::json::value said = boost::json::parse(boost::json::string_view{body.data(), body.size()}, error);
    const boost::json::object* problem = error ? nullptr : said.if_object();
    const boost::json::value* detail = problem == nullptr ? nullptr : problem->if_contains("detail");
    if (detail != nullptr && detail->is_string()) return std::string{detail->get_string()};
    return "taktd answers " + std::to_string(status);
}

}  // namespace

EventFeed::EventFeed(std::string socket, std::string query, Outside& outside)
    : socket_{std::move(socket)}, query_{std::move(query)}, outside_{outside} {}

EventFeed::~EventFeed() { close(); }

FeedNews EventFeed::next(Outside::Clock::time_point deadline) {
    std::array<char, 64 * 1024> bytes;
    for (;;) {
        if (taken_ < events_.size()) return {Kind::event, std::move(events_[taken_++]), {}};
        events_.clear();
        taken_ = 0;
        if (fd_ < 0 && Outside::Clock::now() >= retry_) {
            if (auto news = connect()) return std::move(*news);
        }
        const auto wanted = fd_ < 0 ? retry_ : heard_ + kSilenceMax;
        const auto woken = outside_.wait(fd_, std::min(wanted, deadline));
        if (woken == Outside::Woken::interrupted) return {Kind::interrupted, {}, {}};
        if (woken == Outside::Woken::reader_gone) return {Kind::reader_gone, {}, {}};
        std::optional<FeedNews> news;
        if (woken == Outside::Woken::ready) {
            const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got > 0) {
                heard_ = Outside::Clock::now();
                news = take({bytes.data(), static_cast<std::size_t>(got)});
            } else if (got == 0 && answer_.status() != 0 && answer_.status() != kOk) {
                news = take_refusal();
            } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
                news = lose("taktd has ended the stream");
            }
        } else if (fd_ >= 0 && Outside::Clock::now() >= heard_ + kSilenceMax) {
            news = lose("taktd says nothing any more");
        }
        if (news) return std::move(*news);
        if (Outside::Clock::now() >= deadline) return {Kind::timed_out, {}, {}};
    }
}

std::optional<FeedNews> EventFeed::connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.size() >= sizeof address.sun_path) return FeedNews{Kind::refused, {}, socket_ + ": too long a path"};
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return lose(std::strerror(errno));
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return lose("nobody answers at " + socket_);
    is_resumed_ = !reader_.last_id().empty();
    std::string request = "GET /api/v1/events" + query_ + " HTTP/1.1\r\nHost: taktd\r\nConnection: close\r\n";
    if (is_resumed_) request += "Last-Event-ID: " + reader_.last_id() + "\r\n";
    request += "\r\n";
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return lose("taktd has ended the stream");
    heard_ = Outside::Clock::now();
    answer_ = {};
    refusal_.clear();
    reader_.begin_anew();
    return std::nullopt;
}

std::optional<FeedNews> EventFeed::take(std::string_view bytes) {
    std::string text;
    const bool is_answer = answer_.read(bytes, text);
    if (answer_.status() == 0) return is_answer ? std::nullopt : lose("what answers is not taktd");
    if (answer_.status() != kOk) {
        if (refusal_.size() < kRefusalBytesMax) refusal_ += text;
        return std::nullopt;
    }
    if (!answer_.is_chunked()) return lose("what answers is not taktd");
    const bool are_events = reader_.read(text, events_);  // what came before the garbage was told
    if (!is_answer || !are_events) return lose("the stream is garbled");
    if (!is_listening_ && !text.empty()) {
        is_listening_ = true;
        is_loss_told_ = false;
        const bool is_gap = std::exchange(was_listening_, true) && !is_resumed_;
        return FeedNews{is_gap ? Kind::gap : Kind::listening, {}, {}};
    }
    return std::nullopt;
}

std::optional<FeedNews> EventFeed::take_refusal() {
    const int status = answer_.status();
    std::string why = sentence_of(refusal_, status);
    if (status == kBusy) return lose(std::move(why));
    close();
    return FeedNews{Kind::refused, {}, std::move(why)};
}

/// Told once, however often it fails until it is listening again.
std::optional<FeedNews> EventFeed::lose(std::string why) {
    close();
    retry_ = Outside::Clock::now() + kPause;
    if (std::exchange(is_loss_told_, true)) return std::nullopt;
    return FeedNews{Kind::lost, {}, std::move(why)};
}

void EventFeed::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    is_listening_ = false;
}

}  // namespace taktd::ctl
