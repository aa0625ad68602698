// SPDX-License-Identifier: Apache-2.0
// The one line that `systemctl status` shows: what is wrong first, then what runs and what starts next. It follows
// what becomes durable, so that nobody has to be asked for it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "daemon/core/engine/engine.hpp"
#include "daemon/core/model/job.hpp"
#include "daemon/runtime/follower.hpp"

namespace taktd {

class StatusLine final : public Follower {
public:
    /// Of overdue stops, holds and providers, so many are named.
    static constexpr std::size_t kNamed = 3;

    void take(ConfigPtr config);  ///< in force from now on
    void refuse() { is_reload_refused_ = true; }

    void on_recovered(const Snapshot& snapshot) override;
    void on_committed(const std::vector<Row>& rows) override;
    void on_overdue(const OverdueWatch::Overdue& stop) override;

    std::string text(const EngineStatus& status, WallTime now, bool is_stops_only);

private:
    void note(const HoldRow& hold);

    ConfigPtr config_ = std::make_shared<const Config>();
    std::map<std::string, HoldRow> holds_;
    std::map<RunId, std::string> overdue_;  ///< its job
    std::set<std::string> unusable_;        ///< providers that refuse our credentials
    bool is_reload_refused_ = false;
};

}  // namespace taktd
