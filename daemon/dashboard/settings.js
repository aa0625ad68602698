// SPDX-License-Identifier: Apache-2.0
// How the reader wants to see the page, and its keys: the theme, the time zone, and whether single letters do something. Kept
// in this browser, for all its tabs.

import { byId, setText } from "./elements.js";
import { setZone } from "./format.js";

const kDarkMedia = { system: "(prefers-color-scheme: dark)", dark: "all", light: "not all" };
const kFields = { theme: "system", zone: "browser", letters: "on" };  // and what holds where nothing is kept

const kept = (name) => localStorage.getItem(`taktd.${name}`) ?? kFields[name];
let configZone = null;  // known once taktd has told it
let onChange = () => {};

/// `letters`: what each key does, by the key; `tellChange` is called when all is to be drawn again.
export function prepare(letters, tellChange) {
  onChange = tellChange;
  for (const name of Object.keys(kFields)) {
    byId(name).addEventListener("change", () => {
      localStorage.setItem(`taktd.${name}`, byId(name).type === "checkbox" ? (byId(name).checked ? "on" : "off") : byId(name).value);
      apply();
    });
  }
  addEventListener("storage", apply);  // another tab has changed it
  byId("dark").addEventListener("load", () => onChange());
  byId("open-view").addEventListener("click", open);
  byId("view-close").addEventListener("click", () => byId("view").close());
  addEventListener("keydown", (event) => takeKey(event, { ...letters, "?": open }));
  apply();
}

/// What the status says of the config's zone.
export function takeConfigZone(zone) {
  if (zone === configZone) return;
  configZone = zone;
  setText(byId("config-zone"), `the config's: ${zone}`);
  apply();
}

function apply() {
  byId("dark").media = kDarkMedia[kept("theme")] ?? kDarkMedia.system;
  const zones = { browser: undefined, utc: "UTC", config: configZone ?? undefined };
  setZone(zones[kept("zone")]);
  byId("theme").value = kept("theme");
  byId("zone").value = kept("zone");
  byId("letters").checked = kept("letters") === "on";
  onChange();
}

function open() {
  byId("view").showModal();
}

function takeKey(event, letters) {
  if (event.ctrlKey || event.metaKey || event.altKey || kept("letters") !== "on") return;
  // Until the next frame a field still has the keys whose dialog has just been closed.
  const isTyped = event.target.closest("input, select, textarea")?.checkVisibility() ?? false;
  if (isTyped || byId("page").hidden || document.querySelector("dialog[open]") !== null || !Object.hasOwn(letters, event.key)) return;
  event.preventDefault();
  letters[event.key]();
}
