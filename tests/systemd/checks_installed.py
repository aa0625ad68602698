# SPDX-License-Identifier: Apache-2.0
"""What a fresh installation gives: a service that runs, starts nothing, and is as closed as its units say."""

from machine import expect

UNITS = ("taktd.service", "taktd-stops.service", "taktd-stops.timer")
PAGES = ("/usr/share/man/man8/taktd.8.gz", "/usr/share/man/man1/taktctl.1.gz", "/usr/share/man/man5/taktd.yaml.5.gz",
         "/usr/share/man/man1/simcloud.1.gz")
COMPLETIONS = ("/usr/share/bash-completion/completions/taktctl", "/usr/share/zsh/vendor-completions/_taktctl",
               "/usr/share/fish/vendor_completions.d/taktctl.fish")
# In tenths: 1.5 is "OK", and 0 would be a unit that may do nothing at all.
EXPOSURE_MAX = 15


def installation_gives_a_running_service(admin, debs):
    said = admin.run(f"apt-get install --yes --no-install-recommends {debs.taktd} {debs.simcloud} 2>&1", seconds=600).stdout
    for warning in ("Warning", "warning", "Failed", "error"):
        expect(warning not in said, f"apt said '{warning}':\n{said}")
    expect(admin.is_active(), "taktd is active")
    expect(admin.is_active("taktd-stops.timer"), "its timer is active")
    for unit in ("taktd.service", "taktd-stops.timer"):
        expect(admin.machine.show(unit, "UnitFileState") == "enabled", f"{unit} comes up at the next boot")


def service_has_notified(admin, _):
    expect(admin.machine.show("taktd", "Type") == "notify", "the unit waits for its notification")
    expect("nothing is planned" in admin.machine.show("taktd", "StatusText"), lambda: admin.machine.show("taktd", "StatusText"))
    expect(admin.machine.show("taktd", "WatchdogTimestampMonotonic") != "0", "it feeds the watchdog")


def sample_config_starts_nothing(admin, _):
    expect(admin.json("jobs")["jobs"] == [], lambda: f"no job: {admin.json('jobs')}")
    expect(admin.runs() == [], "no run")
    admin.taktctl("check --strict /etc/taktd/taktd.yaml", user="taktd")


def files_are_where_they_belong(admin, _):
    for unit in UNITS:
        admin.run(f"dpkg -L taktd | grep -qx /usr/lib/systemd/system/{unit}")
    for path in (*PAGES, *COMPLETIONS):
        admin.run(f"test -s {path}")
    admin.run("dpkg-query -W -f '${Conffiles}' taktd | grep -q ' /etc/taktd/taktd.yaml '")
    for path, owner in (("/etc/taktd", "root:root 755"), ("/etc/taktd/credentials", "root:root 700"), ("/var/lib/taktd", "taktd:taktd 750"),
                        ("/run/taktd", "taktd:taktd 750")):
        seen = admin.machine.says(f"stat -c '%U:%G %a' {path}")
        expect(seen == owner, f"{path} is {seen}, and was to be {owner}")
    # Debian leaves these two out of a minimal system's documentation, but never out of a package.
    admin.run("dpkg -L taktd | grep -qx /usr/share/doc/taktd/copyright && dpkg -L taktd | grep -qx /usr/share/doc/taktd/changelog.gz")


def units_are_verified(admin, _):
    paths = " ".join(f"/usr/lib/systemd/system/{unit}" for unit in UNITS)
    said = admin.run(f"systemd-analyze verify --man=no {paths} 2>&1").stdout
    expect(said == "", f"systemd-analyze verify is to say nothing:\n{said}")


def units_are_closed(admin, _):
    for unit in ("taktd.service", "taktd-stops.service"):
        path = f"/usr/lib/systemd/system/{unit}"
        done = admin.run(f"systemd-analyze security --no-pager --offline=true --threshold={EXPOSURE_MAX} {path}", fails=None)
        words = [line for line in done.stdout.splitlines() if "exposure level" in line]
        expect(done.returncode == 0, f"{unit}: {words}")
        print(f"     {unit}: {words[0].split(': ')[-1].split()[0]}")


def strangers_are_shut_out(admin, _):
    """Another user of the machine reads neither store nor secrets, and his commands are refused."""
    admin.run("id stranger >/dev/null 2>&1 || useradd --system stranger")
    admin.anew()
    for path in ("/var/lib/taktd/taktd.db", "/etc/taktd/credentials/perf-key", "/run/taktd/control.sock"):
        admin.run(f"test -e {path} && ! runuser -u stranger -- cat {path} 2>/dev/null")
    admin.taktctl("stop --all --yes --reason theft", user="stranger", fails=True)


CHECKS = (installation_gives_a_running_service, service_has_notified, sample_config_starts_nothing, files_are_where_they_belong,
          units_are_verified, units_are_closed, strangers_are_shut_out)
