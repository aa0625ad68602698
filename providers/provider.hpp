// SPDX-License-Identifier: Apache-2.0
// The contract of a provider: an adapter that turns calls into requests and answers into outcomes, and a twin that
// stands in for the vendor. Both are pure codecs: no I/O, no clock, no logging, no state but the twin's own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/secret.hpp"
#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/core/model/call.hpp"
#include "daemon/net/http.hpp"

namespace taktd {

/// Parameter -> value, resolved from ProviderSpec::credentials.
using Credentials = std::map<std::string, Secret>;

/// One adapter serves every provider of its type and keeps nothing of any: what the config says of a provider reaches
/// each call as `call.provider`, which a run's stop plan freezes, so that a stop can be sent after the config is gone.
class Adapter {
public:
    virtual ~Adapter() = default;

    virtual const AdapterSchema& schema() const = 0;

    /// The request without its authentication: method, target and body are what `calls` keeps. The error says what
    /// parameter cannot be encoded; nothing is sent then.
    virtual Result<HttpRequest> describe(const CallSpec& call) const = 0;

    /// `describe` plus Host and the signature made at `signing_time` (our wall clock plus the provider's skew).
    virtual Result<HttpRequest> encode(const CallSpec& call, const Credentials& credentials,
                                       WallTime signing_time) const = 0;

    /// Classifies an answer; never throws, whatever the bytes. `record` and the `ended` instants are the shell's to
    /// fill.
    virtual CallResult decode(const CallSpec& call, const HttpResponse& response) const = 0;

    /// The id that names the account's bucket, e.g. the access key id; empty if the credentials have none.
    virtual std::string key_id(const Credentials& credentials) const = 0;
};

/// What a twin knows to be true of one task; what tests and the demo hold taktd against.
struct TwinRun {
    std::string task_id;
    WallTime started;
    std::optional<WallTime> ended;
    std::string ended_by;   ///< "stop", "itself", "failure"
    std::string residue{};  ///< faults of this run that are still in place; an end undoes none of them
};

/// What a drill's guard rail does when it is set off (CFG).
enum class GuardRail : std::uint8_t { none, roll_back, pause };

/// How a task of the twin behaves; set through simcloud's options or by a test.
struct TwinTask {
    std::string task_id{};
    std::string name{};
    std::optional<Duration> ends_itself_after{};
    Duration waits_for{};       ///< accepted -> running
    Duration stopping_takes{};  ///< stop accepted -> ended
    bool fails = false;         ///< its own end is a failure
    bool reruns = true;         ///< may be started again once it has ended
    // Of a drill (CFG): as many fault actions, which are in place as soon as it runs, each with its recovery.
    int faults = 0;
    GuardRail rail = GuardRail::none;
    Duration recovery_takes{};    ///< when the guard rail has them run
    bool recovery_fails = false;  ///< so the faults stay, and before its own end it waits for a person
    bool turns_manual = false;    ///< one more fault fails as soon as it runs: it waits for a person
};

/// A template of the twin: what tasks can be made from.
struct TwinTemplate {
    std::string template_id;
    std::optional<std::size_t> groups{};  ///< action groups, for which a request must name instances; none: any number
    TwinTask tasks;                       ///< how each task made from it behaves; its id does not count
};

/// A task that somebody had the twin make.
struct TwinCreated {
    std::string task_id, template_id, title;
    WallTime created;
};

/// What a request asks for, whatever its API: simcloud's faults and its journal speak of that.
struct TwinCall {
    std::optional<Action> action;       ///< none: not understood
    std::vector<std::string> task_ids;  ///< several for a list
};

struct TwinLimits {
    RateLimit rate;
    bool check_signature = true;
};

/// A stand-in of the vendor's service, written from the vendor's pages (never with the adapter's functions).
class Twin {
public:
    virtual ~Twin() = default;
    /// Answers one request as the vendor would, at `now`.
    virtual HttpResponse handle(const HttpRequest& request, WallTime now) = 0;
    /// What that request asks for, whether or not the twin would do it. Changes nothing.
    virtual TwinCall classify(const HttpRequest& request) const = 0;
    /// Lets time pass: waiting tasks begin, tasks end by themselves.
    virtual void advance(WallTime now) = 0;
    virtual void define(const TwinTask& task) = 0;
    /// Every run there ever was, in order of start.
    virtual std::vector<TwinRun> runs() const = 0;

    /// For vendors that have templates; a twin of one that has none throws std::invalid_argument.
    virtual void define_template(const TwinTemplate& definition) {
        throw std::invalid_argument{"there are no templates, so no '" + definition.template_id + "'"};
    }
    /// Every task that was made from a template, in order.
    virtual std::vector<TwinCreated> created() const { return {}; }
};

struct TwinOptions {
    Credentials credentials;
    std::string scope;  ///< CPTS: the project id it accepts
    TwinLimits limits;
};

/// One line of the registry.
struct ProviderEntry {
    std::string type;
    std::unique_ptr<Adapter> (*create_adapter)();
    std::unique_ptr<Twin> (*create_twin)(TwinOptions options);
};

}  // namespace taktd
