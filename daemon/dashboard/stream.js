// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/events, read with fetch because an EventSource sends no token. It begins again by itself and goes on behind
// the last event that it has told.

import { authorization, end } from "./session.js";

const kSilenceMs = 15000;  // taktd proves its life every 5 s
const kWaitMs = 2000, kWaitMaxMs = 15000;

/// One stream for all tabs of a browser, which opens six connections to a host at most: with a stream for each tab the stop of
/// the seventh would wait for ever. Who holds the lock reads and tells the others; when that tab is closed the next one goes
/// on behind the last event that it was told.
export async function followTogether(after, signal, { onEvent, onLife }) {
  if (!navigator.locks) return follow(after, signal, { onEvent, onLife });  // plain HTTP from another machine
  const name = `taktd-events ${location.pathname}`, channel = new BroadcastChannel(name);
  let last = after;
  const take = ({ type, data, id, instant }) => {
    onLife(instant ?? null);
    if (!type || isBehind(id, last)) return;
    last = id ?? last;
    onEvent(type, data);
  };
  channel.addEventListener("message", (message) => take(message.data));
  signal.addEventListener("abort", () => channel.close());
  const tell = (told) => {
    if (signal.aborted) return;
    take(told);
    channel.postMessage(told);
  };
  const lead = () => follow(last, signal, {
    onEvent: (type, data, id) => tell({ type, data, id }),
    onLife: (instant) => tell({ instant }),
  });
  try {
    await navigator.locks.request(name, { signal }, lead);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

/// Whether an event has been told already. Another epoch is another process of taktd.
function isBehind(id, last) {
  if (!id) return false;
  const [epoch, number] = id.split("-"), [lastEpoch, lastNumber] = last.split("-");
  return epoch === lastEpoch && Number(number) <= Number(lastNumber);
}

/// Calls `onEvent(type, data, id)` and, whenever anything arrives, `onLife(instant or null)`: taktd's time, where it said it.
/// Ends with `signal`.
async function follow(after, signal, { onEvent, onLife }) {
  let lastId = after, wait = kWaitMs;
  while (!signal.aborted) {
    const connection = new AbortController();
    const cut = () => connection.abort();
    signal.addEventListener("abort", cut);
    let silence = setTimeout(cut, kSilenceMs);
    const reader = new LineReader({
      onEvent,
      onTime: onLife,
      onId: (id) => { lastId = id; },
    });
    try {
      const sent = authorization();
      const response = await fetch("api/v1/events", {
        headers: { ...sent, "Last-Event-ID": lastId, Accept: "text/event-stream" },
        cache: "no-store", signal: connection.signal,
      });
      if (response.status === 401) {
        const said = await response.json().catch(() => null);
        if (!signal.aborted) end(said?.detail ?? "taktd does not know the token any more");
        return;
      }
      if (response.ok) {
        wait = kWaitMs;
        for (const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
          const { done, value } = await chunks.read();
          if (done) break;
          clearTimeout(silence);
          silence = setTimeout(cut, kSilenceMs);
          onLife(null);
          reader.take(value);
        }
      }
    } catch (error) {
      // A connection that was lost or cut; anything else is a mistake of ours that must be seen.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) console.error(error);
    }
    clearTimeout(silence);
    signal.removeEventListener("abort", cut);
    connection.abort();
    if (signal.aborted) return;
    await new Promise((resume) => setTimeout(resume, wait));
    wait = Math.min(wait * 2, kWaitMaxMs);
  }
}

/// Text of type text/event-stream, in pieces of any size.
export class LineReader {
  constructor(told) {
    this.told = told;
    this.rest = "";
    this.forget();
  }

  forget() {
    this.type = "";
    this.data = "";
    this.id = null;
  }

  take(text) {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop();
    for (const line of lines) this.takeLine(line);
  }

  takeLine(line) {
    if (line === "") {
      if (this.data !== "") this.told.onEvent(this.type, JSON.parse(this.data), this.id);
      if (this.id !== null) this.told.onId(this.id);
      this.forget();
    } else if (line.startsWith(":")) {
      this.told.onTime(line.slice(1).trim());
    } else {
      const colon = line.indexOf(": ");
      const [name, value] = [line.slice(0, colon), line.slice(colon + 2)];
      if (name === "event") this.type = value;
      if (name === "data") this.data += value;
      if (name === "id") this.id = value;
    }
  }
}
