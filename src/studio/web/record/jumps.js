// Finds where a sound jumps from one sample to the next, as it does where some of it was left out: its curve bends there far more than
// anywhere beside it. A voice bends its curve all the time, so a jump is one only if nothing near it comes close.

/** What lies so near to a sample is looked at, in seconds, in blocks of so many samples. */
const NEAR = 0.02;
const BLOCK = 64;
/** A jump itself bends the curve at so many samples. */
const OWN = 3;
/** How much more than all that is near, and how much at least, as an amplitude. */
const MORE = 3;
const LEAST = 0.004;

export class Jumps {
  #last = 0;
  #before = 0;
  /** The largest bends of whole blocks, the newest last; and of the block that is heard. */
  #blocks;
  #block = 0;
  #filled = 0;
  /** The last bends, which may be those of a jump. */
  #own = [0, 0, 0];
  /** What may be a jump: how much it bends, and how long ago. */
  #doubt = null;
  #near;

  constructor(rate) {
    this.#near = Math.round(rate * NEAR);
    this.#blocks = new Array(Math.ceil(this.#near / BLOCK)).fill(Infinity);
  }

  /** Hears a sample. Returns how many samples ago there was a jump, or null. */
  hears(sample) {
    const bend = Math.abs(sample - 2 * this.#last + this.#before);
    // What begins after exact zeros is another matter.
    const begins = this.#last === 0 && this.#before === 0;
    this.#before = this.#last;
    this.#last = sample;
    let found = null;
    if (this.#doubt) {
      this.#doubt.ago += 1;
      if (this.#doubt.ago > OWN && bend * MORE > this.#doubt.bend) this.#doubt = null;
      else if (this.#doubt.ago >= this.#near) {
        found = this.#doubt.ago;
        this.#doubt = null;
      }
    }
    if (bend > LEAST && !begins && (!this.#doubt || bend > this.#doubt.bend) && bend > MORE * Math.max(this.#block, ...this.#blocks)) this.#doubt = { bend, ago: 0 };
    this.#block = Math.max(this.#block, this.#own.shift());
    this.#own.push(bend);
    this.#filled += 1;
    if (this.#filled === BLOCK) {
      this.#blocks.shift();
      this.#blocks.push(this.#block);
      this.#block = 0;
      this.#filled = 0;
    }
    return found;
  }
}
