// SPDX-License-Identifier: Apache-2.0
// Who we are to taktd, and how it is asked. The token lives as long as the tab.

const kTokenName = "taktd.token";
const kPatienceMs = 15000;

/// What stands against a request: `status` 0 where no answer came.
export class Problem extends Error {
  constructor(status, code, detail, details = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.details = details;  // of a config, each of its errors
  }
}

let token = sessionStorage.getItem(kTokenName);
let tellOfEnd = () => {};

export const isSignedIn = () => token !== null;
export const authorization = () => ({ Authorization: `Bearer ${token}` });

/// `tell(why)` is called when taktd does not know the token any more.
export function onEnd(tell) {
  tellOfEnd = tell;
}

function keep(newToken) {
  token = newToken;
  if (token === null) sessionStorage.removeItem(kTokenName);
  else sessionStorage.setItem(kTokenName, token);
}

/// The session is over, as an answer to a request with `asked` said; one that has begun since goes on.
export function end(why, asked = token) {
  if (asked !== token || token === null) return;
  keep(null);
  tellOfEnd(why);
}

async function problemIn(response) {
  const said = await response.json().catch(() => null);
  return new Problem(response.status, said?.code ?? "", said?.detail ?? `taktd or a proxy answered ${response.status}`,
                     [...said?.errors ?? [], ...said?.objections ?? []]);
}

/// Parameters as taktd takes them: what is not set is left out.
export function questionOf(parameters) {
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
}

/// The answer's JSON. Throws a Problem. `patienceMs`: how long is waited for it.
export async function ask(method, path, body, headers = {}, patienceMs = kPatienceMs) {
  const asked = token;
  const sent = { Accept: "application/json", ...headers };
  if (asked !== null) Object.assign(sent, authorization());
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let response, answer;
  try {
    response = await fetch(`api/v1/${path}`, {
      method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", signal: AbortSignal.timeout(patienceMs),
    });
    if (response.ok) answer = response.status === 204 ? null : await response.json();
  } catch (error) {
    const isLate = error.name === "TimeoutError";
    throw new Problem(0, "", isLate ? `No answer came within ${patienceMs / 1000} s.` : "taktd cannot be reached, or its answer was lost.");
  }
  if (response.ok) return answer;
  const problem = await problemIn(response);
  if (problem.status === 401) end(problem.message, asked);
  throw problem;
}

/// The code behind `#login=` is good once: it leaves the address before anything else happens.
export function takeLoginCode() {
  const found = /^#login=(.+)$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return found[1];
}

export async function signInByCode(code) {
  keep(null);
  keep((await ask("POST", "sessions", { code })).token);
}

export async function signInByToken(text) {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Problem(0, "", "A token has no spaces and no letters beyond ASCII.");
  keep(text);
  try {
    await ask("GET", "status");
  } catch (problem) {
    keep(null);
    throw problem;
  }
}

/// A token of the config has no session to end: it is only forgotten.
export async function signOut() {
  const ended = ask("DELETE", "sessions/current").catch(() => {});
  keep(null);
  await ended;
}
