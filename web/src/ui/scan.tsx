// Reading a code: with the camera, or from a picture of it.

import { useEffect, useRef, useState } from "preact/hooks";
import { t, type StringKey } from "../strings.ts";
import { Dialog } from "./parts.tsx";

type Source = HTMLVideoElement | ImageBitmap;
type Read = (source: Source) => Promise<string | null>;

interface Detector {
  detect(source: Source): Promise<{ rawValue: string }[]>;
}

declare global {
  // Not in every browser, and not in TypeScript's library.
  var BarcodeDetector: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined;
}

// What is larger is made smaller: a code in it is still large enough, and found sooner.
const longestSide = 1024;

async function own(): Promise<Read> {
  const { default: find } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  return async (source) => {
    const [wide, high] = source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
    const scale = Math.min(1, longestSide / Math.max(wide, high));
    canvas.width = Math.round(wide * scale);
    canvas.height = Math.round(high * scale);
    if (canvas.width === 0 || canvas.height === 0) return null;
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return find(data, width, height)?.data ?? null;
  };
}

// The browser's own detector where there is one that knows these codes, else one that is fetched when it is first needed.
async function reader(): Promise<Read> {
  const Detecting = globalThis.BarcodeDetector;
  if (Detecting === undefined || !(await Detecting.getSupportedFormats()).includes("qr_code")) return own();
  const detector = new Detecting({ formats: ["qr_code"] });
  return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
}

// Look through the camera until ${running} says no. Rejects where there is none, or it may not be used.
async function watch(video: HTMLVideoElement, seen: (text: string) => void, running: () => boolean): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    const read = await reader();
    video.srcObject = stream;
    await video.play();
    while (running()) {
      const text = await read(video);
      if (text !== null && running()) seen(text);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  } finally {
    stream.getTracks().forEach((track) => track.stop());
  }
}

async function readPicture(file: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(file);
  try {
    return await (await reader())(bitmap);
  } finally {
    bitmap.close();
  }
}

// ${take}: what is made of a code's text; null if it is none of those that are looked for.
export function Scanner<T>({ take, onFound, onClose }: { take: (text: string) => T | null; onFound: (found: T) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(true);
  const [said, setSaid] = useState<StringKey>("welcome.scanning");
  const seen = (text: string) => {
    const found = take(text);
    if (found === null) setSaid("scan.other");
    else onFound(found);
  };
  useEffect(() => {
    let running = true;
    const none = () => {
      setCamera(false);
      setSaid("scan.noCamera");
    };
    watch(video.current as HTMLVideoElement, seen, () => running).catch(() => running && none());
    return () => {
      running = false;
    };
  }, []);
  const picked = async (picture: File | undefined) => {
    if (picture === undefined) return;
    const text = await readPicture(picture).catch(() => null);
    if (text === null) setSaid("scan.nothing");
    else seen(text);
  };
  return (
    <Dialog title={t("welcome.scan")} onClose={onClose}>
      {camera && <video ref={video} class="scanner" muted playsInline />}
      <p class="fine" role="status">
        {t(said)}
      </p>
      <button type="button" class="button" onClick={() => file.current?.click()}>
        {t("scan.picture")}
      </button>
      <input
        ref={file}
        type="file"
        accept="image/*"
        hidden
        aria-label={t("scan.picture")}
        onChange={(e) => {
          void picked(e.currentTarget.files?.[0]);
          e.currentTarget.value = "";
        }}
      />
    </Dialog>
  );
}
