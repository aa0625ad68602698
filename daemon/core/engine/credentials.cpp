// Keys change while runs are live. A stop plan says where its account's secrets stand; if those are gone or refused,
// and the config has others for the same place, the run's calls go through those: a stop must not fail for a key that
// was replaced.
#include "daemon/core/engine/state.hpp"

namespace taktd {

/// The config's provider where the plan's has been, if it is another account by now.
ProviderPtr Engine::State::successor_of(const ProviderSpec& owed) const {
    const auto found = config->providers.find(owed.name);
    if (found == config->providers.end()) return nullptr;
    const ProviderSpec& provider = *found->second;
    const bool is_same_place =
        provider.type == owed.type && provider.endpoint == owed.endpoint && provider.scope == owed.scope;
    return is_same_place && provider.account != owed.account ? found->second : nullptr;
}

// Another key stands where the plan points: requests are signed with it from now on, so they count at its bucket. What
// the old one lacks the new one lacks too, for the vendor may count both as one.
void Engine::State::follow_keys() {
    std::vector<RunId> owing;
    for (const auto& [id, run] : runs) {
        if (owes_stop(run.row.state)) owing.push_back(id);
    }
    for (const auto& id : owing) {
        LiveRun& run = runs.at(id);
        const ProviderPtr successor = successor_of(*run.row.plan.provider);
        if (successor == nullptr || successor->credentials != run.row.plan.provider->credentials) continue;
        account_of(*successor).limiter.share_debt(account_of(*run.row.plan.provider).limiter, now.boot);
        change_account(run, *successor);
    }
}

// Refused credentials are of no use to an owed stop; those of the config may be.
void Engine::State::leave_closed(Account& account) {
    const std::set<RunId> owing = account.runs;
    for (const auto& id : owing) {
        LiveRun& run = runs.at(id);
        const ProviderPtr successor = successor_of(*run.row.plan.provider);
        if (successor != nullptr && !account_of(*successor).closed) change_account(run, *successor);
    }
}

void Engine::State::change_account(LiveRun& run, const ProviderSpec& to) {
    const RunId id = run.row.id;
    if (run.start_call && !calls.at(*run.start_call).released) {
        withdraw_start(run, Reason::none);  // it follows its job
        return;
    }
    forget_queued(run);
    account_of(*run.row.plan.provider).runs.erase(id);
    auto moved = std::make_shared<ProviderSpec>(*run.row.plan.provider);
    moved->credentials = to.credentials;
    moved->account = to.account;
    run.row.plan.provider = std::move(moved);
    account_of(to).runs.insert(id);
    touch(run);
    if (run.row.state == RunState::stopping && !run.stop_call) run.next_stop = now.boot;
    if (!run.query && run.row.state != RunState::starting) run.next_query = now.boot;
    runs_boot.set(id, now.boot);
}

}  // namespace taktd
