// SPDX-License-Identifier: Apache-2.0
// What the lists of runs and of jobs share: a form whose fields are the filters of the address, the API's own pages one by one,
// and rows that the arrow keys go through. Each filter has an address, and each page has one.

import { listAddress } from "./address.js";
import { byId, setText, showText } from "./elements.js";
import { makePage } from "./pages.js";

export const kRowsShown = 100;

/// `kind`: "runs" or "jobs", as the address has it; `place`: the filter that says where a page begins, such as "before";
/// `fill(filters, context)` asks, draws, and returns { number: rows drawn, next, none: what to say where there are none }.
export function makeList(kind, prefix, { place, fill }) {
  const part = (name) => byId(`${prefix}-${name}`), form = part("form");
  const go = () => { location.hash = listAddress(kind, Object.fromEntries(new FormData(form))); };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  form.addEventListener("change", go);
  part("rows").addEventListener("keydown", stepThroughRows);
  const page = makePage(prefix, {
    focus: "title", parts: [],
    begin(query) {
      const filters = new URLSearchParams(query);
      for (const field of form.querySelectorAll("[name]")) setField(field, filters.get(field.name) ?? "");
      part("first").hidden = !filters.has(place);
      filters.delete(place);
      part("first").href = listAddress(kind, Object.fromEntries(filters));
      part("more").hidden = true;
      part("rows").replaceChildren();
      showText(part("none"), "");
    },
    async fill(query, context, isShown) {
      const filters = Object.fromEntries(new URLSearchParams(query));
      const { number, next, none } = await fill(filters, context, isShown) ?? {};
      if (!isShown()) return;
      part("more").hidden = next === null;
      if (next !== null) part("more").href = listAddress(kind, { ...filters, [place]: next });
      showText(part("none"), number > 0 ? "" : none);
    },
  });
  let isOpen = false;
  return {
    ...page,
    /// Shows the list with these filters, or with null none.
    show(filters) {
      const focused = isOpen ? document.activeElement : null;
      isOpen = filters !== null;
      page.show(filters === null ? null : filters.toString());
      // Who has just set a filter goes on from there.
      if (isOpen && focused?.closest("form") === form) focused.focus();
    },
  };
}

/// A filter of the address that the form does not offer is offered from then on: nothing narrows the list unseen.
function setField(field, value) {
  if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value)) field.append(new Option(value, value));
  field.value = value;
}

/// Offers `values` besides what is there.
export function offer(select, values) {
  const known = new Set([...select.options].map((option) => option.value));
  for (const value of values) if (!known.has(value)) select.append(new Option(value, value));
}

export function setCell(row, place, text, className = "") {
  const cell = row.cells[place];
  setText(cell, text);
  if (cell.className !== className) cell.className = className;
}

/// Up and down go from row to row; Tab does as ever.
function stepThroughRows(event) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const row = event.target.closest("tr")?.[step];
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  row.querySelector("a").focus();
}
