// The one socket to the studio: events come in, wishes and pieces of sound go out. It opens again by itself.

import { Refused } from "./api.js";

const listeners = new Set();
const states = new Set();
let socket = null;
let wait = 100;
/** What was asked and is not answered yet, by number. */
const asked = new Map();
let number = 0;

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

/** Sends a wish that has an answer, which comes sooner than that of a request. Fails where it is refused, or the line is down. */
export function ask(wish) {
  return new Promise((done, failed) => {
    number += 1;
    if (send({ ...wish, id: number })) asked.set(number, { done, failed });
    else failed(new Refused(0, { id: "no-answer" }));
  });
}

function answered({ id, problem, ...answer }) {
  const { done, failed } = asked.get(id);
  asked.delete(id);
  if (problem) failed(new Refused(0, problem));
  else done(answer);
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
    if (asked.has(event.id)) answered(event);
    else listeners.forEach((listener) => listener(event));
  };
  socket.onclose = () => {
    states.forEach((watcher) => watcher(false));
    for (const { failed } of asked.values()) failed(new Refused(0, { id: "no-answer" }));
    asked.clear();
    setTimeout(openLine, wait);
    wait = Math.min(wait * 2, 2000);
  };
}
