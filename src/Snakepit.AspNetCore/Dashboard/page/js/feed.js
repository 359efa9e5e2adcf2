// The stream of states and events. A browser opens few connections to a host, so one tab reads the stream and shares it with the others; when that tab
// is closed, another takes over. A lost connection is made again, without end.

const PAUSES = [500, 1000, 2000, 5000, 10000];
const SILENCE = 5000; // ms without a state after which the connection counts as lost

export function connect(path, { onState, onEvent, onStatus }) {
  const name = `snakepit:${new URL(path, location.href).pathname}`;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  let heardAt = performance.now();

  const take = ({ kind, data }) => {
    heardAt = performance.now();
    if (kind === "state") {
      onStatus("live", "Live");
      onState(JSON.parse(data));
    } else if (kind === "event") {
      onEvent(JSON.parse(data));
    } else if (kind === "status") {
      onStatus(data.state, data.text);
    }
  };
  const share = (message) => {
    channel?.postMessage(message);
    take(message);
  };
  if (channel) channel.onmessage = (message) => take(message.data);
  setInterval(() => {
    if (performance.now() - heardAt > SILENCE) onStatus("lost", "Connection lost; trying again…");
  }, 1000);

  const read = () => new Promise(() => listen(path, share)); // as long as the tab lives
  if (channel && navigator.locks) navigator.locks.request(name, read);
  else read();
}

function listen(path, share) {
  let failures = 0;
  const open = () => {
    const source = new EventSource(path);
    const again = (state, text) => {
      source.close();
      share({ kind: "status", data: { state, text } });
      setTimeout(open, PAUSES[Math.min(failures++, PAUSES.length - 1)]);
    };
    source.addEventListener("state", (message) => {
      failures = 0;
      share({ kind: "state", data: message.data });
    });
    source.addEventListener("event", (message) => share({ kind: "event", data: message.data }));
    source.addEventListener("dropped", () => again("lost", "This page was too slow; reading again…"));
    source.onerror = () => again("lost", "Connection lost; trying again…");
  };
  open();
}
