// Small helpers for the document. Nothing is written that has not changed, so that updates stay cheap.

export const $ = (id) => document.getElementById(id);

/** Creates an element: el("td", { className: "number", text: "3" }, child…). */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") node.textContent = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name in node && !name.includes("-")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// What was written last is kept beside the node: asking the document for it costs more than writing.
export function setText(node, text) {
  if (node.shownText === text) return;
  node.shownText = text;
  node.textContent = text;
}

export function setAttribute(node, name, value) {
  const shown = node.shownAttributes ??= new Map();
  if (shown.get(name) === value) return;
  shown.set(name, value);
  if (value === null || value === undefined) node.removeAttribute(name);
  else node.setAttribute(name, value);
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** Sets how full a bar is, from 0 to 1; null hides it. */
export function setBar(bar, share) {
  const value = share === null ? "" : Math.round(Math.min(Math.max(share, 0), 1) * 100).toString();
  if (bar.shownValue === value) return;
  bar.shownValue = value;
  bar.dataset.level = value === "" ? "none" : share >= 0.9 ? "high" : share >= 0.7 ? "raised" : "low";
  bar.style.setProperty("--value", value === "" ? "0" : value);
}

/** Makes the children of a parent those of a list: elements are kept by key, made when new, and removed when gone. */
export function keyed(parent, items, keyOf, make, update) {
  const known = parent.keyed ??= new Map();
  const wanted = new Set();
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    let node = known.get(key);
    if (!node) known.set(key, node = make(item));
    update?.(node, item);
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
  if (known.size > wanted.size) {
    for (const [key, node] of known) {
      if (!wanted.has(key)) {
        node.remove();
        known.delete(key);
      }
    }
  }
}

/** A table whose rows are kept by key. Columns: { title, numeric, cell(item) → text or node }. */
export function table(parent, columns, items, keyOf, empty) {
  let body = parent.querySelector("tbody");
  if (!body) {
    body = el("tbody");
    const head = el("tr", {}, ...columns.map((column) => el("th", { scope: "col", text: column.title, className: column.numeric ? "number" : "" })));
    parent.replaceChildren(
      el("div", { className: "scroll", tabIndex: 0 }, el("table", {}, el("thead", {}, head), body)),
      el("p", { className: "notice", text: empty }));
  }
  setHidden(parent.firstElementChild, items.length === 0);
  setHidden(parent.lastElementChild, items.length > 0);
  keyed(
    body, items, keyOf,
    () => el("tr", {}, ...columns.map((column) => el("td", { className: column.numeric ? "number" : column.className ?? "" }))),
    (row, item) => columns.forEach((column, index) => {
      const cell = row.children[index];
      if (column.render) column.render(cell, item);
      else setText(cell, column.cell(item));
    }));
}
