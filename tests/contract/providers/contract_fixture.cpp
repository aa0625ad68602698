// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/providers/contract_fixture.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace taktd::contract {
namespace {

namespace json = boost::json;

json::value least_of(const Parameter& parameter) {
    switch (parameter.kind) {
        case Parameter::Kind::integer: return json::value(parameter.min.value_or(1));
        case Parameter::Kind::boolean: return json::value(true);
        case Parameter::Kind::text:
            if (!parameter.one_of.empty()) return json::value(parameter.one_of.front());
            return json::value(
                std::string(static_cast<std::size_t>(std::max<std::int64_t>(1, parameter.min.value_or(1))), 'x'));
        case Parameter::Kind::list: return json::array{least_of(parameter.members.front())};
        case Parameter::Kind::duration: return json::value(parameter.min.value_or(1));
        case Parameter::Kind::object: break;
    }
    return json::parse(parameters_json({parameter.members}));
}

ProviderPtr provider_of(const AdapterSchema& schema) {
    auto provider = std::make_shared<ProviderSpec>();
    provider->name = "p";
    provider->type = schema.type;
    provider->endpoint = schema.endpoint_template;
    if (const auto at = provider->endpoint.find("{region}"); at != std::string::npos) {
        provider->endpoint.replace(at, 8, "region-1");
        provider->region = "region-1";
    }
    if (!schema.scope_parameter.empty()) provider->scope = "scope-1";
    provider->traits = schema.traits;
    return provider;
}

}  // namespace

Credentials credentials_of(const std::vector<std::string>& set, bool with_optional) {
    Credentials credentials;
    for (auto name : set) {
        if (name.ends_with('?')) {
            if (!with_optional) continue;
            name.pop_back();
        }
        // Letters and digits, as real key ids have.
        auto value = "Invented" + name + "0001";
        std::erase(value, '_');
        credentials[name] = Secret{value};
    }
    return credentials;
}

std::vector<Credentials> all_credentials(const AdapterSchema& schema) {
    std::vector<Credentials> all;
    for (const auto& set : schema.credential_sets) {
        for (const bool with_optional : {false, true}) all.push_back(credentials_of(set, with_optional));
    }
    return all;
}

std::string parameters_json(const std::vector<std::vector<Parameter>>& groups) {
    json::object object;
    for (const auto& group : groups) {
        for (const auto& parameter : group) {
            if (parameter.default_json)
                object[parameter.name] = json::parse(*parameter.default_json);
            else if (parameter.required)
                object[parameter.name] = least_of(parameter);
        }
    }
    return json::serialize(object);
}

std::vector<const ProviderEntry*> entries() {
    std::vector<const ProviderEntry*> all;
    for (const auto& entry : providers()) all.push_back(&entry);
    return all;
}

std::string type_name(const ::testing::TestParamInfo<const ProviderEntry*>& info) {
    std::string name = info.param->type;
    std::ranges::replace(name, '-', '_');
    return name;
}

ProviderContract::ProviderContract()
    : adapter_{GetParam()->create_adapter()},
      schema_{adapter_->schema()},
      provider_{provider_of(schema_)},
      credentials_{credentials_of(schema_.credential_sets.front(), false)} {
    open_twin(credentials_);
}

void ProviderContract::open_twin(const Credentials& credentials, RateLimit rate) {
    TwinOptions options;
    options.credentials = credentials;
    options.scope = provider_->scope;
    options.limits.rate = rate;
    twin_ = GetParam()->create_twin(options);
    for (const char* id : {"1", "2", "3"}) {
        TwinTask task;
        task.task_id = id;
        task.name = "task " + task.task_id;
        task.waits_for = std::chrono::seconds{1};
        task.stopping_takes = std::chrono::seconds{1};
        twin_->define(task);
    }
    if (schema_.prepare.empty()) return;
    TwinTemplate made_from;
    made_from.template_id = json::serialize(least_of(schema_.prepare.front()));
    twin_->define_template(made_from);
}

CallSpec ProviderContract::prepare(const std::string& run, bool finds) const {
    CallSpec spec = call(Action::prepare, {""});
    spec.parameters_json = parameters_json({schema_.prepare});
    spec.placeholders["run"] = run;
    spec.finds = finds;
    return spec;
}

CallSpec ProviderContract::call(Action action, std::vector<std::string> task_ids, bool batched) const {
    CallSpec spec;
    spec.action = action;
    spec.provider = provider_;
    spec.task_ids = std::move(task_ids);
    spec.parameters_json =
        action == Action::stop ? parameters_json({schema_.task, schema_.stop}) : parameters_json({schema_.task});
    spec.placeholders = {{"run", "r"}, {"job", "j"}};
    spec.batched = batched;
    return spec;
}

CallResult ProviderContract::perform(const CallSpec& what, WallTime now) {
    const auto request = adapter_->encode(what, credentials_, now);
    EXPECT_TRUE(request) << name_of(what.action) << ": " << (request ? "" : request.error());
    if (!request) return {};
    return adapter_->decode(what, twin_->handle(*request, now));
}

Observation ProviderContract::observe(WallTime now) {
    const auto result = perform(Action::query, now);
    EXPECT_EQ(result.outcome, Outcome::accepted) << result.vendor_code << " " << result.vendor_message;
    const auto seen = result.observations.find("1");
    EXPECT_NE(seen, result.observations.end());
    return seen == result.observations.end() ? Observation{} : seen->second;
}

}  // namespace taktd::contract
