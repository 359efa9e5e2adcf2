// The grid of slots. While a worker is being replaced, its slot shows both: the old one, which drains, and the new one, which boots.

import { el, keyed, setBar, setText } from "./dom.js";
import { bytes, count, duration } from "./format.js";

const RANK = { serving: 0, exhausted: 0, draining: 1, stopping: 2, ready: 3, booting: 4, launching: 5, exited: 6 };

/** The state of a worker as the grid shows it. */
export function lookOf(worker) {
  if (worker.state === "serving") return worker.drainedUntil ? "drained" : worker.running > 0 ? "busy" : "serving";
  if (worker.state === "exhausted") return "draining";
  if (worker.state === "launching") return "booting";
  if (worker.state === "stopping" || worker.state === "exited") return "draining";
  return worker.state;
}

export const wordOf = (look) => ({ serving: "idle", ready: "ready, takes over", drained: "gets no calls" })[look] ?? look;

export function shares(worker) {
  const limit = worker.memory?.softLimitBytes ?? worker.memory?.hardLimitBytes ?? null;
  return {
    age: worker.ttlSeconds ? worker.ageSeconds / worker.ttlSeconds : null,
    requests: worker.maxRequests ? worker.requests / worker.maxRequests : null,
    memory: limit && worker.memory ? worker.memory.currentBytes / limit : null,
  };
}

function group(pool) {
  const slots = new Map();
  for (let slot = 0; slot < pool.size; slot++) slots.set(slot, { slot, workers: [] });
  for (const worker of pool.workers) {
    if (!slots.has(worker.slot)) slots.set(worker.slot, { slot: worker.slot, workers: [] });
    slots.get(worker.slot).workers.push(worker);
  }
  for (const one of slots.values()) one.workers.sort((a, b) => RANK[a.state] - RANK[b.state] || a.generation - b.generation);
  return [...slots.values()].sort((a, b) => a.slot - b.slot);
}

export class Slots {
  constructor(parent, onSelect) {
    this.parent = parent;
    this.onSelect = onSelect;
    this.selected = null;
    this.pool = null;
    parent.addEventListener("click", (event) => this.choose(event.target.closest(".slot")));
    parent.addEventListener("keydown", (event) => this.move(event));
    parent.addEventListener("mouseover", (event) => {
      const node = event.target.closest(".slot");
      const worker = this.workers?.find((one) => one.slot === Number(node?.dataset.slot));
      if (worker) {
        node.title = `${worker.id} · ${duration(worker.ageSeconds)} old · ${count(worker.requests)} calls · ${bytes(worker.memory?.currentBytes)}`;
      }
    });
  }

  show(pool) {
    if (this.pool !== pool.name) {
      this.pool = pool.name;
      this.selected = null;
      this.generations = new Map();
      this.parent.replaceChildren();
      this.parent.keyed = new Map();
    }
    this.workers = pool.workers;
    this.parent.classList.toggle("dense", pool.size > 60);
    const slots = group(pool);
    keyed(this.parent, slots, (slot) => slot.slot, (slot) => this.make(slot), (node, slot) => this.update(node, slot));
    if (!this.parent.querySelector('[tabindex="0"]') && this.parent.firstElementChild) this.parent.firstElementChild.tabIndex = 0;
  }

  select(slot) {
    this.selected = slot;
    for (const node of this.parent.children) {
      const isChosen = Number(node.dataset.slot) === slot;
      node.setAttribute("aria-selected", isChosen);
      node.tabIndex = isChosen || (slot === null && node === this.parent.firstElementChild) ? 0 : -1;
    }
  }

  make(slot) {
    const node = el("div", { className: "slot", role: "option", tabIndex: -1, "aria-selected": "false", data: { slot: slot.slot } });
    node.parts = {
      name: el("span", { className: "name", text: String(slot.slot) }),
      generation: el("span", { className: "generation" }),
      workers: el("span", { className: "workers" }),
      tool: el("span", { className: "tool" }),
      rest: el("span", { className: "unseen" }), // for those who do not see colours
      bars: ["age", "requests", "memory"].map((name) => el("span", { className: `bar ${name}` })),
    };
    node.append(
      el("span", { className: "line" }, node.parts.name, node.parts.generation), node.parts.workers, node.parts.tool,
      el("span", { className: "bars" }, ...node.parts.bars), node.parts.rest);
    return node;
  }

  update(node, { slot, workers }) {
    const parts = node.parts;
    const [first] = workers;
    const looks = workers.map(lookOf);
    const signature = looks.join(" ");
    if (node.dataset.looks !== signature) {
      node.dataset.looks = signature;
      node.dataset.state = looks[0] ?? "empty";
      node.classList.toggle("replacing", workers.length > 1);
      parts.workers.replaceChildren(...looks.map((look) => el("span", { className: "worker-part", data: { state: look } })));
    }
    const serving = workers.find((worker) => worker.state === "serving")?.generation;
    const before = this.generations.get(slot);
    if (serving !== undefined && before !== serving) {
      this.generations.set(slot, serving);
      if (before !== undefined) this.flash(node);
    }
    setText(parts.generation, first ? `#${first.generation}` : "");
    const call = first?.calls[0];
    setText(parts.tool, call ? call.tool : first ? wordOf(looks[0]) : "empty");
    const share = first ? shares(first) : { age: null, requests: null, memory: null };
    [share.age, share.requests, share.memory].forEach((value, index) => setBar(parts.bars[index], value));
    setText(parts.rest, describe(workers, looks));
  }

  flash(node) {
    node.classList.remove("swapped");
    requestAnimationFrame(() => node.classList.add("swapped"));
  }

  choose(node) {
    if (!node) return;
    const slot = Number(node.dataset.slot);
    this.select(slot);
    this.onSelect(slot);
  }

  move(event) {
    const nodes = [...this.parent.children];
    const at = nodes.indexOf(document.activeElement);
    if (at < 0) return;
    const columns = nodes.filter((node) => node.offsetTop === nodes[0].offsetTop).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: nodes.length - 1 - at };
    if (event.key in steps) {
      const to = nodes[at + steps[event.key]];
      if (to) {
        nodes[at].tabIndex = -1;
        to.tabIndex = 0;
        to.focus();
      }
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(nodes[at]);
      event.preventDefault();
    }
  }
}

function describe(workers, looks) {
  return workers.map((worker, index) => `worker ${worker.id} ${wordOf(looks[index])}`).join(", ");
}
