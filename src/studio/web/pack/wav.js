// The head of a WAV of one channel in 32-bit float, before so many frames.

export function wavHead(rate, frames) {
  const head = new DataView(new ArrayBuffer(58));
  const text = (at, letters) => [...letters].forEach((letter, index) => head.setUint8(at + index, letter.charCodeAt(0)));
  const bytes = frames * 4;
  text(0, "RIFF");
  head.setUint32(4, 50 + bytes, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 18, true);
  head.setUint16(20, 3, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, rate * 4, true);
  head.setUint16(32, 4, true);
  head.setUint16(34, 32, true);
  head.setUint16(36, 0, true);
  text(38, "fact");
  head.setUint32(42, 4, true);
  head.setUint32(46, frames, true);
  text(50, "data");
  head.setUint32(54, bytes, true);
  return new Uint8Array(head.buffer);
}
