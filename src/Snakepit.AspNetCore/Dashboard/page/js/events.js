// The feed of events, the latest first.

import { $, el, setText } from "./dom.js";
import { clock } from "./format.js";

const KEPT = 500;
const SHOWN = 200;

export class Events {
  constructor(onOpen) {
    this.all = [];
    this.seen = 0;
    this.onOpen = onOpen;
    this.waits = false;
    $("event-filter").addEventListener("input", () => this.draw());
    $("event-problems").addEventListener("change", () => this.draw());
    this.draw();
  }

  add(event) {
    event.number = this.seen++;
    event.search = [event.type, event.pool, event.worker, event.reason, event.text, event.detail].filter(Boolean).join(" ").toLowerCase();
    this.all.unshift(event);
    if (this.all.length > KEPT) this.all.pop();
    if (this.waits) return; // many events may come at once
    this.waits = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waits = false;
    const words = $("event-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const problems = $("event-problems").checked;
    const found = this.all.filter((event) => (!problems || event.level !== "info") && words.every((word) => event.search.includes(word)));
    const list = $("events");
    list.keyed ??= new Map();
    setText($("event-count"), this.all.length === 0 ? "" : `${found.length} of ${this.all.length}`);
    list.replaceChildren(...(found.length > 0
      ? found.slice(0, SHOWN).map((event) => this.item(event))
      : [el("li", { className: "notice", text: this.all.length === 0 ? "Nothing has happened since this page was opened." : "No event matches the filter." })]));
  }

  item(event) {
    return event.node ??= el(
      "li", { data: { level: event.level, type: event.type } },
      el("time", { dateTime: event.at, text: clock(event.at) }),
      el("span", { className: "kind", text: event.type.replace(/([A-Z])/g, " $1").toLowerCase() }),
      el("span", { className: "text", text: event.text + (event.detail && !event.text.includes(event.detail) ? ` ${event.detail.split("\n")[0]}` : "") }),
      ...(event.death?.stacks || event.detail?.includes("\n")
        ? [el("button", { type: "button", className: "small", text: "More", "aria-label": `More about ${event.text}`, on: { click: () => this.onOpen(event) } })] : []));
  }
}
