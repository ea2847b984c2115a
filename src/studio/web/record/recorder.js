// The microphone, as the recording room uses it: opened without anything that changes the sound, checked, and read by a worker.

/** What browsers do to a voice if they are let. */
const PROCESSING = ["echoCancellation", "noiseSuppression", "autoGainControl", "voiceIsolation"];

/** How long a browser may take to begin with its sound, in milliseconds. */
const SOON = 5000;

/** Whether this browser hands over every frame of a microphone. */
const handsOverAll = () => typeof MediaStreamTrackProcessor === "function";

/** Whether it hands over frames at all; it may lose some then, which is found (drop-outs.js). */
export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia) && (handsOverAll() || typeof AudioWorkletNode === "function");

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
  /** What hands over the frames in a browser that may lose some. */
  #context = null;
  /** Frames in a second. */
  rate = 0;
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
    // A file of it did not come.
    this.#worker.onerror = () => this.dispatchEvent(new Event("broken"));
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
    if (!handsOverAll()) {
      await this.#openWorklet();
      return;
    }
    this.rate = this.settings.sampleRate;
    // Ten seconds of frames wait for a worker that a slow disk holds up. With the browser's own number, 700 ms lose some.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 });
    this.#worker.postMessage({ open: readable, rate: this.rate, channel: this.channel }, [readable]);
  }

  /** The second way, for browsers without the first. */
  async #openWorklet() {
    const stream = this.#stream;
    // At the rate of the device where it is known; some browsers take a microphone only at a rate of their own.
    const wanted = this.settings.sampleRate ? { sampleRate: this.settings.sampleRate } : {};
    let context = new AudioContext({ ...wanted, latencyHint: "playback" });
    let source = null;
    try {
      source = context.createMediaStreamSource(stream);
    } catch {
      await context.close();
      context = new AudioContext({ latencyHint: "playback" });
      source = context.createMediaStreamSource(stream);
    }
    this.#context = context;
    await context.audioWorklet.addModule(new URL("./worklet-frames.js", import.meta.url));
    const node = new AudioWorkletNode(context, "adem-frames");
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage(port1, [port1]);
    // It is silent at its end; some browsers run only what leads to the loudspeaker.
    source.connect(node).connect(context.destination);
    // A browser may wait for a click before it begins.
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, SOON))]);
    if (context.state !== "running") {
      this.close();
      throw Object.assign(new Error("the browser does not begin with the sound"), { name: "NotStarted" });
    }
    if (this.#stream !== stream) return;
    this.rate = context.sampleRate;
    this.#worker.postMessage({ port: port2, rate: this.rate, channel: this.channel }, [port2]);
    context.addEventListener("statechange", () => {
      // A call, or another program that takes the sound away.
      if (this.#context !== context || context.state === "running") return;
      this.dispatchEvent(Object.assign(new Event("trouble"), { told: { trouble: "muted" } }));
      context.resume().catch(() => {});
    });
  }

  /** How the frames come, by the name of what hands them over. */
  get way() {
    return this.#context ? "AudioWorklet" : "MediaStreamTrackProcessor";
  }

  /** What the browser still does to the sound. A browser that does not know one of these has no switch of its own for it. */
  get processing() {
    const known = navigator.mediaDevices.getSupportedConstraints();
    const isUnsaid = (name) => this.settings?.[name] === undefined && name !== "voiceIsolation" && (known[name] || name === "echoCancellation");
    return PROCESSING.filter((name) => this.settings?.[name] === true || isUnsaid(name));
  }

  /** The channel that is kept, from 0. */
  choose(channel) {
    this.channel = channel;
    this.#worker.postMessage({ channel });
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#context?.close().catch(() => {});
    this.#context = null;
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
