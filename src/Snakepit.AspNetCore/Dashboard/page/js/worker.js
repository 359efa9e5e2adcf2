// The worker that the user has chosen: what it is, how near its limits it is, what it runs, and what can be done.

import { Chart, History } from "./charts.js";
import { el, setAttribute, setBar, setHidden, setText, table } from "./dom.js";
import { bytes, clock, count, duration } from "./format.js";
import { lookOf, shares, wordOf } from "./slots.js";

export class WorkerPanel {
  constructor(parent, actions) {
    this.parent = parent;
    this.actions = actions;
    this.slot = null;
    this.histories = new Map(); // of the memory, by worker
    const button = (text, action, className = "") => el("button", { type: "button", text, className, on: { click: () => action(this.worker) } });
    this.parts = {
      title: el("h3"), badge: el("span", { className: "badge" }), note: el("p", { className: "problem" }),
      drain: button("Drain", actions.drain), facts: el("dl", { className: "facts" }), bars: {}, chart: el("div", { className: "chart" }),
      calls: el("div"),
    };
    const bar = (name, title) => {
      const track = el("span", { className: "bar", role: "meter", "aria-label": title, "aria-valuemin": 0, "aria-valuemax": 100 });
      const text = el("span", { className: "value" });
      this.parts.bars[name] = { track, text };
      return el("div", { className: "limit" }, el("span", { text: title }), track, text);
    };
    parent.append(
      el("div", { className: "title" }, this.parts.title, this.parts.badge, el("span", { className: "spacer" }),
        button("Recycle", actions.recycle), this.parts.drain, button("Stacks", actions.stacks),
        button("Close", () => actions.close(), "quiet")),
      this.parts.note,
      el("div", { className: "two" },
        el("div", {}, bar("age", "Age / TTL"), bar("requests", "Requests / limit"), bar("memory", "Memory / limit"), this.parts.facts),
        el("figure", {}, el("figcaption", { text: "Memory of this worker" }), this.parts.chart)),
      this.parts.calls);
  }

  /** Notes the memory of every worker, so that a chosen one has a history already. */
  note(time, pool) {
    for (const worker of pool.workers) {
      if (!worker.memory) continue;
      if (!this.histories.has(worker.id)) this.histories.set(worker.id, new History(2));
      this.histories.get(worker.id).add(time, worker.memory.currentBytes, worker.memory.softLimitBytes ?? worker.memory.hardLimitBytes);
    }
  }

  /** Notes the memory of workers before the page was opened. */
  notePast(time, pool) {
    for (const [id, memory] of Object.entries(pool.memoryBytes)) {
      if (!this.histories.has(id)) this.histories.set(id, new History(2));
      this.histories.get(id).add(time, memory, null);
    }
  }

  /** Forgets the workers that are gone. */
  forget(alive) {
    for (const id of this.histories.keys()) if (!alive.has(id)) this.histories.delete(id);
  }

  choose(slot) {
    this.slot = slot;
  }

  show(pool) {
    const workers = pool.workers.filter((worker) => worker.slot === this.slot);
    const worker = this.worker = workers.find((one) => ["serving", "exhausted"].includes(one.state)) ?? workers[0];
    setHidden(this.parent, this.slot === null || !worker);
    if (this.parent.hidden) return;
    const look = lookOf(worker);
    const parts = this.parts;
    setText(parts.title, `Worker ${worker.id}`);
    setText(parts.badge, wordOf(look));
    setAttribute(parts.badge, "data-state", look);
    const notes = [
      worker.recycleReason && `It is being replaced: ${worker.recycleReason}.`,
      worker.overdueSeconds && `It is due since ${duration(worker.overdueSeconds)}; its replacement is not ready.`,
      worker.drainedUntil && `Its slot gets no calls until ${new Date(worker.drainedUntil).toLocaleString()}.`,
      worker.unresponsive && `It gives no sign of life: ${worker.unresponsive}.`,
    ].filter(Boolean);
    setText(parts.note, notes.join(" "));
    setHidden(parts.note, notes.length === 0);
    setText(parts.drain, worker.drainedUntil ? "Resume" : "Drain");
    const share = shares(worker);
    this.bar("age", share.age, `${duration(worker.ageSeconds)}${worker.ttlSeconds ? ` of ${duration(worker.ttlSeconds)}` : ""}`);
    this.bar("requests", share.requests, `${count(worker.requests)}${worker.maxRequests ? ` of ${count(worker.maxRequests)}` : ""}`);
    const limit = worker.memory?.softLimitBytes ?? worker.memory?.hardLimitBytes;
    this.bar("memory", share.memory, `${bytes(worker.memory?.currentBytes)}${limit ? ` of ${bytes(limit)}` : ""}`);
    facts(parts.facts, [
      ["Process", worker.pid], ["Since", clock(worker.startedAt)], ["CPU", duration(worker.cpuSeconds)], ["Threads", worker.threads ?? "–"],
      ["Peak memory", bytes(worker.memory?.peakBytes)], ["Sessions", count(worker.sessions)], ["Errors in a row", count(worker.consecutiveErrors)],
      ...(worker.device ? [["Device", worker.device]] : []),
    ]);
    const history = this.histories.get(worker.id);
    if (history) {
      this.chart ??= new Chart(parts.chart, bytes, { height: 120 });
      this.chart.show(history);
    }
    runningCalls(parts.calls, [worker], this.actions.cancel, "It runs no call.");
  }

  bar(name, share, text) {
    const { track, text: value } = this.parts.bars[name];
    setBar(track, share);
    setAttribute(track, "aria-valuenow", share === null ? 0 : Math.round(Math.min(share, 1) * 100));
    setAttribute(track, "aria-valuetext", text);
    setText(value, text);
  }
}

/** A list of names and values. */
export function facts(parent, pairs) {
  if (parent.childElementCount !== pairs.length) parent.replaceChildren(...pairs.map(() => el("div", {}, el("dt"), el("dd"))));
  pairs.forEach(([name, value], index) => {
    const [term, description] = parent.children[index].children;
    setText(term, name);
    setText(description, String(value));
  });
}

/** The calls that workers run, each with a way to cancel it. */
export function runningCalls(parent, workers, cancel, empty) {
  const calls = workers.flatMap((worker) => worker.calls.map((call, index) => ({ ...call, worker, key: call.call ?? `${worker.id}-${index}` })));
  table(parent, [
    { title: "Tool", cell: (call) => call.tool, className: "strong" },
    { title: "Worker", cell: (call) => call.worker.id },
    { title: "Since", numeric: true, cell: (call) => duration(call.elapsedSeconds) },
    { title: "Session", cell: (call) => call.session ?? "" },
    { title: "Kind", cell: (call) => (call.isStream ? "stream" : "") },
    {
      title: "", render: (cell, call) => {
        if (cell.dataset.key === call.key) return;
        cell.dataset.key = call.key;
        cell.replaceChildren(el("button", {
          type: "button", text: "Cancel", className: "small", "aria-label": `Cancel ${call.tool} on ${call.worker.id}`, on: { click: () => cancel(call) },
        }));
      },
    },
  ], calls, (call) => call.key, empty);
}
