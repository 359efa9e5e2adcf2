// The tabs below the slots: running calls, tools, deaths, replacements, settings.

import { $, el, setHidden, table } from "./dom.js";
import { bytes, count, duration } from "./format.js";
import { runningCalls } from "./worker.js";

const NAMES = ["calls", "tools", "deaths", "reasons", "options"];

export class Details {
  constructor(actions, onOpen) {
    this.actions = actions;
    this.onOpen = onOpen;
    this.chosen = "calls";
    for (const name of NAMES) {
      $(`tab-${name}`).addEventListener("click", () => this.choose(name));
      $(`tab-${name}`).addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) this.choose(NAMES.at((NAMES.indexOf(name) + step) % NAMES.length), true);
      });
    }
  }

  choose(name, focus = false) {
    this.chosen = name;
    for (const one of NAMES) {
      const tab = $(`tab-${one}`);
      tab.setAttribute("aria-selected", one === name);
      tab.tabIndex = one === name ? 0 : -1;
      setHidden($(`panel-${one}`), one !== name);
    }
    if (focus) $(`tab-${name}`).focus();
    this.onOpen(name);
  }

  show(pool) {
    if (this.chosen === "calls") {
      runningCalls($("panel-calls"), pool.workers.filter((worker) => worker.calls.length), this.actions.cancel, "No worker runs a call.");
    } else if (this.chosen === "tools") {
      table($("panel-tools"), [
        { title: "Tool", cell: (tool) => tool.name, className: "strong" },
        { title: "Calls", numeric: true, cell: (tool) => count(tool.calls) },
        { title: "Failed", numeric: true, cell: (tool) => count(tool.failed) },
        { title: "Median", numeric: true, cell: (tool) => duration(tool.calls ? tool.medianSeconds : null) },
        { title: "p99", numeric: true, cell: (tool) => duration(tool.calls ? tool.p99Seconds : null) },
        {
          title: "Memory kept per call", numeric: true, render: (cell, tool) => {
            const text = tool.memoryPerCallBytes === undefined || tool.memoryPerCallBytes === null ? "–"
              : tool.memoryPerCallBytes > 0 ? `+${bytes(tool.memoryPerCallBytes)}` : "none";
            if (cell.textContent !== text) cell.replaceChildren(el("span", { className: text.startsWith("+") ? "strong warn" : "", text }));
          },
        },
      ], pool.tools, (tool) => tool.name, "No tool has been called yet.");
    } else if (this.chosen === "reasons") {
      table($("panel-reasons"), [
        { title: "Reason", cell: ([reason]) => reason, className: "strong" },
        { title: "Workers replaced", numeric: true, cell: ([, number]) => count(number) },
      ], Object.entries(pool.recyclesByReason), ([reason]) => reason, "No worker has been replaced on purpose yet.");
    }
  }

  showDeaths(deaths) {
    table($("panel-deaths"), [
      { title: "Worker", cell: (death) => death.worker, className: "strong" },
      { title: "Cause", cell: (death) => death.description },
      { title: "While", cell: (death) => death.calls.map((call) => call.tool).join(", ") || "idle" },
      { title: "Lived", numeric: true, cell: (death) => duration(death.uptimeSeconds) },
      { title: "Calls", numeric: true, cell: (death) => count(death.requests) },
      { title: "Peak memory", numeric: true, cell: (death) => bytes(death.peakMemoryBytes) },
      {
        title: "", render: (cell, death) => {
          if (cell.dataset.key === death.worker) return;
          cell.dataset.key = death.worker;
          cell.replaceChildren(el("button", {
            type: "button", className: "small", text: "Stacks", "aria-label": `Stacks and last output of ${death.worker}`, on: { click: () => this.actions.death(death) },
          }));
        },
      },
    ], deaths, (death) => death.worker, "No worker has died unplanned.");
  }

  showOptions(options) {
    table($("panel-options"), [
      { title: "Setting", cell: ([name]) => name, className: "strong" },
      { title: "Value in force", cell: ([, value]) => value },
    ], Object.entries(options), ([name]) => name, "The host tells no settings.");
  }
}
