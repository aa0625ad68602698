// A vendor for random tests of the engine, written from the vendors' pages and not from the engine: tasks that run, end
// by themselves, obey stops late, and show themselves late; it keeps the ground truth of whose run is active. Faults
// are drawn per request while `faulty`.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/call.hpp"
#include "daemon/core/random.hpp"

namespace taktd::test {

/// Time since the world began, which no clock step touches.
using TrueTime = Duration;

/// Chance for the world and its vendor: small words over the engine's generator, with a seed of its own.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_{seed} {}
    bool one_in(int n) { return random_.next() % static_cast<std::uint64_t>(n) == 0; }
    int below(int n) { return static_cast<int>(random_.next() % static_cast<std::uint64_t>(n)); }
    Duration between(Duration low, Duration high) {
        return low + std::chrono::duration_cast<Duration>((high - low) * random_.fraction());
    }

private:
    Random random_;
};

class RandomVendor {
public:
    /// A start of run `owner` takes effect now.
    std::function<void(const std::string& owner)> on_start_effect;
    /// Its task becomes active, at once or later.
    std::function<void(const std::string& owner)> on_running;
    std::function<void(TrueTime at, std::function<void()>)> later;
    std::function<void(std::string)> trace;

    explicit RandomVendor(Chance& chance) : chance_{chance} {}

    struct Task {
        RemoteState state = RemoteState::idle;
        std::string owner;  ///< run id of ours, "stranger", or empty: what the current activity is due to
        int token = 0;      ///< 0: none yet
        int epoch = 0;      ///< moves with every change, so that plans made before it lapse
        TrueTime ignores_stops_until{};
        TrueTime lag{};
        struct Seen {
            TrueTime from;
            RemoteState state;
            int token;
        };
        std::vector<Seen> history;
    };

    /// What becomes of one request that has arrived; `owner` is the run it is for.
    CallResult handle(const CallSpec& spec, const std::string& owner, TrueTime t);
    /// A request whose answer is lost takes effect all the same.
    void take_effect(const CallSpec& spec, const std::string& owner, TrueTime t);
    void stranger(const std::string& task_key, TrueTime t);
    void end_by_hand(const std::string& task_key, TrueTime t);
    bool is_active(const std::string& task_key, const std::string& owner) const;

    bool faulty = true;
    std::map<std::string, Task> tasks;             ///< by task key
    std::map<std::string, TrueTime> unauthorized;  ///< by account: until when

private:
    void set(const std::string& key, RemoteState state, TrueTime t);
    void begin(const std::string& key, const std::string& owner, const ProviderSpec& provider, TrueTime t,
               int promised = 0);
    Outcome start(const std::string& key, const CallSpec& spec, const std::string& owner, TrueTime t);
    Outcome stop(const std::string& key, TrueTime t, const CallSpec& spec);
    Observation look(const Task& task, const CallSpec& spec, TrueTime t);

    Chance& chance_;
    int tokens_ = 0;
    int promised_ = 0;  ///< the token that the last accepted start will bear
};

}  // namespace taktd::test
