// A picture: by its bytes. What can't be decoded is a sentence, and what would take gigabytes is asked for first.

import { useEffect, useRef, useState } from "preact/hooks";
import { measure, mostPixels } from "../model/media.ts";
import type { Message } from "../model/types.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Dialog, useApp } from "./parts.tsx";
import { asSize } from "./time.ts";

// What browsers show. Anything else is a file.
const shown = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

const widest = 320;
const highest = 352;

// As much room as a picture takes, so that what is around it is no wider. In rem: it grows with the person's text.
export function roomFor(wide: number | undefined, high: number | undefined): { inlineSize?: string; aspectRatio?: string } {
  if (!wide || !high) return {};
  const width = Math.max(48, Math.min(widest, wide, (highest * wide) / high));
  return { inlineSize: `${width / 16}rem`, aspectRatio: `${wide} / ${high}` };
}

type State = { at: "waiting" } | { at: "bad" } | { at: "huge"; bytes: Uint8Array<ArrayBuffer>; type: string } | { at: "shown"; url: string };

// A picture that is looked at only by who wants to: what moderators are shown may be anything.
export function Veiled({ bytes, label }: { bytes: Uint8Array<ArrayBuffer>; label: string }) {
  const [url, setUrl] = useState<string | null>(null);
  const [bad, setBad] = useState(false);
  useEffect(() => () => (url === null ? undefined : URL.revokeObjectURL(url)), [url]);
  const measured = measure(bytes);
  if (bad || measured === null || !shown.has(measured.type)) return <em>{t("chat.pictureBad")}</em>;
  if (url !== null) return <img class="picture" src={url} alt={label} style={roomFor(measured.wide, measured.high)} decoding="async" onError={() => setBad(true)} />;
  const huge = measured.wide * measured.high > mostPixels;
  return (
    <button type="button" class="button small" onClick={() => setUrl(URL.createObjectURL(new Blob([bytes], { type: measured.type })))}>
      {huge ? t("chat.pictureHuge", { size: asSize(bytes.length) }) : t("chat.pictureLoad")}
    </button>
  );
}

export function Picture({ message }: { message: Message }) {
  const app = useApp();
  const [state, setState] = useState<State>({ at: "waiting" });
  const [large, setLarge] = useState(false);
  const frame = useRef<HTMLSpanElement>(null);
  const url = useRef<string | null>(null);

  const show = (bytes: Uint8Array<ArrayBuffer>, type: string) => {
    url.current = URL.createObjectURL(new Blob([bytes], { type }));
    setState({ at: "shown", url: url.current });
  };
  const load = async () => {
    const bytes = await app.bytes(message.id).catch(() => undefined);
    if (bytes === undefined) return;
    const measured = measure(bytes);
    if (measured === null || !shown.has(measured.type)) setState({ at: "bad" });
    else if (measured.wide * measured.high > mostPixels) setState({ at: "huge", bytes, type: measured.type });
    else show(bytes, measured.type);
  };

  useEffect(() => {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return;
      seen.disconnect();
      void load();
    }, { rootMargin: "400px" });
    seen.observe(frame.current as HTMLElement);
    return () => {
      seen.disconnect();
      if (url.current !== null) URL.revokeObjectURL(url.current);
    };
  }, [message.id]);

  const from = t("chat.pictureFrom", { name: app.profiles.nameOf(message.from) });
  const room = roomFor(message.wide, message.high);
  return (
    <span class="picture-frame" ref={frame}>
      {state.at === "waiting" && <span class="picture waiting" style={room} />}
      {state.at === "bad" && (
        <span class="file">
          <Icon name="alert" />
          {t("chat.pictureBad")}
        </span>
      )}
      {state.at === "huge" && (
        <button type="button" class="button" onClick={() => show(state.bytes, state.type)}>
          {t("chat.pictureHuge", { size: asSize(state.bytes.length) })}
        </button>
      )}
      {state.at === "shown" && (
        <button type="button" class="picture-button" onClick={() => setLarge(true)}>
          <img class="picture" src={state.url} alt={from} style={room} decoding="async" onError={() => setState({ at: "bad" })} />
        </button>
      )}
      {large && state.at === "shown" && (
        <Dialog title={from} onClose={() => setLarge(false)}>
          <img class="picture-large" src={state.url} alt={from} />
        </Dialog>
      )}
    </span>
  );
}
