#include "tests/simulation/trace.hpp"

#include <cstring>

namespace taktd::sim {
namespace {

std::uint64_t word_of(WallTime t) { return static_cast<std::uint64_t>(to_ns(t)); }
std::uint64_t word_of(BootTime t) { return static_cast<std::uint64_t>(to_ns(t)); }
template <class Time>
std::uint64_t word_of(const std::optional<Time>& t) {
    return t ? word_of(*t) : 0x6e6f6e65ULL;
}
template <class Enum>
std::uint64_t number(Enum value) {
    return static_cast<std::uint64_t>(value);
}

void mix(Digest& d, const CallResult& result) {
    d.mix(number(result.outcome));
    d.mix(static_cast<std::uint64_t>(result.http_status));
    d.mix(result.vendor_code);
    d.mix(result.vendor_message);
    d.mix(result.vendor_run_id);
    for (const auto& [task, seen] : result.observations) {
        d.mix(task);
        d.mix(number(seen.remote));
        d.mix(seen.token.value_or("none"));
    }
    d.mix(word_of(result.ended));
    d.mix(word_of(result.ended_boot));
}

struct MixRow {
    Digest& d;
    void operator()(const RunRow& row) const {
        d.mix(row.id);
        d.mix(row.job);
        d.mix(number(row.state) << 8U | number(row.reason));
        d.mix(number(row.obligation) << 8U | number(row.remote_state));
        d.mix(word_of(row.start_due));
        d.mix(word_of(row.stop_due));
        d.mix(word_of(row.max_end));
        d.mix(word_of(row.stop_due_boot));
        d.mix(row.vendor_run_id);
    }
    void operator()(const TransitionRow& row) const {
        d.mix(row.run);
        d.mix(static_cast<std::uint64_t>(row.seq));
        d.mix(number(row.to) << 8U | number(row.reason));
        d.mix(word_of(row.at));
        d.mix(row.detail);
    }
    void operator()(const CallRow& row) const {
        d.mix(row.id);
        d.mix(number(row.action) << 8U | static_cast<std::uint64_t>(row.attempt));
        d.mix(row.run ? *row.run : std::string{});
        if (row.result) mix(d, *row.result);
    }
    void operator()(const JobStateRow& row) const {
        d.mix(row.job);
        d.mix(row.schedule);
        d.mix(word_of(row.watermark));
        d.mix(std::uint64_t{row.disabled});
    }
    void operator()(const GapRow& row) const {
        d.mix(row.job);
        d.mix(word_of(row.first));
        d.mix(word_of(row.last));
        d.mix(static_cast<std::uint64_t>(row.count));
    }
    void operator()(const LimiterRow& row) const {
        d.mix(row.account);
        d.mix(static_cast<std::uint64_t>(row.debt.count()));
    }
    void operator()(const HoldRow& row) const {
        d.mix(row.scope);
        d.mix(std::uint64_t{row.engaged});
        d.mix(word_of(row.until));
    }
    template <class Other>
    void operator()(const Other&) const {
        d.mix(std::string_view{"another row"});
    }
};

}  // namespace

void Digest::mix(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ text.size();
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {  // little-endian whatever the machine is
        std::uint64_t word = 0;
        for (std::size_t b = 0; b < 8; ++b)
            word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i + b])) << (8 * b);
        hash = (hash ^ word) * 0x9ddfea08eb382d69ULL;
        hash ^= hash >> 29U;
    }
    for (; i < text.size(); ++i) hash = (hash ^ static_cast<unsigned char>(text[i])) * 0x100000001b3ULL;
    mix(hash);
}

void mix_event(Digest& d, const Event& event, Now now) {
    d.mix(event.index());
    d.mix(word_of(now.wall));
    d.mix(word_of(now.boot));
    if (const auto* answered = std::get_if<Answered>(&event)) {
        d.mix(answered->call);
        mix(d, answered->result);
    } else if (const auto* durable = std::get_if<Durable>(&event)) {
        d.mix(durable->step);
    }
}

void mix_effects(Digest& d, const Effects& effects) {
    if (effects.append) {
        d.mix(effects.append->step);
        for (const auto& row : effects.append->rows) std::visit(MixRow{d}, row);
    }
    for (const auto& send : effects.sends) {
        d.mix(send.call);
        d.mix(number(send.call_class));
        d.mix(send.spec->parameters_json);
        d.mix(static_cast<std::uint64_t>(send.skew.count()));
    }
    for (const auto& cut : effects.cuts) d.mix(cut.call);
    for (const auto& reply : effects.replies) {
        d.mix(reply.command);
        d.mix(reply.text);
    }
    d.mix(word_of(effects.wake.wall));
    d.mix(word_of(effects.wake.boot));
    d.mix(std::uint64_t{effects.wake.at_once});
}

void Trace::add(const std::string& text) {
    lines_.push_back(time_() + " " + text);
    if (lines_.size() > kLinesMax) lines_.pop_front();
}

std::string Trace::tail(std::size_t lines) const {
    std::string text;
    const std::size_t from = lines_.size() > lines ? lines_.size() - lines : 0;
    for (std::size_t i = from; i < lines_.size(); ++i) text += lines_[i] + "\n";
    return text;
}

}  // namespace taktd::sim
