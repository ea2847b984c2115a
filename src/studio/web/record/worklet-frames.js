// Runs beside the sound of the browser (an AudioWorklet): hands the frames of the microphone to the worker that records, in browsers
// that have no other way to them. Each message says at which frame of the browser's clock it begins, so that a hole is seen; what a
// browser puts in or leaves out by itself is found by drop-outs.js.

/** So many frames go at once: four blocks of the browser. */
const AT_ONCE = 512;

class Frames extends AudioWorkletProcessor {
  #to = null;
  #planes = [];
  #filled = 0;
  /** The frame of the browser's clock with which `#planes` begins. */
  #from = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => { this.#to = data; };
  }

  process([input]) {
    if (!this.#to || !input?.length) return true;
    const count = input[0].length;
    if (this.#planes.length !== input.length || currentFrame !== this.#from + this.#filled || this.#filled + count > AT_ONCE) this.#hand();
    if (!this.#filled) {
      this.#from = currentFrame;
      this.#planes = input.map(() => new Float32Array(AT_ONCE));
    }
    input.forEach((plane, channel) => this.#planes[channel].set(plane, this.#filled));
    this.#filled += count;
    return true;
  }

  #hand() {
    if (!this.#filled) return;
    const planes = this.#planes.map((plane) => plane.slice(0, this.#filled));
    this.#to.postMessage({ at: this.#from, planes }, planes.map(({ buffer }) => buffer));
    this.#filled = 0;
  }
}

registerProcessor("adem-frames", Frames);
