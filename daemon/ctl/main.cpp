// SPDX-License-Identifier: Apache-2.0
// taktctl: arguments -> one command -> its output and exit code (0 done, 1 refused or failed, 2 usage, 3 daemon
// unreachable). What it can do is told in arguments.cpp; each command has a file of its own.
#include "daemon/ctl/program.hpp"
#include "daemon/log/standard_streams.hpp"

int main(int argc, char** argv) {
    taktd::log::occupy_standard_streams();
    return taktd::ctl::run_program(argc, argv);
}
