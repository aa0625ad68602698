# SPDX-License-Identifier: Apache-2.0
"""`taktctl cron` against an implementation of its own: a thousand and more random expressions in real zones around the days
on which clocks change. The oracle knows no calendar search: it walks days, lists every local time, and asks Python's zoneinfo
what each of them means."""

import calendar
import datetime as dt
import json
import os
import random
import subprocess
import unittest
import zoneinfo

from harness import BIN, PATIENCE, hung

UTC = dt.timezone.utc
# Sanitizers look for other faults, and each start of theirs takes most of a second.
CASES, CHANGES = (1200, 4) if PATIENCE == 1 else (60, 1)
HOURS = 9
DAYS_SEARCHED = 100 * 366
ZONES = ["UTC", "Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns",
         "America/Santiago", "America/Havana", "Australia/Lord_Howe", "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut",
         "Pacific/Chatham", "Antarctica/Troll", "Asia/Tehran"]
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


class Pattern:
    """An expression, read once more."""

    def __init__(self, expression):
        fields = expression.split()
        self.years = fields.pop() if len(fields) == 7 else "*"
        second = fields.pop(0) if len(fields) == 6 else "0"
        minute, hour, self.days, month, self.weekdays = fields
        self.months = numbers(month, 1, 12, MONTHS)
        self.years = None if self.years == "*" else numbers(self.years, 1970, 2199)
        self.times = [dt.timedelta(hours=h, minutes=m, seconds=s) for h in sorted(numbers(hour, 0, 23))
                      for m in sorted(numbers(minute, 0, 59)) for s in sorted(numbers(second, 0, 59))]
        self.is_fixed = not any(c in "*/" for c in second + minute + hour)

    def has_day(self, day):
        if day.month not in self.months or self.years is not None and day.year not in self.years:
            return False
        any_day, any_weekday = self.days[0] in "*?", self.weekdays[0] in "*?"
        if any_day and any_weekday:
            return True
        by_day = not any_day and any(is_day(item, day) for item in self.days.split(","))
        by_weekday = not any_weekday and any(is_weekday(item, day) for item in self.weekdays.split(","))
        return by_day or by_weekday

    def after(self, instant, zone, count):
        """The next `count` instants."""
        begin = instant.astimezone(zone).date()
        found, enough_since = set(), None
        for n in range(-2, DAYS_SEARCHED):
            # A repeated hour may reach back into the day before, so the search goes on a little when it has enough.
            if enough_since is not None and n > enough_since + 2:
                break
            day = begin + dt.timedelta(days=n)
            if not self.has_day(day):
                continue
            for time in self.times:
                found.update(t for t in self.meaning(dt.datetime.combine(day, dt.time()) + time, zone) if t > instant)
            if len(found) >= count and enough_since is None:
                enough_since = n
        return sorted(found)[:count]

    def meaning(self, local, zone):
        shown = sorted({t for t in (as_instant(local, zone, fold) for fold in (0, 1))
                        if t.astimezone(zone).replace(tzinfo=None) == local})
        if not self.is_fixed:
            return shown
        return shown[:1] or [end_of_gap(local, zone)]


def as_instant(local, zone, fold):
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def end_of_gap(local, zone):
    low, high = as_instant(local, zone, 1), as_instant(local, zone, 0)
    before = low.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def numbers(field, low, high, names=()):
    values = set()
    for item in field.split(","):
        item, _, step = item.partition("/")
        if item in ("*", "?"):
            first, last = low, high
        else:
            ends = [names.index(end) + low if end in names else int(end) for end in item.split("-")]
            first, last = ends[0], ends[-1]
        values.update(range(first, last + 1, int(step or 1)))
    return values


def length_of(day):
    return calendar.monthrange(day.year, day.month)[1]


def nearest_workday(day, wanted):
    """The date of `wanted`W in the month of `day`."""
    if wanted > length_of(day):
        return None
    date = day.replace(day=wanted)
    for distance in (0, -1, 1, -2, 2):
        near = date + dt.timedelta(days=distance)
        if near.month == day.month and near.weekday() < 5:
            return near
    return None


def is_day(item, day):
    if item == "LW":
        return nearest_workday(day, length_of(day)) == day
    if item.startswith("L"):
        return day.day == length_of(day) - int(item[2:] or 0)
    if item.endswith("W"):
        return nearest_workday(day, int(item[:-1])) == day
    return day.day in numbers(item, 1, 31)


def is_weekday(item, day):
    weekday = (day.weekday() + 1) % 7
    if "#" in item:
        name, _, n = item.partition("#")
        return numbers(name, 0, 7, WEEKDAYS) == {weekday} and (day.day - 1) // 7 + 1 == int(n)
    if item.endswith("L"):
        return numbers(item[:-1], 0, 7, WEEKDAYS) == {weekday} and day.day > length_of(day) - 7
    return weekday in {n % 7 for n in numbers(item, 0, 7, WEEKDAYS)}


def random_list(draw, low, high):
    """`5`, `5-9`, `5-9/2`, or a list of them."""
    items = []
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        first = draw.randint(low, high)
        last = draw.randint(first, high)
        items.append(draw.choice([str(first), str(first), f"{first}-{last}", f"{first}-{last}/{draw.randint(1, 7)}"]))
    return ",".join(items)


def random_expression(draw):
    fields = [draw.choice([random_list(draw, 0, 59), "0", "*/15", "*/7", "0,30"]),
              draw.choice([random_list(draw, 0, 4), random_list(draw, 0, 23), "*", "*/2", "0", "1", "2", "3", "23"]),
              draw.choice(["*"] * 6 + ["?", random_list(draw, 1, 31), "L", f"L-{draw.randint(1, 20)}", "LW",
                                       f"{draw.randint(1, 31)}W"]),
              draw.choice(["*"] * 6 + [random_list(draw, 1, 12), draw.choice(MONTHS), "MAR-OCT", "*/3"]),
              draw.choice(["*"] * 6 + ["?", random_list(draw, 0, 6), "7", "SUN", "MON-FRI", f"{draw.choice(WEEKDAYS)}#{draw.randint(1, 5)}",
                                       f"{draw.choice(WEEKDAYS)}L"])]
    if fields[2] == "?" and any(character.isdigit() for character in fields[4].partition("#")[0]):
        fields[2] = "*"  # beside '?' a numbered weekday is Quartz's or cron's: taktctl asks which
    if draw.random() < 0.3:
        fields.insert(0, draw.choice(["0", "30", "15,45", "*/20", "59"]))
        if draw.random() < 0.3:
            fields.append(draw.choice(["*", "2026", "2025-2030", "2026-2040/3", "2020"]))
    return " ".join(fields)


def changes_of(zone):
    """The hours in which the zone's clocks change, 2024 to 2031."""
    hour, end = dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2031, 1, 1, tzinfo=UTC)
    step, found = dt.timedelta(hours=6), []
    while hour < end:
        if hour.astimezone(zone).utcoffset() != (hour + step).astimezone(zone).utcoffset():
            found.append(hour)
        hour += step
    return found or [dt.datetime(2026, 12, 31, tzinfo=UTC)]


def taktctl_next(expression, zone, begin, count):
    done = subprocess.run([BIN / "taktctl", "cron", expression, "--time-zone", zone, "--from", begin.isoformat(), "--count",
                           str(count), "--output", "json"], capture_output=True, text=True, timeout=hung())
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr}"
    return json.loads(done.stdout)["next"]


class CronOracle(unittest.TestCase):
    def expect_same(self, expression, name, begin, count):
        expected = Pattern(expression).after(begin, zoneinfo.ZoneInfo(name), count)
        expected = [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in expected]
        self.assertEqual(taktctl_next(expression, name, begin, count), expected,
                         f"cron '{expression}' --time-zone {name} --from {begin.isoformat()}; seed {self.seed}")

    def setUp(self):
        self.seed = int(os.environ.get("TAKTD_TEST_SEED", "20261121"))

    def test_random_expressions_around_clock_changes(self):
        draw = random.Random(self.seed)
        changes = {name: changes_of(zoneinfo.ZoneInfo(name)) for name in ZONES}
        for _ in range(CASES):
            name = draw.choice(ZONES)
            begin = draw.choice(changes[name]) + dt.timedelta(seconds=draw.randint(-2 * 86400, 8 * 3600))
            self.expect_same(random_expression(draw), name, begin, draw.choice([1, 3, 8]))

    def test_hours_that_do_not_exist_or_come_twice(self):
        for name in ZONES:
            for change in changes_of(zoneinfo.ZoneInfo(name))[:CHANGES]:
                local = change.astimezone(zoneinfo.ZoneInfo(name))
                # All of them in one list: a start of taktctl takes longer than to find its instants.
                hours = ",".join(str(hour) for hour in sorted((local.hour + n) % 24 for n in range(-1, HOURS - 1)))
                for expression in (f"30 {hours} * * *", f"15,45 {hours} * * *", f"*/20 {hours} * * *"):
                    self.expect_same(expression, name, change - dt.timedelta(hours=12), 3 * 3 * HOURS)

    def test_never(self):
        begin = dt.datetime(2026, 11, 21, 10, tzinfo=UTC)
        for expression in ("0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 0 1 1 * 2020", "0 0 0 29 2 * 2027", "0 0 0 L-30 2 * *"):
            self.assertEqual(taktctl_next(expression, "Europe/Berlin", begin, 5), [], expression)
        self.assertEqual(taktctl_next("0 0 29 2 *", "UTC", begin, 2), ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
