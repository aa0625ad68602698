# SPDX-License-Identifier: Apache-2.0
"""The package's own life: upgrades with a live run, removal with stops owed, purge. These come last: they take taktd away."""

import pathlib

from administrator import STORE
from machine import expect, wait_for

APT = "apt-get --yes --no-install-recommends --allow-downgrades -o Dpkg::Options::=--force-confold"
# How long a removal that cannot deliver its stops goes on; five minutes unless it is told otherwise.
HASTY = "TAKTD_REMOVAL_PATIENCE=5 "


def is_installed(admin):
    return admin.machine.says("dpkg-query -W -f '${db:Status-Status}' taktd", fails=None) == "installed"


def version(admin):
    return admin.machine.says("dpkg-query -W -f '${Version}' taktd")


def install(admin, deb, **more):
    return admin.run(f"{APT} install {deb} 2>&1", seconds=600, **more).stdout


def autopkgtest_passes(admin, _):
    admin.anew()
    smoke = pathlib.Path(__file__).parents[2] / "packaging/debian/tests/smoke"
    admin.machine.write("/srv/smoke", smoke.read_text(), mode=0o755)
    admin.run("/srv/smoke")


def upgrade_leaves_live_runs_alone(admin, debs):
    admin.anew()
    admin.start("load", "20s")
    pid, before, old = admin.main_pid(), admin.machine.cursor(), version(admin)
    install(admin, debs.newer)
    expect(version(admin) != old, "the newer version is there")
    expect(admin.is_active() and admin.main_pid() != pid, "the new program runs")
    admin.wait_said(before, "obligations=1 elapsed")
    admin.wait_over("load")
    expect(admin.started("perf") == 1, "it was started once")
    install(admin, debs.taktd)
    expect(version(admin) == old, "back again")


def upgrade_with_a_refused_config_restarts_nothing(admin, debs):
    admin.anew()
    admin.start("load", "20s")
    admin.configure("version: 1\njobs: {broken: {}}\n")
    pid = admin.main_pid()
    said = install(admin, debs.newer)
    expect("NOT restarted" in said and "taktd.yaml:" in said, f"apt says so:\n{said}")
    expect(admin.is_active() and admin.main_pid() == pid, "the old process goes on")
    admin.wait_over("load")
    admin.configure(admin.config)
    install(admin, debs.taktd)


def upgrade_of_a_stopped_service_leaves_it_stopped(admin, debs):
    admin.anew()
    admin.run("systemctl disable --now --quiet taktd taktd-stops.timer")
    install(admin, debs.newer)
    expect(not admin.is_active() and not admin.is_active("taktd-stops.timer"), "what was disabled stays so")
    admin.run("systemctl enable --now --quiet taktd taktd-stops.timer")
    install(admin, debs.taktd)


def remove(admin, patience="", **more):
    return admin.run(f"{patience}{APT} remove taktd 2>&1", seconds=600, **more).stdout


def removal_that_cannot_stop_is_refused(admin, _):
    admin.anew()
    admin.start("load", "1h")
    admin.add_fault("perf:stop:status=500")
    said = remove(admin, HASTY, fails=True)
    for words in ("NOT removed", "two ways out", "taktctl discharge RUN", "load"):
        expect(words in said, f"'{words}' is told:\n{said}")
    expect(is_installed(admin) and admin.is_active() and admin.is_active("taktd-stops.timer"), "all is there and runs as before")
    expect(admin.newest("load")["state"] == "stopping", "the stop is still being asked for")
    # The second way out: the operator says that he has ended it.
    admin.taktctl("discharge load --reason 'ended by hand'")
    admin.run("systemctl restart simcloud")
    remove(admin)
    expect(not is_installed(admin), "then it goes")


def removal_of_a_living_service_delivers_its_stops(admin, debs):
    install(admin, debs.taktd)
    admin.anew()
    admin.start("load", "1h")
    admin.start("drill", "1h")
    said = remove(admin)
    expect("stops are owed" in said, said)
    admin.wait_over_at_vendor()
    expect(not is_installed(admin), "it is gone")
    for unit in ("taktd.service", "taktd-stops.timer", "taktd-stops.service"):
        expect(admin.machine.show(unit, "LoadState") in ("not-found", "masked") and not admin.is_active(unit), f"{unit} is gone")
    admin.run(f"test -s {STORE}/taktd.db && test -s /etc/taktd/taktd.yaml && test -s /etc/taktd/credentials/perf-key")


def reinstallation_goes_on_with_the_store(admin, debs):
    install(admin, debs.taktd)
    wait_for(admin.is_active, "it runs again")
    expect([run["reason"] for run in admin.runs()] == ["operator", "operator"], f"it knows what was: {admin.runs()}")
    expect(admin.json("holds")["holds"] == [], "the hold of the removal is over")


def removal_of_a_dead_service_delivers_its_stops(admin, _):
    """With secrets that only a drop-in of both units has, and a daemon that crashes at each start."""
    admin.anew()
    admin.start("load", "1h")
    admin.run("mv /etc/taktd/credentials/perf-key /srv/perf-key")
    for unit, command in (("taktd.service", "ExecStart=\nExecStart=/bin/sh -c 'kill -SEGV $$$$'\n"), ("taktd-stops.service", "")):
        admin.drop_in(unit, f"[Service]\nLoadCredential=perf-key:/srv/perf-key\n{command}")
    admin.run("systemctl restart taktd", fails=None)
    wait_for(lambda: int(admin.machine.show("taktd", "NRestarts")) > 1, "it crashes again and again")
    said = remove(admin)
    expect("stops are owed" in said, said)
    admin.wait_over_at_vendor()
    expect(not is_installed(admin), "it is gone")


def removal_under_a_broken_config_delivers_its_stops(admin, debs):
    """Such a daemon is at work on what falls due, and never up."""
    install(admin, debs.taktd)
    admin.anew()
    admin.start("load", "1h")
    admin.configure("version: 1\njobs: {broken: {}}\n")
    admin.run("systemctl restart --no-block taktd")
    wait_for(lambda: admin.machine.show("taktd", "StatusText").startswith("config refused"), "it serves what it owes")
    remove(admin)
    admin.wait_over_at_vendor()
    expect(not is_installed(admin), "it is gone")


def purge_empties_a_volume(admin, debs):
    """A store on a disk of its own: what is mounted there stays, and holds nothing."""
    admin.configure(admin.config)
    install(admin, debs.taktd)
    admin.anew(start=False)
    admin.run(f"mount -t tmpfs -o size=6m,mode=750,uid=taktd,gid=taktd small {STORE}")
    admin.start_units()
    admin.run(f"test -e {STORE}/taktd.db")
    admin.run(f"{APT} purge taktd 2>&1", seconds=600)
    expect(admin.machine.says(f"ls -A {STORE}") == "", "the volume is empty")
    admin.run(f"umount {STORE} && rmdir {STORE}")


def purge_deletes_store_and_secrets(admin, debs):
    admin.configure(admin.config)
    install(admin, debs.taktd)
    admin.anew()
    admin.run(f"test -e {STORE}/taktd.db")
    admin.run(f"{APT} purge taktd 2>&1", seconds=600)
    for path in (STORE, "/etc/taktd", "/run/taktd", "/usr/lib/systemd/system/taktd.service"):
        expect(admin.machine.says(f"ls -dla {path} 2>/dev/null", fails=None) == "", f"{path} is gone")
    for unit in ("taktd.service", "taktd-stops.timer"):
        expect(admin.machine.show(unit, "LoadState") == "not-found", f"{unit}: {admin.machine.show(unit, 'LoadState')}")
    left = admin.machine.says("find /etc/systemd /var/lib/systemd -name '*taktd*' -not -path '/etc/systemd/system/taktd*.d*'")
    expect(left == "", f"left behind: {left}")


CHECKS = (autopkgtest_passes, upgrade_leaves_live_runs_alone, upgrade_with_a_refused_config_restarts_nothing,
          upgrade_of_a_stopped_service_leaves_it_stopped,
          removal_that_cannot_stop_is_refused, removal_of_a_living_service_delivers_its_stops, reinstallation_goes_on_with_the_store,
          removal_of_a_dead_service_delivers_its_stops, removal_under_a_broken_config_delivers_its_stops, purge_empties_a_volume,
          purge_deletes_store_and_secrets)
