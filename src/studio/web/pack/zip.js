// Makes a zip of files of the browser without holding them in memory: they are read once for their checksums, piece by piece, and
// the zip is a list of what it is made of, which the browser reads again while it saves it.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
/** What does not fit 32 bits stands in a field of 64. */
const MOST = 0xffffffff;
/** The first of January 1980, as a zip writes it: the same files make the same zip. */
const DAY = 33;
/** Names are UTF-8. */
const FLAGS = 0x0800;

async function checksum(blob, read) {
  let crc = MOST;
  const reader = blob.stream().getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return (crc ^ MOST) >>> 0;
    for (let at = 0; at < value.length; at += 1) crc = TABLE[(crc ^ value[at]) & 255] ^ (crc >>> 8);
    read(value.length);
  }
}

/** Numbers as bytes, each [value, bytes]. */
function fields(...values) {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [, bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [value, bytes] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return view.buffer;
}

/**
 * What stands in a zip beside its files, each { name, size, crc }: the heads, one before each file, and the tail behind all of them.
 * No file may have 4 GiB, and all of them together may.
 */
export function zipPlan(files) {
  const heads = [];
  const directory = [];
  let at = 0;
  for (const { name, size, crc } of files) {
    if (size >= MOST) throw new Error(`${name}: 4 GiB`);
    const letters = new TextEncoder().encode(name);
    const about = [[FLAGS, 2], [0, 2], [0, 2], [DAY, 2], [crc, 4], [size, 4], [size, 4], [letters.length, 2]];
    const head = fields([0x04034b50, 4], [20, 2], ...about, [0, 2]);
    heads.push([head, letters]);
    const far = at >= MOST ? fields([1, 2], [8, 2], [at, 8]) : new ArrayBuffer(0);
    directory.push(fields([0x02014b50, 4], [45, 2], [far.byteLength ? 45 : 20, 2], ...about, [far.byteLength, 2], [0, 2], [0, 2], [0, 2], [0, 4], [Math.min(at, MOST), 4]), letters, far);
    at += head.byteLength + letters.length + size;
  }
  const index = directory.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const isLarge = at >= MOST || files.length >= 0xffff;
  const large = isLarge ? [
    fields([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [files.length, 8], [files.length, 8], [index, 8], [at, 8]),
    fields([0x07064b50, 4], [0, 4], [at + index, 8], [1, 4]),
  ] : [];
  const count = Math.min(files.length, 0xffff);
  const end = fields([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [index, 4], [Math.min(at, MOST), 4], [0, 2]);
  return { heads, tail: [...directory, ...large, end] };
}

/** A zip of `files`, each { name, blob }; `read` is called with the bytes that were read since the last time. */
export async function zipOf(files, read = () => {}) {
  const known = [];
  for (const { name, blob } of files) known.push({ name, size: blob.size, crc: await checksum(blob, read) });
  const { heads, tail } = zipPlan(known);
  return new Blob([...files.flatMap(({ blob }, at) => [...heads[at], blob]), ...tail], { type: "application/zip" });
}
