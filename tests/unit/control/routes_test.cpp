// SPDX-License-Identifier: Apache-2.0
// The table of routes, and what the documents say of it.
#include "daemon/control/routes.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/openapi.hpp"
#include "tests/support/golden.hpp"

namespace taktd::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Routes, Match_FillsInWhatStandsForItsParts) {
    const Match match = find_route("POST", {"api", "v1", "jobs", "nightly", "start"});
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->pattern, "/api/v1/jobs/{job}/start");
    EXPECT_THAT(match.arguments, ElementsAre("nightly"));
}

TEST(Routes, ThePathWithoutParts_IsTheDashboard) {
    const Match match = find_route("GET", {});
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->pattern, "/");
    EXPECT_EQ(match.route->need, Need::nobody);
    EXPECT_THAT(find_route("GET", {"assets", "app.js"}).arguments, ElementsAre("app.js"));
}

TEST(Routes, Head_IsAGet) { EXPECT_NE(find_route("HEAD", {"healthz"}).route, nullptr); }

TEST(Routes, AnotherMethod_FindsNoRouteButThoseThatThePathHas) {
    const Match match = find_route("DELETE", {"api", "v1", "holds"});
    EXPECT_EQ(match.route, nullptr);
    EXPECT_THAT(match.methods, ElementsAre("GET", "POST"));
}

TEST(Routes, AnotherPath_HasNoMethods) {
    EXPECT_THAT(find_route("GET", {"api", "v2"}).methods, IsEmpty());
    EXPECT_THAT(find_route("GET", {""}).methods, IsEmpty());
    EXPECT_THAT(find_route("GET", {"assets"}).methods, IsEmpty());
    EXPECT_THAT(find_route("GET", {"api", "v1", "jobs", "a", "start", "now"}).methods, IsEmpty());
}

/// The routes that docs/api.md has in its table, as "METHOD path role".
std::set<std::string> documented() {
    std::ifstream file{std::string{TAKTD_SOURCE_DIR} + "/docs/api.md"};
    std::set<std::string> found;
    for (std::string line; std::getline(file, line);) {
        std::istringstream cells{line};
        std::string bar, method, path, role;
        cells >> bar >> method >> bar >> path >> bar >> role;
        if (path.starts_with("`/")) found.insert(method + " " + path.substr(1, path.size() - 2) + " " + role);
    }
    return found;
}

TEST(Routes, WhatChangesSomething_WantsAnOperator) {
    for (const Route& route : routes()) {
        if (route.method == "GET" || route.pattern.starts_with("/api/v1/sessions")) continue;
        EXPECT_NE(route.need, Need::viewer) << route.pattern;
        EXPECT_NE(route.need, Need::nobody) << route.pattern;
    }
}

TEST(Routes, Documents_HaveEachOfThemAndNoOther) {
    std::set<std::string> served;
    for (const Route& route : routes())
        served.insert(std::string{route.method} + " " + std::string{route.pattern} + " " +
                      std::string{name_of(route.need)});
    EXPECT_EQ(documented(), served);
}

TEST(Routes, Shapes_KnowEachOfThemAndNoOther) {
    std::set<std::string> served, known;
    for (const Route& route : routes()) served.insert(std::string{route.method} + " " + std::string{route.pattern});
    for (const auto& [name, facts] : shapes().at("routes").as_object()) known.insert(std::string{name});
    EXPECT_EQ(known, served);
}

TEST(OpenApi, References_AllMeanSomething) {
    const json::value document = openapi_document();
    const std::string text = json::serialize(document);
    const std::string begin = R"("$ref":"#)";
    int count = 0;
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1), ++count) {
        const std::size_t from = at + begin.size();
        const std::string pointer = text.substr(from, text.find('"', from) - from);
        boost::system::error_code error;
        EXPECT_NE(document.find_pointer(pointer, error), nullptr) << pointer;
    }
    EXPECT_GT(count, 50);
}

TEST(OpenApi, TheFileInDocs_IsThisOutput) { test::expect_golden(openapi_text(), "../docs/openapi.json"); }

}  // namespace
}  // namespace taktd::control
