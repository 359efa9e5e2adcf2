// The dashboard: one state of all pools at a time, shown where it has changed.

import { get, order } from "./api.js";
import { Chart } from "./charts.js";
import { Details } from "./details.js";
import { confirm, show, toast } from "./dialogs.js";
import { $, setAttribute, setHidden, setText } from "./dom.js";
import { Events } from "./events.js";
import { connect } from "./feed.js";
import { bytes, count, duration } from "./format.js";
import { PoolHistory, Pools } from "./pools.js";
import { Slots } from "./slots.js";
import { timed } from "./timing.js";
import { WorkerPanel, facts } from "./worker.js";

const histories = new Map();
let state = null;
let chosen = decodeURIComponent(location.hash.slice(1)) || null;

const pool = () => state?.pools.find((one) => one.name === chosen);
const path = (name) => `pools/${encodeURIComponent(name)}`;

async function act(question, where, body) {
  const answer = await confirm(question);
  if (!answer) return;
  try {
    const done = await order(where, typeof body === "function" ? body(answer) : body);
    toast(done.done ?? "Done.");
  } catch (error) {
    toast(error.message, "error");
  }
}

const actions = {
  recycle: (worker) => act(
    { title: `Recycle worker ${worker.id}?`, text: "A new worker starts first and takes over. Calls that run may finish.", ok: "Recycle" },
    `${path(worker.pool)}/recycle`, { worker: worker.id, wait: false }),
  drain: (worker) => (worker.drainedUntil
    ? act({ title: `Resume slot ${worker.slot}?`, text: "It gets calls again.", ok: "Resume" }, `${path(worker.pool)}/resume`, { slot: worker.slot })
    : act({
      title: `Drain slot ${worker.slot}?`, text: `Worker ${worker.id} finishes its calls. The slot gets no new ones until it is resumed.`, ok: "Drain",
    }, `${path(worker.pool)}/drain`, { slot: worker.slot })),
  cancel: (call) => act(
    { title: `Cancel ${call.tool} on ${call.worker.id}?`, text: "Its caller gets an error at once.", ok: "Cancel the call" },
    `${path(call.worker.pool)}/calls/${call.call}/cancel`, {}),
  async stacks(worker) {
    try {
      const answer = await get(`${path(worker.pool)}/workers/${worker.slot}/stacks?generation=${worker.generation}`);
      show(`Stacks of ${answer.worker}, process ${answer.pid}`, answer.stacks);
    } catch (error) {
      toast(error.message, "error");
    }
  },
  death: (death) => show(
    `Death of ${death.worker}: ${death.description}`,
    [death.killedBecause && `Killed because ${death.killedBecause}.`, death.stacks ?? "It wrote no stacks.",
      death.lastOutput.length ? `Last output:\n${death.lastOutput.join("\n")}` : "It printed nothing."].filter(Boolean).join("\n\n")),
  close() {
    slots.select(null);
    panel.choose(null);
    draw();
  },
};

const charts = {
  load: new Chart($("chart-load"), (value) => (Number.isInteger(value) ? count(value) : "")),
  latency: new Chart($("chart-latency"), duration),
  memory: new Chart($("chart-memory"), bytes, { series: 1 }),
};
const pools = new Pools($("pools"), (name) => choose(name));
const panel = new WorkerPanel($("worker"), actions);
const slots = new Slots($("slots"), (slot) => {
  panel.choose(slot);
  draw();
});
const details = new Details(actions, (name) => {
  if (state) draw();
  if (name === "deaths" || name === "options") refresh();
});
const events = new Events((event) => show(event.text, [event.detail, event.death?.stacks].filter(Boolean).join("\n\n")));

function choose(name) {
  if (name === chosen) return;
  chosen = name;
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  actions.close();
  refresh();
}

/** Reads what states do not tell: deaths and settings. */
async function refresh() {
  const name = chosen;
  if (!name) return;
  try {
    const all = await get(path(name));
    if (name !== chosen) return;
    details.showDeaths(all.deaths);
    details.showOptions(all.options);
  } catch (error) {
    toast(error.message, "error");
  }
}

function draw() {
  const now = pool();
  setHidden($("empty"), Boolean(now));
  setHidden($("pool"), !now);
  pools.show(state.pools, chosen, histories);
  if (!now) {
    setText($("empty"), state.pools.length === 0 ? "This host has no pools. AddPool adds one." : "There is no such pool any more. Choose another one.");
    return;
  }
  setText($("pool-name"), now.name);
  setText($("pool-state"), now.state);
  setAttribute($("pool-state"), "data-state", now.state);
  setText($("pool-python"), now.python ? `Python ${now.python}` : "");
  const problems = [
    now.state !== "ready" && now.lastStartFailure && `The last start failed: ${now.lastStartFailure.split("\n")[0]}`,
    now.breaker === "open" && "The circuit breaker refuses calls.",
    ...now.restarts.map((restart) => `${restart.cause}: ${restart.failures} failures, next attempt in ${duration(restart.nextInSeconds)}.`),
    ...now.quarantine.map((input) => `An input of ${input.tool} is quarantined: it has killed ${input.deaths} workers.`),
  ].filter(Boolean);
  setText($("pool-problem"), problems.join(" "));
  setHidden($("pool-problem"), problems.length === 0);
  facts($("facts"), [
    ["Ready", `${now.ready} of ${now.size}`], ["Running", count(now.running)],
    ["Waiting", `${count(now.queueLength)} of ${count(now.queueLimit)}`], ["Median", duration(now.medianSeconds)], ["p99", duration(now.p99Seconds)],
    ["Calls", count(now.accepted)], ["Rejected", count(now.rejected)], ["Recycled", count(now.recycled)], ["Near a limit", count(now.nearTtl + now.nearMaxRequests)],
    ["Overdue", count(now.overdue)], ["Sessions", count(now.sessions)], ["Streams", count(now.streams)],
  ]);
  const past = histories.get(now.name);
  charts.load.show(past.load);
  charts.latency.show(past.latency);
  charts.memory.show(past.memory);
  slots.show(now);
  panel.show(now);
  details.show(now);
}

function onState(next) {
  const deaths = pool()?.deathCount;
  state = next;
  const time = Date.parse(next.at) / 1000;
  const alive = new Set();
  for (const one of next.pools) {
    if (!histories.has(one.name)) {
      histories.set(one.name, new PoolHistory());
    }
    histories.get(one.name).add(time, one);
    panel.note(time, one);
    one.workers.forEach((worker) => alive.add(worker.id));
  }
  panel.forget(alive);
  if (!pool() && next.pools.length > 0 && !location.hash) chosen = next.pools[0].name;
  draw();
  if (pool() && deaths !== pool().deathCount) refresh();
}

$("recycle-all").addEventListener("click", () => act(
  { title: `Recycle all workers of ${chosen}?`, text: "They are replaced a few at a time, each by a worker that is ready first.", ok: "Recycle all" },
  `${path(chosen)}/recycle`, { wait: false }));
$("resume-all").addEventListener("click", () => act(
  { title: `Resume all slots of ${chosen}?`, text: "Slots that get no calls get calls again.", ok: "Resume all" }, `${path(chosen)}/resume`, {}));
$("resize").addEventListener("click", () => act(
  { title: `Resize ${chosen}`, text: "New workers start; surplus workers finish their calls.", ok: "Resize", label: "Number of workers", value: pool().size },
  `${path(chosen)}/resize`, ({ value }) => ({ size: value, wait: false })));

const THEMES = ["system", "light", "dark"];
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem("snakepit-theme", theme);
  } catch {
    // storage may be forbidden
  }
  for (const chart of Object.values(charts)) chart.make();
}
function storedTheme() {
  try {
    return localStorage.getItem("snakepit-theme");
  } catch {
    return null;
  }
}
setTheme(THEMES.includes(storedTheme()) ? storedTheme() : "system");
$("theme").addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
$("help").addEventListener("click", () => show("Keyboard", [
  "Tab            next control", "Arrow keys     move between slots", "Enter          open the worker of a slot", "Escape         close the worker or a dialog",
  "/              filter the events", "1 to 9         choose a pool", "?              this list"].join("\n")));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target instanceof HTMLInputElement) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "/") {
    $("event-filter").focus();
    event.preventDefault();
  } else if (event.key === "?") {
    $("help").click();
  } else if (event.key === "Escape") {
    actions.close();
  } else if (/^[1-9]$/.test(event.key) && state?.pools[event.key - 1]) {
    choose(state.pools[event.key - 1].name);
  }
});
window.addEventListener("hashchange", () => choose(decodeURIComponent(location.hash.slice(1))));

get("host").then((host) => {
  setText($("host"), `${host.name} · process ${host.pid} on ${host.machine} · Snakepit ${host.version.split("+")[0]}`);
  document.title = `${host.name} · Snakepit`;
}, (error) => setText($("empty"), error.message));

function onPast(past) {
  for (const { at, pools: then } of past.states) {
    const time = Date.parse(at) / 1000;
    for (const one of then) {
      if (!histories.has(one.name)) histories.set(one.name, new PoolHistory());
      histories.get(one.name).addPast(time, one);
      panel.notePast(time, one);
    }
  }
}

// Without an answer in time, the charts begin now.
await Promise.race([
  get("history").then((past) => timed(() => onPast(past)), () => {}),
  new Promise((go) => setTimeout(go, 2000)),
]);

connect("api/events?state=1", {
  onState: (next) => timed(() => onState(next)),
  onEvent: (event) => events.add(event),
  onStatus(kind, text) {
    setText($("status"), text);
    setAttribute($("status"), "data-state", kind);
  },
});
