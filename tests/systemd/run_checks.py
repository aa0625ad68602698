# SPDX-License-Identifier: Apache-2.0
"""Boots a copy of a Debian tree, installs the packages inside, and checks them as an administrator would: one line a check. After a
failure the journal of that check is shown, and the next one goes on. `script/test-systemd` calls it.
usage: run_checks.py TREE DEBS [PART-OF-A-CHECK'S-NAME ...]     the installation is made in any case
Exit status: 0 all held; 1 some did not; 77 the tree does not boot here."""

import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import checks_dead
import checks_installed
import checks_package
import checks_running
from administrator import Administrator
from machine import DoesNotBoot, Machine

CHECKS = [check for part in (checks_installed, checks_running, checks_dead, checks_package) for check in part.CHECKS]
UNTESTED = 77
JOURNAL_LINES_MAX = 80


class Debs:
    """The packages as the machine sees them: taktd, simcloud, and `newer`: taktd's bytes under a higher version."""

    def __init__(self, folder, tree):
        place = tree / "srv/debs"
        place.mkdir(parents=True)
        self.taktd, self.simcloud = (self._put(folder, place, name) for name in ("taktd", "taktd-simcloud"))
        unpacked = place / "unpacked"
        subprocess.run(["dpkg-deb", "--raw-extract", place / pathlib.Path(self.taktd).name, unpacked], check=True)
        control = unpacked / "DEBIAN/control"
        lines = [line + "+newer" if line.startswith("Version: ") else line for line in control.read_text().splitlines()]
        control.write_text("\n".join(lines) + "\n")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", unpacked, place / "newer.deb"], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(unpacked)
        self.newer = "/srv/debs/newer.deb"

    @staticmethod
    def _put(folder, place, name):
        (deb,) = folder.glob(f"{name}_*.deb")
        shutil.copy(deb, place)
        return f"/srv/debs/{deb.name}"


def tell_failure(machine, cursor, error):
    print("".join(traceback.format_exception_only(error)).rstrip())
    for frame in traceback.extract_tb(error.__traceback__):
        if "checks_" in frame.filename:
            print(f"     {pathlib.Path(frame.filename).name}:{frame.lineno}: {frame.line}")
    try:
        lines = machine.journal(cursor).splitlines()
        print(f"     --- journal, the last of {len(lines)} lines")
        print("\n".join(f"     {line}" for line in lines[-JOURNAL_LINES_MAX:]))
    except Exception as other:  # whatever keeps the journal from being read must not hide the failure
        print(f"     the journal cannot be read: {other}")


def run_checks(machine, debs, parts):
    admin = Administrator(machine)
    failed, told = 0, 0
    for number, check in enumerate(CHECKS):
        if number and parts and not any(part in check.__name__ for part in parts):
            continue
        name, began = check.__name__.replace("_", " "), time.monotonic()
        cursor = machine.cursor()
        told += 1
        try:
            check(admin, debs)
            print(f"ok   {name} ({time.monotonic() - began:.0f} s)", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAIL {name} ({time.monotonic() - began:.0f} s)")
            tell_failure(machine, cursor, error)
            sys.stdout.flush()
            if not number:
                break  # nothing is installed
    print(f"test-systemd: {told - failed} of {told} checks held", flush=True)
    return 1 if failed else 0


def main(base, folder, *parts):
    # An interrupted run powers its machine off as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="booted-", dir=pathlib.Path(base).parent))
    machine = Machine(scratch / "tree", scratch / "console")
    try:
        subprocess.run(["cp", "--archive", "--reflink=auto", base, scratch / "tree"], check=True)
        debs = Debs(pathlib.Path(folder), scratch / "tree")
        try:
            machine.boot()
        except DoesNotBoot as error:
            print(f"the tree does not boot here: {error}", file=sys.stderr)
            return UNTESTED
        return run_checks(machine, debs, parts)
    finally:
        machine.power_off()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
