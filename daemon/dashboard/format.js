// SPDX-License-Identifier: Apache-2.0
// Times and lengths as people read them, and words for a shell.

export const secondsOf = (instant) => Date.parse(instant) / 1000;

/// 42 -> "0:42", 582 -> "9:42", 6900 -> "1 h 55 m", 200000 -> "2 d 7 h".
export function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600), Math.floor(whole / 60)];
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} m`;
  return `${minutes}:${String(whole % 60).padStart(2, "0")}`;
}

// Made once for a zone: making one takes longer than painting a lane.
let minutes, withSecondsToo, day, dayOfWeek, date, parts;

/// The zone of every time that is shown: a name, or undefined for the browser's. Without `name`'s rules it is the browser's.
export function setZone(name) {
  const time = { hour: "2-digit", minute: "2-digit" }, seconds = { ...time, second: "2-digit" }, dayAndMonth = { day: "numeric", month: "short" };
  const whole = { year: "numeric", month: "numeric", day: "numeric" };
  try {
    [minutes, withSecondsToo, day, dayOfWeek, date, parts] = [
      time, seconds, dayAndMonth, { weekday: "short", ...dayAndMonth }, whole, { ...whole, ...seconds, hourCycle: "h23" },
    ].map((fields) => new Intl.DateTimeFormat("en-GB", { ...fields, timeZone: name }));
  } catch (error) {
    if (!(error instanceof RangeError) || name === undefined) throw error;
    setZone(undefined);
  }
}
setZone(undefined);

/// Seconds that the zone's clock is ahead of UTC.
export function offsetAt(seconds) {
  const at = Math.floor(seconds), read = Object.fromEntries(parts.formatToParts(at * 1000).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second) / 1000 - at;
}

export const hourAndMinute = (seconds) => minutes.format(seconds * 1000);
export const weekday = (seconds) => dayOfWeek.format(seconds * 1000);

/// With the day where that is not today's.
export function clock(instant, now, withSeconds = false) {
  const at = new Date(instant), time = (withSeconds ? withSecondsToo : minutes).format(at);
  return date.format(at) === date.format(now * 1000) ? time : `${day.format(at)} ${time}`;
}

/// The instant and how far away it is; null where there is none.
export function clockAway(instant, now) {
  if (instant === null) return null;
  const away = secondsOf(instant) - now;
  return `${clock(instant, now, true)} (${away >= 0 ? `in ${length(away)}` : `${length(-away)} ago`})`;
}

export function fullClock(now) {
  const ahead = offsetAt(now) / 60, two = (n) => String(Math.floor(n)).padStart(2, "0");
  const zone = `${ahead < 0 ? "-" : "+"}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  return `${weekday(now)} ${withSecondsToo.format(now * 1000)} ${zone}`;
}

export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/// As taktctl takes it: the end of an id is enough.
export const shortId = (id) => id.slice(-12);

export function scopeName(scope) {
  if (scope === "") return "everything";
  const colon = scope.indexOf(":");
  return `${scope.slice(0, colon)} ${scope.slice(colon + 1)}`;
}

/// One word of a POSIX shell.
export function quoted(text) {
  if (/^[A-Za-z0-9_.,:=@%+/-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/// ` --name VALUE`, or nothing where there is no value. A value that begins with a dash is no option of its own.
export function option(name, value) {
  if (!value) return "";
  return value.startsWith("-") ? ` --${name}=${quoted(value)}` : ` --${name} ${quoted(value)}`;
}
