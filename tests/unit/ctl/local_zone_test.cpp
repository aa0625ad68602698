// SPDX-License-Identifier: Apache-2.0
// The zone that $TZ names, and that of the C library against the IANA tables.
#include "daemon/ctl/local_zone.hpp"

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "daemon/zones/zone_loader.hpp"
#include "tests/support/instants.hpp"

namespace taktd::ctl {
namespace {

using test::utc;

/// Sets $TZ for one scope.
class TimeZoneVariable {
public:
    explicit TimeZoneVariable(const char* value) {
        if (const char* before = std::getenv("TZ")) before_ = before;
        ::setenv("TZ", value, 1);
        ::tzset();
    }
    ~TimeZoneVariable() {
        before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
        ::tzset();
    }
    TimeZoneVariable(const TimeZoneVariable&) = delete;
    TimeZoneVariable& operator=(const TimeZoneVariable&) = delete;

private:
    std::optional<std::string> before_;
};

TEST(LocalZone, Zone_IsThatOfTheVariable) {
    const TimeZoneVariable variable{":Europe/Berlin"};
    EXPECT_EQ(local_zone()->name(), "Europe/Berlin");
}

TEST(LocalZone, Zone_OfAnEmptyVariable_IsUtc) {
    const TimeZoneVariable variable{""};
    EXPECT_EQ(local_zone()->name(), "UTC");
}

TEST(LocalZone, Zone_WithoutAName_IsReadOffTheCLibrary) {
    const TimeZoneVariable variable{"CET-1CEST,M3.5.0,M10.5.0/3"};
    const ZonePtr here = local_zone(), berlin = load_zone("Europe/Berlin");
    for (const char* t : {"2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-07-01T00:00:00Z",
                          "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z", "2030-01-01T00:00:00Z"}) {
        EXPECT_EQ(here->offset_at(utc(t)), berlin->offset_at(utc(t))) << t;
    }
}

}  // namespace
}  // namespace taktd::ctl
