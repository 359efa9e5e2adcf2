// How long the page's work took, in ms, for those who wonder why it stutters: snakepitTimings in the console.

const KEPT = 600;
const timings = window.snakepitTimings = [];

export function timed(work) {
  const began = performance.now();
  work();
  timings.push(performance.now() - began);
  if (timings.length > KEPT) timings.shift();
}
