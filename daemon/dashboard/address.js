// SPDX-License-Identifier: Apache-2.0
// Where in the dashboard the reader is, as the address says it behind its "#": the overview, a list, a run or a job, and what
// a list or the timeline is narrowed to. Who is given the address sees the same.

const decoded = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;  // typed by a person; taktd says that there is no such thing
  }
};

/// { kind: "overview", "runs", "jobs", "run" or "job"; name: of the run or job, else null; filters: URLSearchParams }
export function placeOf(hash) {
  const [path, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const [, list, name] = /^\/(runs|jobs)(?:\/([^/]+))?$/.exec(path) ?? [];
  const kind = list === undefined ? "overview" : name === undefined ? list : list.slice(0, -1);
  return { kind, name: name === undefined ? null : decoded(name), filters: new URLSearchParams(query) };
}

export const runAddress = (id) => `#/runs/${encodeURIComponent(id)}`;
export const jobAddress = (job) => `#/jobs/${encodeURIComponent(job)}`;

/// What is empty is left out. `list`: "runs", "jobs", or "" for the overview.
export function listAddress(list, filters = {}) {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  return `#/${list}${query.size > 0 ? `?${query}` : ""}`;
}
