// SPDX-License-Identifier: Apache-2.0
// The dashboard's files (daemon/dashboard), as the build has put them into the binary. They are for anybody: what they
// show is asked with a token.
#include <algorithm>
#include <string_view>

#include "daemon/control/api.hpp"

namespace taktd::control {
namespace {

struct PageFile {
    std::string_view name, text;
};

constexpr PageFile kFiles[] = {
#include "embedded_dashboard.inc"
};

constexpr std::string_view kPage = "index.html";

std::string_view type_of(std::string_view name) {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return "text/javascript; charset=utf-8";
}

Answered<HttpResponse> file_named(std::string_view name) {
    const auto* const file = std::ranges::find(kFiles, name, &PageFile::name);
    if (file == std::ranges::end(kFiles))
        return unexpected{Problem{404, "no_such_path", "the dashboard has no file of this name; it begins at /"}};
    HttpResponse response;
    response.status = 200;
    response.headers.emplace_back("Content-Type", type_of(name));
    response.body = file->text;
    return response;
}

}  // namespace

Async<Answered<HttpResponse>> Api::show_page(const Exchange&) { co_return file_named(kPage); }

Async<Answered<HttpResponse>> Api::show_asset(const Exchange& exchange) {
    co_return file_named(exchange.arguments.front());
}

}  // namespace taktd::control
