// SPDX-License-Identifier: Apache-2.0
// What may be asked of simcloud while it runs, on a port of its own: the truth, the journal, new faults and tasks.
//
//   GET    /_simcloud/truth    every run, every task made from a template, counts, peaks (JSON)
//   GET    /_simcloud/log      every request, oldest first (JSON)
//   GET    /_simcloud/faults   the rules and how often each fired (JSON)
//   POST   /_simcloud/faults   one rule a line, as behind --fault; added to those there are
//   DELETE /_simcloud/faults   no faults any more
//   POST   /_simcloud/tasks    one task a line, as behind --task; a known one is redefined
//   POST   /_simcloud/templates    one template a line, as behind --template
#pragma once

#include "providers/simcloud/cloud.hpp"

namespace taktd::simcloud {

HttpResponse administer(Cloud& cloud, const HttpRequest& request, WallTime now);

}  // namespace taktd::simcloud
