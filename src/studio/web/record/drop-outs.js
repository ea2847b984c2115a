// Finds where sound was lost on its way from the microphone, in browsers that may lose some: frames that are missing in the count of
// the browser, zeros that were put inside of the sound, less sound than time has passed, and a jump of the sound where something was
// left out. What is left out in a noise or a silence leaves no trace.

import { Jumps } from "./jumps.js";

/** So many exact zeros in a row are no sound of a microphone. */
const ZEROS = 64;
/** Sound is louder than this right beside them, as an amplitude; a microphone that falls silent by itself fades. */
const SOUND = 0.0005;
/** By how much an amplitude counts less from one sample to the next. */
const FORGET = 0.9;
/** Less sound than time has passed, in seconds; and what a device may be slower than the clock, as a share. */
const LATE = 0.1;
const DRIFT = 0.0005;
/** The clock is looked at so often, in seconds of sound, and only where so many messages came meanwhile. */
const LOOK = 1;
const ENOUGH = 20;

export class DropOuts {
  #rate;
  /** How many frames were heard. */
  #frames = 0;
  /** The next frame of the browser's count. */
  #next = null;
  #zeros = 0;
  #loud = 0;
  #wasLoud = false;
  /** By how much messages come after the time of their sound, at least: since the beginning, and in this look. */
  #delay = null;
  #least = Infinity;
  #messages = 0;
  #looked = 0;
  #since = null;
  #jumps;
  /** The frames after which something was lost. */
  #found = [];

  constructor(rate) {
    this.#rate = rate;
    this.#jumps = new Jumps(rate);
  }

  get frames() {
    return this.#frames;
  }

  /** Hears samples that begin at a frame of the browser's count and come at a moment, in seconds. */
  hears(at, samples, now) {
    if (this.#next !== null && at !== this.#next) this.#lost(this.#frames);
    this.#next = at + samples.length;
    for (const sample of samples) {
      const jump = this.#jumps.hears(sample);
      if (jump !== null) this.#lost(this.#frames - jump);
      if (sample === 0) {
        if (this.#zeros === 0) this.#wasLoud = this.#loud > SOUND;
        this.#zeros += 1;
      } else {
        const size = Math.abs(sample);
        if (this.#zeros >= ZEROS && (this.#wasLoud || size > SOUND) && this.#frames > this.#zeros) this.#lost(this.#frames - this.#zeros);
        if (this.#zeros) this.#loud = 0;
        this.#zeros = 0;
        this.#loud = Math.max(size, this.#loud * FORGET);
      }
      this.#frames += 1;
    }
    this.#since ??= now;
    this.#least = Math.min(this.#least, now - this.#frames / this.#rate);
    this.#messages += 1;
    if (this.#frames - this.#looked >= LOOK * this.#rate) this.#look(now);
  }

  /** Messages come late at times, and never early: sound is missing where all of them are later than they were. */
  #look(now) {
    if (this.#messages < ENOUGH) return;
    if (this.#delay !== null && this.#least - this.#delay > LATE + (now - this.#since) * DRIFT) {
      this.#lost(this.#looked);
      this.#delay = this.#least;
      this.#since = now;
    }
    this.#delay = Math.min(this.#delay ?? Infinity, this.#least);
    this.#least = Infinity;
    this.#messages = 0;
    this.#looked = this.#frames;
  }

  #lost(frame) {
    this.#found.push(frame);
    // Of the hours before nobody asks.
    if (this.#found.length > 1000) this.#found.shift();
  }

  /** The frames after which something was lost, counted from a frame; `now` is the moment at which somebody asks. */
  since(frame, now) {
    this.#look(now);
    const isOpen = this.#zeros >= ZEROS && this.#wasLoud ? [this.#frames - this.#zeros] : [];
    return [...this.#found, ...isOpen].filter((at) => at >= frame).map((at) => at - frame).sort((a, b) => a - b);
  }
}
