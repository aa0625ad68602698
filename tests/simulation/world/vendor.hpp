// SPDX-License-Identifier: Apache-2.0
// The vendors of a simulated world: the real codecs before the real twins, on true time. Keeps the ground truth of
// whose start the vendor carried out, and mistreats what the twins, which are well-behaved, would answer.
#pragma once

#include <memory>
#include <vector>

#include "providers/registry.hpp"
#include "tests/simulation/world/stage.hpp"

namespace taktd::sim {

inline constexpr RunId kNobody{};
inline constexpr RunId kStranger{Uuid{~0ULL, ~0ULL}};

class SimVendor {
public:
    /// What one start that took effect is due to; or a resume that started the task again.
    struct Effect {
        std::string task_key;
        RunId owner;  ///< or kStranger
        std::size_t twin_run = 0;
        bool by_resume = false;
        TrueTime begins{};        ///< until then an accepted start may have shown nothing of itself to whoever asks
        bool has_ended = false;   ///< known for good
        bool was_denied = false;  ///< a look has said that it had ended, under its own id
    };
    struct Task {
        ProviderPtr provider;  ///< one that reaches it
        std::string id;
        TrueTime ignores_stops_until{}, unlisted_until{};
        std::string title{};                     ///< of one that was made from a template
        GuardRail rail = GuardRail::none;        ///< part of the task: it does not change between looks and starts
        Duration lag{};                          ///< how old a look at it is
        bool has_replicas = false;               ///< then one of two looks is as old as that, and the other fresh
        std::optional<std::size_t> forgotten{};  ///< the effect whose traces are gone once it has ended
        TrueTime cached_next{};                  ///< when a cache may answer again
        std::optional<std::size_t> latest;       ///< of effects()
        std::optional<std::size_t> paused;       ///< the effect that shows itself paused, where the twin knows no pause
        struct View {
            TrueTime at;
            std::string body;
        };
        std::deque<View> views;
        std::deque<std::string> past;  ///< bodies of earlier looks
    };

    explicit SimVendor(Stage& stage) : stage_{stage} {}

    /// How a task will behave in the run that is about to start.
    std::function<TwinTask(const Task& task, bool is_stranger)> draw_task;
    /// The guard rail of a task that is seen for the first time.
    std::function<GuardRail(const ProviderSpec&)> draw_rail;
    /// How long no list shows a task that was just made from a template; unset: it is there at once.
    std::function<Duration()> draw_unlisted;
    std::function<void(const Effect&)> on_start_effect;
    /// Whether a look at what this run has started may deny it: nothing but such a look could end the run now.
    std::function<bool(const RunId& owner)> may_deny;
    /// A stop, whoever sent it, hit what `active` had started.
    std::function<void(const RunId& sender, const Effect& active)> on_stop_hit;

    /// The request as it leaves; `key_is_good`: signed with the account's true key. The error: it cannot be encoded.
    Result<HttpRequest> encode(const CallSpec& spec, WallTime signing_time, bool key_is_good) const;
    CallResult decode(const CallSpec& spec, const HttpResponse& response) const;
    /// It has arrived.
    HttpResponse handle(const CallSpec& spec, const HttpRequest& request, const RunId& owner);

    void start_by_stranger(const std::string& task_key);
    /// Somebody stops, pauses or resumes what is active there; whether the vendor took it.
    bool by_hand(const std::string& task_key, Action action);

    /// What is active now, by task key, whatever any look at it shows.
    const Effect* active_on(const std::string& task_key);
    bool is_active(const RunId& owner, const std::string& task_key) {
        const Effect* effect = active_on(task_key);
        return effect != nullptr && effect->owner == owner;
    }
    std::vector<const Effect*> all_active();
    /// The faults that this run's start has left in place, or has in place now.
    std::string residue_of(const RunId& owner) const;
    const std::deque<Effect>& effects() const { return effects_; }

    std::map<std::string, Task> tasks;                ///< by task key
    std::map<std::string, TrueTime> down_until;       ///< by provider type: an outage
    std::map<std::string, TrueTime> throttles_until;  ///< likewise: 429 for everybody
    std::optional<RateLimit> own_limit;               ///< of the twins; none: they take whatever comes

private:
    struct Site {
        std::unique_ptr<Adapter> adapter;
        std::unique_ptr<Twin> twin;
        Credentials good, bad;
        std::size_t runs = 0, made = 0;
    };
    Site& site_of(const ProviderSpec& provider) const;
    void meet(const CallSpec& spec);
    HttpResponse prepare(Site& site, const CallSpec& spec, const HttpRequest& request);
    HttpResponse query(Site& site, const CallSpec& spec, const HttpRequest& request);
    HttpResponse pass(Site& site, const CallSpec& spec, const HttpRequest& request, const RunId& owner);
    HttpResponse look(const CallSpec& spec, HttpResponse response);
    void show_the_past(Task& task, HttpResponse& response);
    void tell_lies(Task& task, const std::string& key, HttpResponse& response);
    void keep_view(const std::string& task_key);
    CallSpec spec_for(const std::string& task_key, Action action) const;

    Stage& stage_;
    mutable std::map<std::string, Site> sites_;  ///< by type, endpoint and scope
    std::deque<Effect> effects_;
};

/// Answers that look like the vendor's, made without its twin.
HttpResponse forged_success(const CallSpec& spec, const std::string& run_id);
HttpResponse forged_throttling(const std::string& type, std::optional<Duration> wait, bool in_the_body);
/// Of a gateway that gave up waiting for the vendor, and speaks in the vendor's form.
HttpResponse forged_surrender(const std::string& type, int status);
HttpResponse forged_failure(int status, std::optional<Duration> wait = std::nullopt);

}  // namespace taktd::sim
