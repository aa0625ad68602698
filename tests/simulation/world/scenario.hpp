// SPDX-License-Identifier: Apache-2.0
// The config of a random world: providers and jobs drawn from its seed, and changed in every way that a reload can.
// What each schedule means is kept beside it for the oracle (due_oracle.hpp).
#pragma once

#include "tests/simulation/checks/due_oracle.hpp"
#include "tests/simulation/world/stage.hpp"

namespace taktd::sim {

class Scenario {
public:
    /// `is_sparse`: jobs of days and hours instead of minutes.
    Scenario(Chance& chance, bool is_sparse) : chance_{chance}, is_sparse_{is_sparse} {}

    /// Where the world begins: half of them shortly before the clocks of some zone change.
    WallTime draw_origin();
    void draw(WallTime now);
    Fault mutate(WallTime now);  ///< what has changed
    void let_go();               ///< every job leaves and stops what it has running
    ConfigPtr config() const;
    /// The config as it stands is in force; or it was refused, and the file is put back to what was.
    void keep();
    void put_back();

    const std::vector<ProviderPtr>& providers() const { return providers_; }

    std::map<std::string, DuePlan> plans;  ///< by fingerprint
    bool has_jobs() const { return !jobs_.empty(); }
    bool is_blind() const;  ///< some provider starts without looking

private:
    ProviderPtr draw_provider(const std::string& name, bool cpts, const std::string& account);
    void change_provider();
    std::string free_name() const;  ///< that no job has
    Job draw_job(const std::string& name, WallTime now);
    void draw_schedule(Job& job, WallTime now);
    Duration draw_rule(Job& job, DuePlan& plan, WallTime now);
    void add_cron(Job& job, DuePlan& plan, const std::string& text, DueRule rule) const;

    Chance& chance_;
    bool is_sparse_;
    std::string zone_ = "UTC";
    int version_ = 0;
    std::vector<ProviderPtr> providers_;
    std::vector<Job> jobs_;
    std::vector<ProviderPtr> kept_providers_;
    std::vector<Job> kept_jobs_;
};

}  // namespace taktd::sim
