// Questions before orders, texts, and short messages.

import { $, el, setHidden } from "./dom.js";

/** Asks for a confirmation, and for a number if there is a label for it. Returns null when the user does not want it. */
export function confirm({ title, text, ok, label = null, value = null }) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-ok").textContent = ok;
  setHidden($("confirm-field"), label === null);
  $("confirm-label").textContent = label ?? "";
  $("confirm-input").required = label !== null;
  $("confirm-input").value = value ?? "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close", () => resolve(dialog.returnValue === "ok" ? { value: Number($("confirm-input").value) } : null), { once: true });
  });
}

export function show(title, body) {
  $("text-title").textContent = title;
  $("text-body").textContent = body;
  $("text").showModal();
}

export function toast(text, level = "info") {
  const node = el("p", { text, data: { level } });
  $("toasts").append(node);
  setTimeout(() => node.remove(), level === "error" ? 12000 : 5000);
}
