// What the first bytes of a picture say: whether a browser is trusted with it, and how large it is. The
// broker's kind says that it is a picture; the name its sender gave the format counts for nothing.

export interface Measured {
  type: string;
  wide: number;
  high: number;
}

// Larger pictures are not decoded unasked: a few bytes may stand for gigabytes of pixels.
export const mostPixels = 50_000_000;

const ascii = (b: Uint8Array, at: number, n: number) => String.fromCharCode(...b.subarray(at, at + n));

function png(b: Uint8Array, v: DataView): Measured | null {
  if (b.length < 24 || v.getUint32(0) !== 0x89504e47) return null;
  return { type: "image/png", wide: v.getUint32(16), high: v.getUint32(20) };
}

function gif(b: Uint8Array, v: DataView): Measured | null {
  if (b.length < 10 || !/^GIF8[79]a$/.test(ascii(b, 0, 6))) return null;
  return { type: "image/gif", wide: v.getUint16(6, true), high: v.getUint16(8, true) };
}

function webp(b: Uint8Array, v: DataView): Measured | null {
  if (b.length < 30 || ascii(b, 0, 4) !== "RIFF" || ascii(b, 8, 4) !== "WEBP") return null;
  const type = "image/webp";
  switch (ascii(b, 12, 4)) {
    case "VP8X":
      return { type, wide: 1 + (v.getUint32(24, true) & 0xffffff), high: 1 + (v.getUint32(26, true) >>> 8) };
    case "VP8L": {
      const bits = v.getUint32(21, true);
      return { type, wide: 1 + (bits & 0x3fff), high: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case "VP8 ":
      return { type, wide: v.getUint16(26, true) & 0x3fff, high: v.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

function jpeg(b: Uint8Array, v: DataView): Measured | null {
  if (b.length < 4 || v.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 < b.length && b[at] === 0xff) {
    const marker = b[at + 1] as number;
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { type: "image/jpeg", wide: v.getUint16(at + 7), high: v.getUint16(at + 5) };
    at += 2 + v.getUint16(at + 2);
  }
  return { type: "image/jpeg", wide: 0, high: 0 };
}

function other(b: Uint8Array): Measured | null {
  if (b.length < 12) return null;
  if (ascii(b, 4, 4) === "ftyp") {
    const brand = ascii(b, 8, 4);
    if (/^avi[fs]$/.test(brand)) return { type: "image/avif", wide: 0, high: 0 };
    if (/^qt {2}$/.test(brand)) return { type: "video/quicktime", wide: 0, high: 0 };
    if (/^(hei[csxm]|hev[cx]|mif1|msf1)$/.test(brand)) return { type: "image/heic", wide: 0, high: 0 };
    return { type: "video/mp4", wide: 0, high: 0 };
  }
  return b[0] === 0x1a && b[1] === 0x45 ? { type: "video/webm", wide: 0, high: 0 } : null;
}

// The format by ${bytes} alone, with its size in pixels where that is easily read (else 0); or null.
export function measure(bytes: Uint8Array): Measured | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return png(bytes, view) ?? gif(bytes, view) ?? webp(bytes, view) ?? jpeg(bytes, view) ?? other(bytes);
}
