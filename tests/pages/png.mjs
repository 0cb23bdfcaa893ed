// Makes a screenshot small: few colours suffice for a page, so each pixel becomes one byte of a palette.

import { deflateSync, inflateSync } from "node:zlib";

const COLOURS = 64;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The same picture with a palette. */
export function shrunk(png) {
  const { width, height, bytes, pixels } = decoded(png);
  const counted = new Map();
  const colour = (at) => ((pixels[at] & 0xf8) << 16) | ((pixels[at + 1] & 0xf8) << 8) | (pixels[at + 2] & 0xf8);
  for (let at = 0; at < pixels.length; at += bytes) counted.set(colour(at), (counted.get(colour(at)) ?? 0) + 1);
  const common = [...counted].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([one]) => one);
  const nearest = new Map([...counted.keys()].map((one) => [one, place(common, one)]));
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = nearest.get(colour((y * width + x) * bytes));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  // White and black lose a little by the rounding, which they get back.
  const full = (part) => part | (part >> 5);
  const palette = Buffer.from(common.flatMap((one) => [full(one >> 16), full((one >> 8) & 255), full(one & 255)]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", palette), chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function place(common, wanted) {
  const away = (one) => [16, 8, 0].reduce((sum, by) => sum + (((one >> by) & 255) - ((wanted >> by) & 255)) ** 2, 0);
  let best = 0;
  for (let at = 1; at < common.length; at += 1) if (away(common[at]) < away(common[best])) best = at;
  return best;
}

function chunk(kind, data) {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(kind), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(checked(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}

/** The CRC of a chunk. */
function checked(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** The pixels of a picture of 8 bits a channel, as Chromium writes it. */
function decoded(png) {
  const packed = [];
  let [width, height, bytes] = [0, 0, 0];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const data = png.subarray(at + 8, at + 8 + png.readUInt32BE(at));
    const kind = png.toString("latin1", at + 4, at + 8);
    if (kind === "IHDR") [width, height, bytes] = [data.readUInt32BE(0), data.readUInt32BE(4), data[9] === 6 ? 4 : 3];
    if (kind === "IDAT") packed.push(data);
  }
  const raw = inflateSync(Buffer.concat(packed));
  const line = width * bytes;
  const pixels = Buffer.alloc(line * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (line + 1)];
    for (let x = 0; x < line; x += 1) {
      const left = x >= bytes ? pixels[y * line + x - bytes] : 0;
      const above = y > 0 ? pixels[(y - 1) * line + x] : 0;
      const corner = x >= bytes && y > 0 ? pixels[(y - 1) * line + x - bytes] : 0;
      pixels[y * line + x] = raw[y * (line + 1) + 1 + x] + predicted(filter, left, above, corner);
    }
  }
  return { width, height, bytes, pixels };
}

/** The PNG specification's five filters. */
function predicted(filter, left, above, corner) {
  if (filter < 3) return [0, left, above][filter];
  if (filter === 3) return (left + above) >> 1;
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(left + above - corner - one));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
