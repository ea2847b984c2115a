// When a take ends by itself: node auto-stop.mjs. Words and silences are made of noise; no browser is needed.

import assert from "node:assert/strict";
import { AutoStop } from "../../src/studio/web/record/auto-stop.js";

const RATE = 48000;

/** When a take of these stretches ends, in seconds; each is [seconds, level in dBFS]. */
function endOf(stretches, { silence = 1.5, text = 2, floor = -65 } = {}) {
  const stop = new AutoStop({ rate: RATE, floor, silence, text });
  let [at, state] = [0, 7];
  for (const [seconds, level] of stretches) {
    for (let part = 0; part < Math.round(seconds * 100); part += 1) {
      const samples = new Float32Array(RATE / 100).map(() => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state / 2 ** 31 - 1) * Math.sqrt(3) * 10 ** (level / 20);
      });
      at += 1;
      if (stop.hears(samples)) return at / 100;
    }
  }
  return null;
}

const [WORDS, ROOM] = [-25, -65];
// After the words, and the stretch.
assert.equal(endOf([[1, ROOM], [2, WORDS], [3, ROOM]]), 4.5);
assert.equal(endOf([[1, ROOM], [2, WORDS], [3, ROOM]], { silence: 2 }), 5);
// Nobody has spoken yet; a click is no speech.
assert.equal(endOf([[20, ROOM]]), null);
assert.equal(endOf([[1, ROOM], [0.03, WORDS], [10, ROOM]]), null);
// A long pause after the first word ends nothing, however long it is; the end of the phrase does.
assert.equal(endOf([[0.5, ROOM], [0.4, WORDS], [8, ROOM]]), null);
assert.equal(endOf([[0.5, ROOM], [0.4, WORDS], [4, ROOM], [1.5, WORDS], [3, ROOM]]), 7.9);
// A pause in the phrase that is shorter than the stretch ends nothing.
assert.equal(endOf([[2, WORDS], [1.2, ROOM], [1, WORDS], [3, ROOM]]), 5.7);
// A click in the silence does not make it begin again.
assert.equal(endOf([[2, WORDS], [1, ROOM], [0.02, WORDS], [3, ROOM]]), 3.5);
// A loud room: speech is what stands out of it.
assert.equal(endOf([[1, -45], [2, WORDS], [3, -45]], { floor: -45 }), 4.5);
console.log("a take ends after the silence that follows its words");
