// SPDX-License-Identifier: Apache-2.0
// simcloud: stand-ins of the vendors' services on loopback, with faults on demand and the truth about what ran. The
// command line is read here; serve.cpp does the rest.
#include <iostream>

#include <CLI/CLI.hpp>

#include "daemon/log/standard_streams.hpp"
#include "providers/simcloud/serve.hpp"

namespace {

using namespace taktd;

// One text an option, all errors in one voice.
template <class T>
T parsed(const Result<T>& result) {
    if (!result) throw CLI::ValidationError(result.error());
    return *result;
}

}  // namespace

int main(int argc, char** argv) {
    log::occupy_standard_streams();
    CLI::App app{"simcloud: stand-ins of the vendors' services, for trying taktd out and for its tests"};
    app.name("simcloud");
    std::vector<std::string> providers, tasks, templates;
    simcloud::ServeOptions options;
    std::string admin = "127.0.0.1:0";
    app.add_option("--provider", providers,
                   "TYPE[,name=N][,listen=HOST:PORT][,access_key=K][,secret_key=S][,token=T][,scope=PROJECT]"
                   "[,rate=10/s|off][,burst=N][,unsigned]")
        ->required();
    app.add_option("--task", tasks,
                   "PROVIDER:ID[..ID][,name=N][,ends_after=D][,waits=D][,stopping=D][,fails][,once][,apart=D]");
    app.add_option("--template", templates,
                   "PROVIDER:ID[..ID][,groups=N][,name=N][,ends_after=D][,waits=D][,stopping=D][,fails][,once]");
    app.add_option("--fault", options.faults,
                   "PROVIDER:ACTION:[task=ID:]FAULT[:count=N][:skip=N][:nth=N][:p=0.25]; FAULT: delay=D drop_before "
                   "drop_after throttle status=N status_after=N garbage half hang_before hang");
    app.add_option("--admin", admin, "HOST:PORT of the admin port")->capture_default_str();
    auto* certificate =
        app.add_option("--tls-cert", options.certificate_file, "certificate chain: the providers speak TLS");
    auto* key = app.add_option("--tls-key", options.key_file, "its private key");
    certificate->needs(key);
    key->needs(certificate);
    app.add_option("--seed", options.seed, "of the faults' probabilities")->capture_default_str();
    app.add_flag("-v,--verbose", options.verbose, "a line on stderr for each request");
    try {
        app.parse(argc, argv);
        for (const auto& text : providers) options.providers.push_back(parsed(simcloud::parse_provider(text)));
        for (const auto& text : tasks)
            for (auto& task : parsed(simcloud::parse_tasks(text))) options.tasks.push_back(std::move(task));
        for (const auto& text : templates)
            for (auto& each : parsed(simcloud::parse_templates(text))) options.templates.push_back(std::move(each));
        options.admin = parsed(simcloud::parse_listen(admin));
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    const auto served = simcloud::serve(options, std::cout, std::cerr);
    if (!served) {
        std::cerr << "simcloud: " << served.error() << "\n";
        return 1;
    }
    return 0;
}
