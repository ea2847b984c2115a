// Ends a take by itself: after a stretch of silence that follows speech. Whoever makes one says how long the text takes, so that a
// pause between its first words ends nothing.

/** The sound is looked at in parts of so many seconds. */
const HOP = 0.01;
/** Speech is so much louder than the room, in dB. */
const ABOVE = 12;
/** What is louder than this is speech in any room, and what is quieter in none, in dBFS. */
const LOUDEST = -30;
const QUIETEST = -60;
/** A shorter sound is no speech but a click, in seconds. */
const CLICK = 0.05;
/** The share of the time of its text after which the phrase may have been said. */
const SAID = 0.6;

export class AutoStop {
  #hop;
  #limit;
  #click;
  #silence;
  #said;
  #power = 0;
  #filled = 0;
  #hops = 0;
  #loud = 0;
  #first = null;
  #last = null;

  /** `floor` is the level of the room in dBFS, `silence` the stretch and `text` the time of the words, both in seconds. */
  constructor({ rate, floor, silence, text }) {
    this.#hop = Math.round(rate * HOP);
    this.#limit = 10 ** (Math.min(LOUDEST, Math.max(QUIETEST, (floor ?? QUIETEST) + ABOVE)) / 10);
    this.#click = Math.round(CLICK / HOP);
    this.#silence = Math.round(silence / HOP);
    this.#said = Math.round(text * SAID / HOP);
  }

  /** Hears samples; true when the take is to end. */
  hears(samples) {
    let ends = false;
    for (const sample of samples) {
      this.#power += sample * sample;
      this.#filled += 1;
      if (this.#filled === this.#hop) ends = this.#heardHop(this.#power / this.#hop > this.#limit) || ends;
    }
    return ends;
  }

  #heardHop(isLoud) {
    this.#power = 0;
    this.#filled = 0;
    this.#hops += 1;
    this.#loud = isLoud ? this.#loud + 1 : 0;
    if (this.#loud >= this.#click) {
      this.#first ??= this.#hops - this.#loud;
      this.#last = this.#hops;
    }
    // What was said so far, with the pauses in it, is most of the text; and then there was silence.
    return this.#last !== null && this.#last - this.#first >= this.#said && this.#hops - this.#last >= this.#silence;
  }
}
