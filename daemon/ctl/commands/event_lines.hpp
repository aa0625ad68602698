// SPDX-License-Identifier: Apache-2.0
// Events as lines for people: the time, whose it is, what happened.
#pragma once

#include <string>

#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/report/context.hpp"

namespace taktd::ctl {

class EventLines {
public:
    /// `context.now`: when it was told, for events that bear no instant. Empty for an event that says nothing to
    /// people.
    std::string line_of(std::string_view name, const json::object& data, const report::Context& context);

private:
    std::string at(WallTime instant, const report::Context& context);

    std::string day_;  // the last one that was told
};

/// One JSON document on a line; `id` is null where the event is not of the stream.
std::string event_document(std::string_view name, const std::string& id, const json::object& data);

/// The run that an event is about; empty: none.
std::string run_of_event(const json::object& data);

}  // namespace taktd::ctl
