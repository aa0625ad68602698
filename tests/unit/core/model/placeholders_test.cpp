// SPDX-License-Identifier: Apache-2.0
// Placeholders of texts that go to a vendor.
#include <gtest/gtest.h>

#include "daemon/core/model/call.hpp"

namespace taktd {
namespace {

TEST(Placeholders, KnownOnes_AreExpandedOnce) {
    const Placeholders values{{"job", "nightly"}, {"run", "r-1"}, {"reason", "load {job} {{"}};
    const struct {
        const char *text, *result;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"taktd {job} {run}", "taktd nightly r-1"},
        {"{job}{job}", "nightlynightly"},
        {"{{job}", "{job}"},
        {"{{{job}", "{nightly"},
        {"{{{{", "{{"},
        {"a } b }} c", "a } b }} c"},
        {"{actor}!", "!"},              // known, without a value
        {"{reason}", "load {job} {{"},  // a value is not read again
        {"open {job", "open {job"},     // the config refuses it; nothing is lost all the same
        {"{open {job}", "{open nightly"},
        {"\xc3\xbc {job}", "\xc3\xbc nightly"},
    };
    for (const auto& c : cases) EXPECT_EQ(expand(c.text, values), c.result) << c.text;
}

TEST(Placeholders, UnknownOnes_AreNamed) {
    const struct {
        const char* text;
        std::optional<std::string> unknown;
    } cases[] = {
        {"plain", std::nullopt},
        {"{run}{job}{provider}{task_id}{started}{elapsed}{cause}{actor}{reason}", std::nullopt},
        {"{{jbo}", std::nullopt},
        {"{job} {jbo} {x}", "jbo"},
        {"{Job}", "Job"},
        {"{ job }", " job "},
        {"{}", ""},
        {"{job", "job"},
        {"{job {run}", "job "},
    };
    for (const auto& c : cases) EXPECT_EQ(unknown_placeholder(c.text), c.unknown) << c.text;
}

}  // namespace
}  // namespace taktd
