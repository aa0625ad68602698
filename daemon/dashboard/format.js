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

// Made once: making one takes longer than painting a lane.
const kMinutes = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const kSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const kDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const kWeekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

export const hourAndMinute = (seconds) => kMinutes.format(seconds * 1000);
export const weekday = (seconds) => kWeekday.format(seconds * 1000);

/// In the browser's zone; with the day where that is not today's.
export function clock(instant, now, withSeconds = false) {
  const at = new Date(instant), time = (withSeconds ? kSeconds : kMinutes).format(at);
  return at.toDateString() === new Date(now * 1000).toDateString() ? time : `${kDay.format(at)} ${time}`;
}

/// The instant and how far away it is; null where there is none.
export function clockAway(instant, now) {
  if (instant === null) return null;
  const away = secondsOf(instant) - now;
  return `${clock(instant, now, true)} (${away >= 0 ? `in ${length(away)}` : `${length(-away)} ago`})`;
}

export function fullClock(now) {
  const at = new Date(now * 1000);
  const ahead = -at.getTimezoneOffset();
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const zone = `${ahead < 0 ? "-" : "+"}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  return `${weekday(now)} ${kSeconds.format(at)} ${zone}`;
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
