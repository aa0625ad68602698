// SPDX-License-Identifier: Apache-2.0
// The handler whose answer has no end: events, as they come.
#include "daemon/control/api.hpp"

namespace taktd::control {
namespace {

Answered<std::set<EventType>> types_in(const std::string& names) {
    std::set<EventType> types;
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        const std::string name = names.substr(begin, end - begin);
        begin = end + 1;
        const auto type = parse_event_type(name);
        if (!type) return unexpected{malformed("there is no event type '" + name + "'; docs/api.md lists them")};
        types.insert(*type);
    }
    return types;
}

}  // namespace

Async<Answered<HttpResponse>> Api::stream_events(const Exchange& exchange) {
    EventHub::Wish wish;
    wish.after = find_header(exchange.request.headers, "Last-Event-ID");
    for (const auto& [name, value] : exchange.parameters) {
        if (name == "types") {
            auto types = types_in(value);
            if (!types) co_return unexpected{std::move(types.error())};
            wish.filter.types = std::move(*types);
        } else if (name == "job") {
            wish.filter.job = value;
        } else if (name == "provider") {
            wish.filter.provider = value;
        } else if (name == "after") {
            if (!wish.after) wish.after = value;
        } else {
            co_return unexpected{malformed("there is no parameter '" + name + "'; types, job, provider and after are")};
        }
    }
    if (events_.is_full())
        co_return unexpected{Problem{503, "busy", "too many clients listen to events already; ask again later"}};
    HttpResponse response;
    response.status = 200;
    response.headers.emplace_back("Content-Type", "text/event-stream");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("X-Accel-Buffering", "no");
    exchange.stream = [&events = events_, wish](StreamWriter& writer) { return events.serve(writer, wish); };
    co_return response;
}

}  // namespace taktd::control
