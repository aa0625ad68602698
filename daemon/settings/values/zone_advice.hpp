// SPDX-License-Identifier: Apache-2.0
// What to write instead of a time zone that there is not. A wrong zone starts a job hours off, so an offset or an
// abbreviation is answered by its meaning and never by likeness: GMT+8 is not Etc/GMT+8, which is 16 hours away.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace taktd {

/// "; did you mean 'Asia/Shanghai'?", or what a zone name looks like. Each zone that is named is one of `known`.
std::string zone_advice(std::string_view name, const std::vector<std::string>& known);

/// The names that are common and wrong, in lower case, with the zones that they mean, separated by blanks.
std::span<const std::pair<std::string_view, std::string_view>> common_wrong_zones();

}  // namespace taktd
