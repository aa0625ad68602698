// SPDX-License-Identifier: Apache-2.0
// What is typed to find jobs: words of their names, and provider:NAME, label:NAME=VALUE and state:STATE. taktd looks; with
// 100,000 jobs the page does not know them all.

const kWords = new Set(["provider", "label", "state"]);

/// The parameters of the API for it. A word that is not finished yet ("label:team") narrows nothing.
export function parametersOf(typed) {
  const parts = { provider: [], label: [], state: [] }, names = [];
  for (const word of typed.split(/\s+/).filter((each) => each !== "")) {
    const [, kind, value] = /^(\w+):(.*)$/.exec(word) ?? [];
    if (!kWords.has(kind)) names.push(word);
    else if (value !== "" && (kind !== "label" || value.includes("="))) parts[kind].push(...kind === "state" ? value.split(",") : [value]);
  }
  const states = parts.state.filter((word) => word !== "");
  return {
    q: names.join(" "), provider: parts.provider.at(-1), label: parts.label.at(-1),
    state: states.filter((word) => word !== "live" && word !== "overdue").join(","),
    live: states.includes("live") && "true", overdue: states.includes("overdue") && "true",
  };
}
