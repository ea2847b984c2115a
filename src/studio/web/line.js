// The one socket to the studio: events come in, wishes and pieces of sound go out. It opens again by itself.

const listeners = new Set();
const states = new Set();
let socket = null;
let wait = 100;

/** Calls back with every event that the studio sends, as an object with `event`. Returns how to stop that. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls back with whether the line is up, now and whenever that changes. Returns how to stop that. */
export function watchLine(watcher) {
  states.add(watcher);
  watcher(isUp());
  return () => states.delete(watcher);
}

export const isUp = () => socket?.readyState === WebSocket.OPEN;

/** Sends an object with `do`, or bytes; false where the line is down. */
export function send(message) {
  if (!isUp()) return false;
  socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
  return true;
}

export function openLine() {
  socket = new WebSocket(`ws://${location.host}/studio`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    wait = 100;
    states.forEach((watcher) => watcher(true));
  };
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    listeners.forEach((listener) => listener(event));
  };
  socket.onclose = () => {
    states.forEach((watcher) => watcher(false));
    setTimeout(openLine, wait);
    wait = Math.min(wait * 2, 2000);
  };
}
