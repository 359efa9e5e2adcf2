// How much memory workers have gained while a tool ran, as far as this page has seen. Between two states, the gain of a worker counts for the tools that
// it ran at either of them, in equal parts. It is a hint at the tool that leaks, not a measurement.

export class Growth {
  constructor() {
    this.byTool = new Map();
    this.last = new Map();
  }

  add(pool) {
    const now = new Map();
    for (const worker of pool.workers) {
      if (!worker.memory) continue;
      const before = this.last.get(worker.id);
      const tools = new Set(worker.calls.map((call) => call.tool));
      const gain = before ? worker.memory.currentBytes - before.bytes : 0;
      const ran = new Set([...tools, ...(before?.tools ?? [])]);
      if (gain > 0) for (const tool of ran) this.byTool.set(tool, (this.byTool.get(tool) ?? 0) + gain / ran.size);
      now.set(worker.id, { bytes: worker.memory.currentBytes, tools });
    }
    this.last = now;
  }

  of(tool) {
    return this.byTool.get(tool) ?? 0;
  }
}
