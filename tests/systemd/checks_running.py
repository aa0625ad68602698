# SPDX-License-Identifier: Apache-2.0
"""A service at work: it starts and stops, takes a new config or refuses it, and comes back from whatever ends it."""

from administrator import EVERY_TEN_SECONDS, STORE
from machine import expect, wait_for


def schedule_starts_and_stops(admin, _):
    admin.anew(EVERY_TEN_SECONDS)
    done = wait_for(lambda: [r for r in admin.runs("rounds") if (r["state"], r["reason"]) == ("stopped", "schedule")],
                    lambda: f"a run has been stopped by schedule: {admin.runs()}", pause=1)
    truth = admin.truth()
    expect(admin.started("perf") >= len(done) and truth["doubled"] == 0, f"the vendor saw it, too: {truth}")


def good_reload_takes_over(admin, _):
    admin.anew()
    expect([j["job"] for j in admin.json("jobs")["jobs"]] == ["drill", "load"], "two jobs")
    before = admin.main_pid()
    admin.configure(admin.config + EVERY_TEN_SECONDS)
    admin.run("systemctl reload taktd")
    expect("rounds" in [j["job"] for j in admin.json("jobs")["jobs"]], "the new job is there once the reload is over")
    expect(admin.main_pid() == before, "the same process")


def bad_reload_fails_visibly(admin, _):
    admin.anew()
    admin.start("load", "1h")
    before, pid = admin.machine.cursor(), admin.main_pid()
    admin.configure(admin.config + "  broken: {provider: nobody}\n")
    admin.run("systemctl reload taktd", fails=True)
    admin.wait_said(before, "taktd.yaml:")
    expect(admin.is_active() and admin.main_pid() == pid, "what ran before goes on")
    wait_for(lambda: admin.machine.show("taktd", "StatusText").startswith("the last reload was refused"),
             lambda: admin.machine.show("taktd", "StatusText"))
    admin.configure(admin.config)
    admin.run("systemctl reload taktd")
    admin.taktctl("stop load --wait --reason test")
    admin.wait_over("load", "operator")


def killed_service_comes_back_and_stops(admin, _):
    admin.anew()
    admin.start("load", "15s")
    pid = admin.main_pid()
    before = admin.machine.cursor()
    admin.run("systemctl kill --signal=SIGKILL --kill-whom=main taktd")
    wait_for(lambda: admin.main_pid() not in (0, pid), "another process is there")
    admin.wait_active()
    admin.wait_said(before, "obligations=1 elapsed")
    admin.wait_over("load")


def frozen_service_is_ended_by_the_watchdog(admin, _):
    admin.anew()
    admin.start("load", "5s")
    # Its last resort would stop the run as well: not in this check.
    admin.run("systemctl stop taktd-stops.timer")
    pid, before = admin.main_pid(), admin.machine.cursor()
    admin.run("systemctl kill --signal=SIGSTOP --kill-whom=main taktd")
    admin.wait_said(before, "Watchdog timeout")
    wait_for(lambda: admin.main_pid() not in (0, pid), "another process is there")
    admin.wait_over("load")


def crash_leaves_no_core(admin, _):
    admin.anew()
    limits = admin.machine.says(f"grep 'Max core file size' /proc/{admin.main_pid()}/limits")
    expect(limits.split()[4:6] == ["0", "0"], f"no core files: {limits}")
    before = admin.machine.cursor()
    admin.run("systemctl kill --signal=SIGSEGV --kill-whom=main taktd")
    admin.wait_said(before, "code=killed, status=11/SEGV")  # with a core it is "dumped"
    wait_for(lambda: admin.main_pid() and admin.is_active(), "it is back")


def full_disk_stops_no_stop(admin, _):
    admin.anew(start=False)
    admin.run(f"mount -t tmpfs -o size=6m,mode=750,uid=taktd,gid=taktd small {STORE}")
    admin.start_units()
    admin.start("load", "30s")
    before = admin.machine.cursor()
    admin.run(f"dd if=/dev/zero of={STORE}/ballast bs=4k status=none", fails=True)
    admin.wait_over_at_vendor()
    admin.wait_said(before, "the store cannot be written")
    expect(admin.is_active(), "it is still at work")
    admin.run(f"rm {STORE}/ballast")
    admin.wait_said(before, "the store can be written again, and nothing was lost")
    admin.wait_over("load")
    admin.taktctl("verify", user="taktd")
    admin.stop_all_units()
    admin.run(f"umount {STORE}")


def restart_leaves_runs_to_the_next_life(admin, _):
    admin.anew()
    admin.start("load", "1h")
    before = admin.machine.cursor()
    admin.run("systemctl restart taktd")
    admin.wait_said(before, "obligations=1 elapsed")
    expect(admin.newest("load")["state"] == "running" and admin.still_running() == 1, "the run is still on")
    admin.taktctl("stop load --wait --reason test")


CHECKS = (schedule_starts_and_stops, good_reload_takes_over, bad_reload_fails_visibly, restart_leaves_runs_to_the_next_life,
          killed_service_comes_back_and_stops, frozen_service_is_ended_by_the_watchdog, crash_leaves_no_core, full_disk_stops_no_stop)
