// Reading a code with the camera, where the browser can.

import { useEffect, useRef } from "preact/hooks";
import { t } from "../strings.ts";
import { Dialog } from "./parts.tsx";

interface Detector {
  detect(video: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

declare global {
  // Not in every browser, and not in TypeScript's library.
  var BarcodeDetector: (new (options: { formats: string[] }) => Detector) | undefined;
}

export const canScan = globalThis.BarcodeDetector !== undefined && navigator.mediaDevices !== undefined;

async function watch(video: HTMLVideoElement, found: (text: string) => void, running: () => boolean): Promise<void> {
  const Detecting = globalThis.BarcodeDetector;
  if (Detecting === undefined) return;
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const detector = new Detecting({ formats: ["qr_code"] });
  video.srcObject = stream;
  await video.play();
  while (running()) {
    const code = (await detector.detect(video))[0];
    if (code !== undefined && running()) found(code.rawValue);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  stream.getTracks().forEach((track) => track.stop());
}

export function Scanner({ onFound, onClose }: { onFound: (text: string) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let running = true;
    watch(video.current as HTMLVideoElement, onFound, () => running).catch(onClose);
    return () => {
      running = false;
    };
  }, []);
  return (
    <Dialog title={t("welcome.scanning")} onClose={onClose}>
      <video ref={video} class="scanner" muted playsInline />
    </Dialog>
  );
}
