// Charts over the last half hour, by uPlot.

import uPlot from "../uPlot.esm.js";
import { timed } from "./timing.js";

const KEPT = 1800; // s
const FINE = 120; // s in which every value is kept; before, one in ten seconds
const COARSE = 9.5; // s: the host's clock does not tick on the second
const THINNING = 20; // values between two times of thinning
const PAUSE = 900; // ms: a line of minutes does not show more
const waiting = new Map(); // the charts that are to be drawn

/** Draws one chart in each frame, so that none takes long. */
function drawNext() {
  const [[chart, history]] = waiting;
  waiting.delete(chart);
  timed(() => chart.draw(history));
  if (waiting.size > 0) requestAnimationFrame(drawNext);
}
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A history of several series, the older the coarser. */
export class History {
  constructor(series) {
    this.data = Array.from({ length: series + 1 }, () => []);
    this.added = 0;
  }

  add(time, ...values) {
    const [times] = this.data;
    if (times.length > 0 && time <= times[times.length - 1]) return;
    [time, ...values].forEach((value, index) => this.data[index].push(value ?? null));
    if (++this.added % THINNING === 0) this.thin(time);
  }

  thin(now) {
    const [times] = this.data;
    let last = -Infinity;
    const kept = times.map((time) => {
      const keeps = now - time <= KEPT && (now - time <= FINE || time - last >= COARSE);
      if (keeps) last = time;
      return keeps;
    });
    if (kept.includes(false)) this.data = this.data.map((series) => series.filter((_, index) => kept[index]));
  }
}

/** A chart in an element. Its lines have the colours --line-1 and --line-2. */
export class Chart {
  constructor(parent, format, { series = 2, height = 84, bare = false } = {}) {
    Object.assign(this, { parent, format, series, height, bare });
    this.size = new ResizeObserver(() => this.resize());
    this.size.observe(parent);
    this.make();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.make());
  }

  make() {
    this.plot?.destroy();
    const axis = { show: !this.bare, stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    this.plot = new uPlot({
      width: Math.max(this.parent.clientWidth, 80),
      height: this.height,
      padding: this.bare ? [2, 0, 2, 0] : [6, 4, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(high ?? 0, Number.EPSILON) * 1.15] } },
      axes: [
        { ...axis, size: 20, space: 70, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toTimeString().slice(0, 8)) },
        { ...axis, size: 58, space: 26, values: (_, ticks) => ticks.map((tick) => this.format(tick)) },
      ],
      series: [{}, ...Array.from({ length: this.series }, (_, index) => ({
        stroke: color(`--line-${index + 1}`), width: 1.6, points: { show: false }, spanGaps: false,
        fill: index === 0 ? color("--line-fill") : undefined,
      }))],
    }, this.data ?? Array.from({ length: this.series + 1 }, () => []), this.parent);
  }

  /** Draws a history soon, unless it was drawn a moment ago. */
  show(history) {
    const now = performance.now();
    if (history === this.history && now - this.shownAt < PAUSE) return;
    Object.assign(this, { history, shownAt: now });
    waiting.set(this, history);
    if (waiting.size === 1) requestAnimationFrame(drawNext);
  }

  draw(history) {
    this.data = history.data;
    this.plot.setData(history.data);
  }

  resize() {
    const width = this.parent.clientWidth;
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.height });
  }

  destroy() {
    this.size.disconnect();
    this.plot.destroy();
  }
}
