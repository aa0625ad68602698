// SPDX-License-Identifier: Apache-2.0
// A request on its way: classify, look for a fault, let the twin see it or not, spoil the answer or not, note it down.
#include "providers/simcloud/cloud.hpp"

#include <algorithm>
#include <stdexcept>

#include "providers/registry.hpp"

namespace taktd::simcloud {

namespace {

using Kind = Fault::Kind;

constexpr const char* kGarbage = "<html>\x01\xff{\"half\": [<h1>It works!</h1>";

bool reaches_twin(const std::optional<Fault>& fault) {
    if (!fault) return true;
    return fault->kind != Kind::drop_before && fault->kind != Kind::throttle && fault->kind != Kind::status &&
           fault->kind != Kind::hang_before;
}

HttpResponse plain(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

// `reply` holds the twin's answer if the request reached it.
void spoil(SimReply& reply, const Fault& fault) {
    switch (fault.kind) {
        case Kind::delay: reply.delay = fault.delay; break;
        case Kind::drop_before:
        case Kind::drop_after: reply.delivery = Delivery::reset; break;
        case Kind::hang_before:
        case Kind::hang: reply.delivery = Delivery::hang; break;
        case Kind::half: reply.delivery = Delivery::half; break;
        case Kind::garbage: reply.response.body = kGarbage; break;
        case Kind::throttle:
            reply.response = plain(429, "Too Many Requests");
            reply.response.headers.emplace_back("Retry-After", "1");
            break;
        case Kind::status:
        case Kind::status_after: reply.response = plain(fault.status, "simcloud was told to fail"); break;
    }
}

}  // namespace

Result<Cloud::Provider*> Cloud::add(ProviderOptions options) {
    if (std::ranges::any_of(providers_, [&](const auto& p) { return p->name == options.name; }))
        return unexpected{"two providers are named '" + options.name + "'"};
    auto provider = std::make_unique<Provider>();
    provider->type = options.type;
    provider->name = options.name;
    provider->twin = find_provider(options.type)->create_twin(std::move(options.twin));
    providers_.push_back(std::move(provider));
    return providers_.back().get();
}

Result<Cloud::Provider*> Cloud::named(const std::string& name) const {
    const auto found = std::ranges::find_if(providers_, [&](const auto& p) { return p->name == name; });
    if (found == providers_.end()) return unexpected{"no provider is named '" + name + "'"};
    return found->get();
}

Result<void> Cloud::define(const TaskOptions& task) {
    const auto provider = named(task.provider);
    if (!provider) return unexpected{provider.error()};
    try {
        (*provider)->twin->define(task.twin);
    } catch (const std::invalid_argument& e) {
        return unexpected{task.provider + ": " + e.what()};
    }
    if (task.starts_apart) (*provider)->starts_apart[task.twin.task_id] = *task.starts_apart;
    return {};
}

Result<void> Cloud::define(const TemplateOptions& definition) {
    const auto provider = named(definition.provider);
    if (!provider) return unexpected{provider.error()};
    try {
        (*provider)->twin->define_template(definition.twin);
    } catch (const std::invalid_argument& e) {
        return unexpected{definition.provider + ": " + e.what()};
    }
    return {};
}

SimReply Cloud::handle(Provider& provider, const HttpRequest& request, WallTime now) {
    Entry entry;
    entry.at = now;
    entry.call = provider.twin->classify(request);
    const auto fault = faults_.match(provider.name, entry.call);
    entry.reached = reaches_twin(fault);

    SimReply reply;
    if (entry.reached) reply.response = provider.twin->handle(request, now);
    if (fault) {
        spoil(reply, *fault);
        entry.fault = name_of(fault->kind);
    }
    const bool answered = reply.delivery == Delivery::whole || reply.delivery == Delivery::half;
    entry.status = answered ? reply.response.status : 0;
    provider.journal.add(std::move(entry));
    return reply;
}

}  // namespace taktd::simcloud
