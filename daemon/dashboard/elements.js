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
