// What a page without the studio makes of takes for hearing alone: a part that was recorded again in its take, and a take between its
// neighbours over a bed. The studio makes the joint anew when the recordings are taken in, and the bed as a render has it.

/** The longest crossfade, in seconds; it fills at most half of its silence. */
const LONGEST = 0.06;
/** More than this is no difference in level but another way of speaking. */
const MOST = 2.8;
/** So much is heard before and after a take in its place, in seconds. */
const AROUND = 6;
/** So much is left around speech, and fades in and out, in seconds. */
const EDGE = 0.1;
/** A bed that is repeated goes over into itself for so long, and begins and ends within so long, in seconds. */
const OVER = 1;
const BEGIN = 0.3;

/** The level of stretches of samples together; null where there are none. */
function level(samples, stretches) {
  let [power, count] = [0, 0];
  for (const [from, to] of stretches) {
    for (let at = from; at < to; at += 1) power += samples[at] ** 2;
    count += to - from;
  }
  return power > 0 ? Math.sqrt(power / count) : null;
}

/** Puts samples into others, and fades over the first of them from what is there. */
function lay(whole, at, samples, fade) {
  for (let frame = 0; frame < samples.length; frame += 1) {
    const angle = (frame + 0.5) / fade * Math.PI / 2;
    whole[at + frame] = frame < fade ? whole[at + frame] * Math.cos(angle) + samples[frame] * Math.sin(angle) : samples[frame];
  }
}

/**
 * A take with a part of it recorded again: the words between `from` and `to` of the take, in seconds, are those of the part. `words`
 * and `spoken` are where the take and the part speak, in seconds. The take as it was where nobody speaks in the part.
 */
export function joined(take, words, part, spoken, rate, { from, to }) {
  if (!spoken.length) return take;
  const frames = (stretches) => stretches.map(([begins, ends]) => [Math.round(begins * rate), Math.round(ends * rate)]);
  const isAgain = ([begins, ends]) => (begins + ends) / 2 >= from && (begins + ends) / 2 <= to;
  const old = frames(words.filter(isAgain));
  const stays = frames(words.filter((word) => !isAgain(word)));
  if (!old.length) return take;
  const fresh = frames(spoken);
  const [begin, end] = [fresh[0][0], fresh.at(-1)[1]];
  const before = stays.filter(([, ends]) => ends <= old[0][0]).at(-1);
  const after = stays.find(([begins]) => begins >= old.at(-1)[1]);
  const [rest, own] = [level(take, stays), level(part, fresh)];
  const gain = rest && own ? Math.min(MOST, Math.max(1 / MOST, rest / own)) : 1;
  const silent = (silence, there) => {
    const room = Math.max(0, Math.min(silence, there));
    const fade = Math.min(Math.round(LONGEST * rate), room >> 1);
    return { fade, back: Math.min((silence + fade) >> 1, room) };
  };
  // As much of the new part's own silence as there was, or half of what lies between it and the word beside it.
  const first = before ? silent(old[0][0] - before[1], begin) : { fade: 0, back: Math.min(begin, old[0][0]) };
  const last = after ? silent(after[0] - old.at(-1)[1], part.length - end) : { fade: 0, back: Math.min(part.length - end, take.length - old.at(-1)[1]) };
  const head = before ? take.subarray(0, old[0][0] - first.back + first.fade) : new Float32Array(0);
  const middle = part.subarray(begin - first.back, end + last.back).map((sample) => sample * gain);
  const tail = after ? take.subarray(old.at(-1)[1] + last.back - last.fade) : new Float32Array(0);
  const whole = new Float32Array(head.length - first.fade + middle.length - last.fade + tail.length);
  whole.set(head);
  lay(whole, head.length - first.fade, middle, first.fade);
  lay(whole, head.length - first.fade + middle.length - last.fade, tail, last.fade);
  return whole;
}

/** Samples at another rate, well enough to be heard once. */
export function atRate(samples, from, to) {
  if (from === to) return samples;
  return Float32Array.from({ length: Math.floor(samples.length * to / from) }, (_, frame) => {
    const at = frame * from / to;
    const low = Math.floor(at);
    return samples[low] + ((samples[low + 1] ?? samples[low]) - samples[low]) * (at - low);
  });
}

/** The speech alone, with short edges that fade. */
export function spokenAlone(samples, speech, rate) {
  const [from, to] = speech.map((at) => at * rate);
  const alone = samples.slice(Math.max(0, Math.round(from - EDGE * rate)), Math.round(to + EDGE * rate));
  const fade = Math.min(Math.round(EDGE * rate), alone.length >> 1);
  for (let frame = 0; frame < fade; frame += 1) {
    alone[frame] *= frame / fade;
    alone[alone.length - 1 - frame] *= frame / fade;
  }
  return alone;
}

/** Speech of a file, which has nothing around it, with edges as a take has, at a level. */
export function edged(samples, gain, rate) {
  const edge = Math.round(EDGE * rate);
  const whole = new Float32Array(samples.length + 2 * edge);
  samples.forEach((sample, frame) => { whole[edge + frame] = sample * gain; });
  return whole;
}

/** Lays a bed under all of a sound, as often as it takes; over its end it goes into its beginning. */
export function layUnder(heard, bed, gain, rate) {
  const over = Math.min(Math.round(OVER * rate), bed.length >> 1);
  const period = bed.length - over;
  const begin = Math.min(Math.round(BEGIN * rate), heard.length >> 1);
  for (let frame = 0; frame < heard.length; frame += 1) {
    const at = frame % period;
    const angle = at / over * Math.PI / 2;
    const sample = at < over && frame >= period ? bed[at] * Math.sin(angle) + bed[period + at] * Math.cos(angle) : bed[at];
    heard[frame] += sample * gain * Math.min(1, frame / begin, (heard.length - frame) / begin);
  }
}

/** Speech between its neighbours, with so many seconds of silence beside it, at one rate; the tone of the room lies under all of it. */
export function inItsPlace({ speech, before, after, last, next, room, rate }) {
  const edges = 2 * EDGE;
  const silence = (seconds, neighbour) => new Float32Array(Math.round(Math.max(0, neighbour ? seconds - edges : Math.min(seconds, AROUND)) * rate));
  const parts = [last, before === null ? null : silence(before, last), speech, after === null ? null : silence(after, next), next].map((one) => one ?? new Float32Array(0));
  const whole = new Float32Array(parts.reduce((sum, one) => sum + one.length, 0));
  parts.reduce((at, one) => {
    whole.set(one, at);
    return at + one.length;
  }, 0);
  const begins = parts[0].length + parts[1].length;
  const from = Math.max(0, begins - AROUND * rate);
  const heard = whole.slice(from, begins + speech.length + AROUND * rate);
  if (room?.length) {
    for (let frame = 0; frame < heard.length; frame += 1) heard[frame] += room[frame % room.length] * (begins - from <= frame && frame < begins - from + speech.length ? 0 : 1);
  }
  return heard;
}
