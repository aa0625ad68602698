// SPDX-License-Identifier: Apache-2.0
// What all pages besides the overview share: they show one thing at a time, ask for it again whenever something has happened,
// write no late answer over another thing, and say what stands against it.

import { byId, showText } from "./elements.js";
import * as session from "./session.js";

/// A page whose elements have ids that begin with `prefix`: -page, -problem, and -`focus`, which is focused when it comes.
/// `parts`: those to be emptied for another thing. `begin(key)` writes what is known at once. `fill(key, context, isShown)` asks
/// taktd and draws; after each answer it looks whether isShown() still.
export function makePage(prefix, { focus, parts, begin, fill }) {
  let shown = null, asked = null;
  const part = (name) => byId(`${prefix}-${name}`);
  return {
    isShown: () => shown !== null,

    /// Shows what `key` names, or with null nothing.
    show(key) {
      shown = key;
      part("page").hidden = key === null;
      if (key === null) return;
      for (const name of parts) part(name).replaceChildren();
      showText(part("problem"), "");
      begin(key);
      part(focus).focus();
    },

    async load(context) {
      const key = shown;
      if (key === null || key === asked) return;
      asked = key;
      const isShown = () => key === shown;
      try {
        await fill(key, context, isShown);
        if (isShown()) showText(part("problem"), "");
      } catch (problem) {
        if (!(problem instanceof session.Problem)) throw problem;
        if (isShown()) showText(part("problem"), problem.message);
      } finally {
        if (asked === key) asked = null;
      }
    },
  };
}
