// The waveform of a take, from its lowest and highest samples in each column.

import { svg } from "../dom.js";

/** A drawing of columns [lowest, highest] in hundredths; `speech` is where the voice begins and ends, as shares of the width. */
export function waveform(columns, speech, label) {
  const width = columns.length;
  const points = [...columns.map(([, high], at) => `${at},${100 - high}`), ...columns.map(([low], at) => `${at},${100 - low + 1}`).reverse()];
  const drawing = svg("svg", { viewBox: `0 0 ${width} 200`, preserveAspectRatio: "none", class: "waveform", role: "img", "aria-label": label });
  if (speech) drawing.append(svg("rect", { class: "spoken", x: speech[0] * width, y: 0, width: Math.max(1, (speech[1] - speech[0]) * width), height: 200 }));
  drawing.append(svg("line", { class: "zero", x1: 0, x2: width, y1: 100, y2: 100 }), svg("polygon", { class: "wave", points: points.join(" ") }));
  const head = svg("line", { class: "head", x1: -1, x2: -1, y1: 0, y2: 200 });
  drawing.append(head);
  /** Moves the head to a share of the width. */
  drawing.head = (share) => ["x1", "x2"].forEach((end) => head.setAttribute(end, share * width));
  return drawing;
}
