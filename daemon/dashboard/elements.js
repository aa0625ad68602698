// SPDX-License-Identifier: Apache-2.0
// The page's elements. What taktd or a vendor says becomes text and never markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/// Writes only what differs: a reader's selection and a screen reader's place stay.
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function setClass(target, className) {
  if (target.className !== className) target.className = className;
}

/// Shows the text; hides the element where there is none.
export function showText(target, text) {
  setText(target, text);
  target.hidden = text === "";
}

/// Makes the list's children those of `items`, in their order. A row stays the same element as long as its key is there,
/// so that the keyboard's focus stays on its button.
export function setRows(list, items, keyOf, make, update) {
  const known = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const key = keyOf(item);
    const row = known.get(key) ?? make(item);
    row.dataset.key = key;
    known.delete(key);
    update(row, item);
    return row;
  });
  for (const gone of known.values()) gone.remove();
  rows.forEach((row, place) => {
    // Taking an element out and in again would lose the focus: only rows at a wrong place are moved.
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
}

/// Fills a list of terms; what is null or empty is left out.
export function setFacts(list, facts) {
  list.replaceChildren(...facts.filter(([, value]) => value !== null && value !== "")
    .flatMap(([name, value]) => [element("dt", "", name), element("dd", "", String(value))]));
}

/// Buttons of [text, what it does]. They stay the same elements as long as the texts do: the keyboard's focus stays.
export function setButtons(list, actions) {
  const isSame = list.children.length === actions.length && actions.every(([text], place) => list.children[place].textContent === text);
  if (isSame) {
    actions.forEach(([, act], place) => { list.children[place].act = act; });
    return;
  }
  list.replaceChildren(...actions.map(([text, act]) => {
    const button = element("button", "", text);
    button.type = "button";
    button.act = act;
    button.addEventListener("click", () => button.act());
    return button;
  }));
}
