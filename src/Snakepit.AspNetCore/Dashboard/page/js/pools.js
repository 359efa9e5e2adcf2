// The list of pools.

import { Chart, History } from "./charts.js";
import { el, keyed, setAttribute, setText } from "./dom.js";
import { count, duration } from "./format.js";

export class Pools {
  constructor(parent, onChoose) {
    this.parent = parent;
    this.onChoose = onChoose;
  }

  show(pools, chosen, histories) {
    keyed(
      this.parent, pools, (pool) => pool.name,
      (pool) => {
        const parts = {
          name: el("span", { className: "name", text: pool.name }), state: el("span", { className: "badge" }), numbers: el("span", { className: "muted" }),
          latency: el("span", { className: "muted" }), load: el("span", { className: "bar load" }), chart: el("span", { className: "spark", "aria-hidden": "true" }),
        };
        const button = el(
          "button", { type: "button", className: "pool", on: { click: () => this.onChoose(pool.name) } },
          el("span", { className: "line" }, parts.name, parts.state), parts.load, el("span", { className: "line" }, parts.numbers, parts.latency), parts.chart);
        const node = el("li", {}, button);
        node.parts = { ...parts, button };
        return node;
      },
      (node, pool) => {
        const parts = node.parts;
        setAttribute(parts.button, "aria-current", pool.name === chosen ? "true" : null);
        setText(parts.state, pool.state);
        setAttribute(parts.state, "data-state", pool.state);
        setText(parts.numbers, `${pool.ready}/${pool.size} ready · ${count(pool.running)} busy · ${count(pool.queueLength)} wait`);
        setText(parts.latency, pool.p99Seconds ? `p99 ${duration(pool.p99Seconds)}` : "");
        const share = pool.size > 0 ? pool.running / pool.size : 0;
        parts.load.style.setProperty("--value", String(Math.min(100, Math.round(share * 100))));
        const history = histories.get(pool.name);
        if (history) {
          node.chart ??= new Chart(parts.chart, duration, { height: 28, bare: true });
          node.chart.show(history.latency);
        }
      });
  }
}

export class PoolHistory {
  constructor() {
    this.load = new History(2);
    this.latency = new History(2);
    this.memory = new History(1);
  }

  add(time, pool) {
    this.load.add(time, pool.running, pool.queueLength + pool.waitingForRoom);
    this.latency.add(time, pool.medianSeconds, pool.p99Seconds);
    this.memory.add(time, pool.workers.reduce((sum, worker) => sum + (worker.memory?.currentBytes ?? 0), 0));
  }

  /** Adds what the host has kept of a time before the page was opened. */
  addPast(time, pool) {
    this.load.add(time, pool.running, pool.waiting);
    this.latency.add(time, pool.medianSeconds, pool.p99Seconds);
    this.memory.add(time, Object.values(pool.memoryBytes).reduce((sum, memory) => sum + memory, 0));
  }
}
