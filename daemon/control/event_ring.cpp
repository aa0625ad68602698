// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/event_ring.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace taktd::control {
namespace {

// In the order of EventType.
constexpr std::array<std::string_view, 12> kNames{"transition", "call",  "query",   "overdue",
                                                  "recovered",  "holds", "job",     "providers",
                                                  "config",     "store", "foreign", "status"};

std::size_t size_of(const Event& event) {
    return sizeof(Event) + event.job.size() + event.provider.size() + event.wire.size();
}

}  // namespace

std::string_view name_of(EventType type) { return kNames.at(static_cast<std::size_t>(type)); }

std::optional<EventType> parse_event_type(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames.at(i) == name) return static_cast<EventType>(i);
    return std::nullopt;
}

bool EventFilter::wants(EventType type) const {
    return types.empty() ? type != EventType::query : types.contains(type);
}

bool EventFilter::wants(const Event& event) const {
    const auto fits = [](const std::string& wanted, const std::string& is) {
        return wanted.empty() || is.empty() || wanted == is;
    };
    return wants(event.type) && fits(job, event.job) && fits(provider, event.provider);
}

void EventRing::publish(EventType type, std::string job, std::string provider, std::string_view data) {
    Event event{.number = ++newest_, .type = type, .job = std::move(job), .provider = std::move(provider)};
    // A query is a call for whoever listens; only wanting it is another thing.
    const std::string_view name = name_of(type == EventType::query ? EventType::call : type);
    event.wire = "id: " + id_of(newest_);
    event.wire.append("\nevent: ").append(name).append("\ndata: ").append(data).append("\n\n");
    bytes_ += size_of(event);
    events_.push_back(std::move(event));
    while (events_.size() > limits_.events_max || (bytes_ > limits_.bytes_max && events_.size() > 1)) {
        bytes_ -= size_of(events_.front());
        events_.pop_front();
    }
}

std::optional<std::uint64_t> EventRing::place_of(std::string_view id) const {
    const std::string mark = epoch_ + "-";
    if (!id.starts_with(mark)) return std::nullopt;
    id.remove_prefix(mark.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    if (number > newest_ || !keeps_all_after(number)) return std::nullopt;
    return number;
}

const Event* EventRing::after(std::uint64_t number) const {
    if (number >= newest_) return nullptr;
    return &events_.at(events_.size() - (newest_ - number));
}

bool EventCursor::resume(std::string_view id) {
    const auto place = ring_.place_of(id);
    seen_ = place.value_or(ring_.newest());
    return place.has_value();
}

std::string EventCursor::take(std::size_t bytes_max) {
    std::string text;
    while (text.size() < bytes_max && !is_lost()) {
        const Event* const event = ring_.after(seen_);
        if (event == nullptr) break;
        seen_ = event->number;
        if (filter_.wants(*event)) text += event->wire;
    }
    return text;
}

}  // namespace taktd::control
