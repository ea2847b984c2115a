// The microphone, as the recording room uses it: opened without anything that changes the sound, checked, and read by a worker.

/** What browsers do to a voice if they are let. */
const PROCESSING = ["echoCancellation", "noiseSuppression", "autoGainControl", "voiceIsolation"];

/** Whether this browser hands over the frames of a microphone as they are. */
export const canRecord = () => typeof MediaStreamTrackProcessor === "function" && Boolean(navigator.mediaDevices?.getUserMedia);

/** The microphones; their names are known once the browser has been allowed one. */
export async function microphones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "audioinput");
}

/** A new id for a take. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Recorder extends EventTarget {
  #worker;
  #stream = null;
  settings = null;
  label = "";
  channel = 0;

  /** `worker` is another worker than that of the studio, and its name. */
  constructor(worker = { url: new URL("./recorder-worker.js", import.meta.url), name: "" }) {
    super();
    this.#worker = new Worker(worker.url, { type: "module", name: worker.name });
    this.#worker.onmessage = ({ data }) => {
      const kind = data.level ? "level" : data.state ?? (data.trouble ? "trouble" : data.recovered !== undefined ? "recovered" : "line");
      this.dispatchEvent(Object.assign(new Event(kind), { told: data }));
    };
    navigator.mediaDevices?.addEventListener("devicechange", () => this.dispatchEvent(new Event("devices")));
  }

  /** Calls back at an event; returns how to stop that. */
  on(kind, listener) {
    this.addEventListener(kind, listener);
    return () => this.removeEventListener(kind, listener);
  }

  get isOpen() {
    return Boolean(this.#stream?.active);
  }

  /** Opens a microphone. What cannot be switched off is in `processing`. */
  async open(deviceId) {
    this.close();
    const off = Object.fromEntries(PROCESSING.map((name) => [name, false]));
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { ...off, deviceId: deviceId ? { exact: deviceId } : undefined } });
    const [track] = this.#stream.getAudioTracks();
    this.settings = track.getSettings();
    this.label = track.label;
    this.deviceId = this.settings.deviceId;
    track.addEventListener("ended", () => this.dispatchEvent(Object.assign(new Event("trouble"), { told: { trouble: "unplugged" } })));
    track.addEventListener("mute", () => this.dispatchEvent(Object.assign(new Event("trouble"), { told: { trouble: "muted" } })));
    // Ten seconds of frames wait for a worker that a slow disk holds up. With the browser's own number, 700 ms lose some.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 });
    this.#worker.postMessage({ open: readable, rate: this.settings.sampleRate, channel: this.channel }, [readable]);
  }

  /** What the browser still does to the sound. A browser that does not know one of these does not do it either. */
  get processing() {
    return PROCESSING.filter((name) => this.settings?.[name] === true || (name !== "voiceIsolation" && this.settings?.[name] === undefined));
  }

  /** The channel that is kept, from 0. */
  choose(channel) {
    this.channel = channel;
    this.#worker.postMessage({ channel });
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }

  /**
   * Begins a take: `begin` says of what, and `words` what is spoken. The half second before this is in it. With `ends` it ends by
   * itself (auto-stop.js).
   */
  start(begin, words = null, ends = null) {
    const take = newId();
    this.#worker.postMessage({ start: { take, ...begin }, words, ends });
    return take;
  }

  /** Ends the take; `cut` says that the microphone went away, and nobody meant to stop. */
  stop(cut = false) {
    this.#worker.postMessage({ stop: true, cut });
  }

  /** Throws away what was begun by a slip. */
  discard() {
    this.#worker.postMessage({ discard: true });
  }

  /** Brings to the studio what an earlier page has left. */
  recover() {
    this.#worker.postMessage({ recover: true });
  }
}

/** The level of an amplitude, in dB of full scale. */
export const decibel = (amplitude) => Math.max(-100, 20 * Math.log10(amplitude || 1e-9));
