// What a page without the studio hears in a take: whether somebody speaks in it, and a few faults. Each is one that the studio knows
// by the same name and words; the studio's own judgement, which knows more, follows when the recordings are taken in.

/** The sound is looked at in hops of so many seconds. */
const HOP = 0.01;
/** A take whose loudest hop is under this is silent, and a steady sound under the other is a room, in dBFS. */
const SILENCE = -70;
const ROOM = -45;
/** Speech stands so much over the noise, and is at most so much under its own level, in dB. */
const OVER = 12;
const UNDER = 30;
/** A shorter sound is a click and no word, in hops. */
const CLICK = 6;
/** A shorter silence is inside of a word, in hops. */
const CLOSURE = 6;
/** The limits of the studio's checks: LUFS, dB, dBFS, LU. */
const SOFTEST = -50;
const LEAST_OVER_NOISE = 40;
const HIGHEST = -0.3;
const APART = 10;
/** Samples at full scale that follow each other are a clipped top. */
const FULL = 0.999;
/** A room tone with such a sample has reached full scale. */
const ROOM_FULL = 0.99;
/** What is louder is no room tone, is heard under a voice, or may be heard in long silences, in dBFS. */
const LOUDEST_ROOM = -40;
const LOUD_ROOM = -50;
const FAIR_ROOM = -60;
const TOP = 3;
/** So many takes of a session have to be there before one is compared with them. */
const ENOUGH = 3;
/** A room is steady: its loudest twentieth is less than this over its median, in dB. */
const STEADY = 10;
/** How far a line of the mains stands out of what lies beside it, in dB, and how many of its multiples are looked at. */
const LINE = 12;
const LINES = 4;

const decibels = (power) => 10 * Math.log10(power + 1e-15);
const sorted = (values) => [...values].sort((a, b) => a - b);
const share = (values, part) => values[Math.floor((values.length - 1) * part)];

/** The level of each hop with its two neighbours, in dBFS, of the sound above 100 Hz. */
function hops(samples, rate) {
  const hop = Math.round(rate * HOP);
  const powers = new Float64Array(Math.ceil(samples.length / hop));
  const keep = Math.exp(-2 * Math.PI * 100 / rate);
  let low = 0;
  let power = 0;
  samples.forEach((sample, frame) => {
    low = keep * low + (1 - keep) * sample;
    power += (sample - low) ** 2;
    if ((frame + 1) % hop === 0 || frame + 1 === samples.length) {
      powers[Math.floor(frame / hop)] = power / (frame % hop + 1);
      power = 0;
    }
  });
  return Array.from(powers, (own, at) => decibels(((powers[at - 1] ?? own) + own + (powers[at + 1] ?? own)) / 3));
}

/** The level of what is spoken in LUFS (ITU-R BS.1770), of one channel: the mean over the hops that are speech. */
function loudness(samples, rate, isSpeech) {
  // The two filters, made for any rate as libebur128 makes them.
  const shelf = (() => {
    const k = Math.tan(Math.PI * 1681.974450955533 / rate);
    const q = 0.7071752369554196;
    const vh = 10 ** (3.999843853973347 / 20);
    const vb = vh ** 0.4996667741545416;
    const a0 = 1 + k / q + k * k;
    return { b: [(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0], a: [2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0] };
  })();
  const high = (() => {
    const k = Math.tan(Math.PI * 38.13547087602444 / rate);
    const q = 0.5003270373238773;
    const a0 = 1 + k / q + k * k;
    return { b: [1, -2, 1], a: [2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0] };
  })();
  const filter = ({ b, a }) => {
    let [z1, z2] = [0, 0];
    return (x) => {
      const y = b[0] * x + z1;
      z1 = b[1] * x - a[0] * y + z2;
      z2 = b[2] * x - a[1] * y;
      return y;
    };
  };
  const [first, second] = [filter(shelf), filter(high)];
  const hop = Math.round(rate * HOP);
  let [power, count] = [0, 0];
  samples.forEach((sample, frame) => {
    const weighted = second(first(sample));
    if (!isSpeech(Math.floor(frame / hop))) return;
    power += weighted * weighted;
    count += 1;
  });
  return count ? -0.691 + decibels(power / count) : null;
}

/** Stretches of hops over a level that are longer than a click. */
function stretches(levels, limit) {
  const found = [];
  let from = null;
  for (let at = 0; at <= levels.length; at += 1) {
    if (levels[at] > limit) from ??= at;
    else if (from !== null) {
      if (at - from >= CLICK) found.push([from, at]);
      from = null;
    }
  }
  return found;
}

/** How many tops are cut off. */
function clippedTops(samples) {
  let [tops, run] = [0, 0];
  for (const sample of samples) {
    run = Math.abs(sample) >= FULL ? run + 1 : 0;
    if (run === TOP) tops += 1;
  }
  return tops;
}

const fault = (kind, number, at = null) => ({ check: kind === "unusable" ? null : kind, kind, number, at, wrong: kind, advice: "" });

/**
 * Hears a take: `speech` is where somebody speaks, in seconds, or null, and `words` are its stretches between silences; `seconds` how long; `level` in LUFS, `peak` in dBFS, `noise`
 * in dB under the speech; and `faults` as the studio tells them. `usual` are the levels of the other takes of its session.
 */
export function hear(samples, rate, usual = []) {
  const levels = hops(samples, rate);
  const order = sorted(levels);
  const loudest = order.at(-1) ?? SILENCE;
  const floor = share(order, 0.05) ?? SILENCE;
  const speech = share(sorted(levels.filter((level) => level > loudest - 40)), 0.8) ?? SILENCE;
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  const peak = decibels(largest * largest);
  const limit = Math.max(floor + Math.min(OVER, (speech - floor) * 0.42), speech - UNDER);
  const silent = { words: [], speech: null, seconds: 0, level: null, peak, noise: null, faults: [fault("unusable", null)] };
  if (loudest < SILENCE || (speech - floor < STEADY && speech < ROOM)) return silent;
  const islands = stretches(levels, limit);
  if (!islands.length) return silent;
  const [from, to] = [islands[0][0], islands.at(-1)[1]];
  const isSpeech = (hop) => islands.some(([begins, ends]) => hop >= begins && hop < ends);
  const level = loudness(samples, rate, isSpeech);
  const pauses = sorted(levels.filter((_, hop) => hop < from - CLICK || hop > to + CLICK));
  const noise = pauses.length >= 2 * CLICK ? speech - share(pauses, 0.5) : null;
  const faults = [];
  const tops = clippedTops(samples);
  if (tops) faults.push(fault("clipped", tops));
  else if (peak > HIGHEST) faults.push(fault("peak", peak));
  const median = usual.length >= ENOUGH ? share(sorted(usual), 0.5) : null;
  if (level < SOFTEST) faults.push(fault("loudness", level));
  else if (median !== null && Math.abs(level - median) > APART) faults.push(fault("level", level - median));
  else if (noise !== null && noise < LEAST_OVER_NOISE) faults.push(fault("noise", noise));
  if (from < 2) faults.push(fault("start", null));
  if (to > levels.length - 2) faults.push(fault("end", null));
  // The words, between the silences at which a part can be joined.
  const words = [];
  for (const [begins, ends] of islands) {
    if (words.length && begins - words.at(-1)[1] < CLOSURE) words.at(-1)[1] = ends;
    else words.push([begins, ends]);
  }
  return { words: words.map(([begins, ends]) => [begins * HOP, Math.min(ends * HOP, samples.length / rate)]), speech: [from * HOP, to * HOP], seconds: (to - from) * HOP, level, peak, noise, faults };
}

/** How a room sounds to somebody who wants to record in it: as `RoomVerdict` of the studio. */
function roomVerdict(floor, uneven, clipped) {
  if (clipped) return "clipped";
  if (floor > LOUDEST_ROOM) return "no-room";
  if (uneven) return "uneven";
  if (floor > LOUD_ROOM) return "loud";
  return floor > FAIR_ROOM ? "fair" : "good";
}

/** The noise of a room: its level in dBFS, the frequency of the mains if it hums, whether something is heard in it, and a verdict. */
export function roomNoise(samples, rate) {
  const order = sorted(hops(samples, rate));
  const floor = Math.max(-140, share(order, 0.5) ?? -140);
  const power = (frequency) => {
    const step = 2 * Math.PI * frequency / rate;
    let [real, imaginary] = [0, 0];
    samples.forEach((sample, frame) => {
      const own = sample * Math.sin(Math.PI * (frame + 0.5) / samples.length) ** 2;
      real += own * Math.cos(step * frame);
      imaginary += own * Math.sin(step * frame);
    });
    return real * real + imaginary * imaginary;
  };
  const stands = (frequency) => 10 * Math.log10(power(frequency) / Math.max(power(frequency - 12), power(frequency + 13), 1e-20)) > LINE;
  const lines = [50, 60].map((mains) => [mains, Array.from({ length: LINES }, (_, at) => stands(mains * (at + 1))).filter(Boolean).length]);
  const [mains, count] = lines.sort((a, b) => b[1] - a[1])[0];
  const uneven = share(order, 0.95) > floor + STEADY;
  const clipped = samples.some((sample) => Math.abs(sample) > ROOM_FULL);
  return { floor: Math.round(floor * 10) / 10, hum: count ? mains : null, uneven, verdict: roomVerdict(floor, uneven, clipped) };
}

/** The lowest and highest samples of so many columns, in hundredths. */
export function peaks(samples, columns) {
  const hundredths = (sample) => Math.max(-100, Math.min(100, Math.round(sample * 100)));
  return Array.from({ length: columns }, (_, column) => {
    let [low, high] = [0, 0];
    for (const sample of samples.subarray(Math.floor(samples.length * column / columns), Math.floor(samples.length * (column + 1) / columns))) {
      low = Math.min(low, sample);
      high = Math.max(high, sample);
    }
    return [hundredths(low), hundredths(high)];
  });
}
