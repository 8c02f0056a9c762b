// Pictures are made smaller before they are sent, and lose what the camera wrote into them: where and when.

import { measure } from "./media.ts";

export interface Shrunk {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  wide: number;
  high: number;
}

const steps = [
  { side: 1600, quality: 0.82 },
  { side: 1200, quality: 0.72 },
  { side: 800, quality: 0.6 },
];

async function drawn(bitmap: ImageBitmap, side: number, quality: number): Promise<Shrunk | null> {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const webp = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/webp", quality));
  if (webp === null) return null;
  const bytes = new Uint8Array(await webp.arrayBuffer());
  // A browser that can't write WebP writes PNG: the bytes say what it is.
  return { bytes, type: measure(bytes)?.type ?? webp.type, wide: canvas.width, high: canvas.height };
}

// ${file} as a picture of at most ${most} bytes: null if it isn't one, "too-large" if it can't be made that small.
export async function shrink(file: Blob, most: number, largest = 1600): Promise<Shrunk | "too-large" | null> {
  const original = new Uint8Array(await file.arrayBuffer());
  const measured = measure(original);
  if (measured === null || !measured.type.startsWith("image/")) return null;
  // A moving picture would stand still. It has no place and time in it.
  if (measured.type === "image/gif" && original.length <= most && largest === 1600) return { bytes: original, ...measured };
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) return null;
  for (const { side, quality } of steps) {
    const shrunk = await drawn(bitmap, Math.min(side, largest), quality);
    if (shrunk !== null && shrunk.bytes.length <= most) return shrunk;
  }
  return "too-large";
}
