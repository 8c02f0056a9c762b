// A message as it is shown: by its kind and its bytes, whatever its sender says that it is.

import { useEffect, useState } from "preact/hooks";
import { measure } from "../model/media.ts";
import type { Message, OutMessage } from "../model/types.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Picture, roomFor } from "./picture.tsx";
import { useApp } from "./parts.tsx";
import { piecesOf } from "./pieces.ts";
import { go, to } from "./route.ts";
import { Link, Written } from "./text.tsx";
import { asSize } from "./time.ts";

// Longer texts are cut until somebody wants all of it.
const shownAtFirst = 2400;
const linesAtFirst = 40;

function Text({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const short = all ? text : cut(text);
  return (
    <>
      <Written text={short} />
      {short.length < text.length && (
        <button type="button" class="button small" onClick={() => setAll(true)}>
          {t("chat.readMore")}
        </button>
      )}
    </>
  );
}

function cut(text: string): string {
  const lines = text.split("\n", linesAtFirst + 1);
  const few = lines.length > linesAtFirst ? lines.slice(0, linesAtFirst).join("\n") : text;
  return few.length > shownAtFirst ? few.slice(0, shownAtFirst) : few;
}

function Links({ text }: { text: string }) {
  return (
    <>
      {piecesOf(text).map((piece) =>
        piece.href === undefined ? null : (
          <Link href={piece.href} class="link-card">
            <span class="link-host">
              <Icon name="link" size={18} />
              <bdi>{piece.host}</bdi>
            </span>
            <bdi class="link-rest">{piece.text}</bdi>
          </Link>
        ),
      )}
    </>
  );
}

function File({ message }: { message: Message }) {
  const app = useApp();
  const save = async () => {
    const bytes = await app.bytes(message.id);
    if (bytes === undefined) return;
    const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    Object.assign(document.createElement("a"), { href: url, download: `${message.id}.bin` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <span class="file">
      <Icon name="file" />
      <span>{t(message.kind === "video" ? "chat.video" : "chat.file", { size: asSize(message.size ?? 0) })}</span>
      <button type="button" class="button small" onClick={() => void save()}>
        {t("chat.download")}
      </button>
    </span>
  );
}

export function Content({ message }: { message: Message }) {
  switch (message.kind) {
    case "image":
      return <Picture message={message} />;
    case "video":
    case "binary":
      return <File message={message} />;
    case "erased":
      return <em>{t("kind.erased")}</em>;
    case "link":
      return message.text !== undefined && piecesOf(message.text).some((p) => p.href) ? <Links text={message.text} /> : <Text text={message.text ?? ""} />;
    default:
      return <Text text={message.text ?? ""} />;
  }
}

// The message that is answered to, in a line.
export function Quote({ id }: { id: string }) {
  const app = useApp();
  const [message, setMessage] = useState<Message | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    const look = async () => {
      const here = async () => (await app.messages([id]))[0];
      const found = (await here()) ?? (await app.bytes(id).catch(() => {}), await here());
      if (current) setMessage(found ?? null);
    };
    void look();
    return () => {
      current = false;
    };
  }, [app, id]);
  if (message === undefined) return <blockquote class="quote" />;
  if (message === null) return <blockquote class="quote">{t("chat.gone.quote")}</blockquote>;
  return (
    <blockquote class="quote">
      <button type="button" onClick={() => go(to.message(message.chat, message.id), true)}>
        <bdi class="who">{message.from === app.me ? t("chat.you") : app.profiles.nameOf(message.from)}</bdi>
        <bdi class="quoted">{message.text?.slice(0, 200) ?? t("kind.picture")}</bdi>
      </button>
    </blockquote>
  );
}

export function Bubble({ message, first, last, foot }: { message: Message; first: boolean; last: boolean; foot?: preact.ComponentChildren }) {
  const app = useApp();
  const group = message.place === "group" && message.from !== app.me;
  return (
    <div class={`bubble${first ? " first" : ""}${last ? " last" : ""}${message.kind === "image" ? " pictured" : ""}`}>
      {group && first && <bdi class="who">{app.profiles.nameOf(message.from)}</bdi>}
      {message.forwarded && (
        <span class="forwarded">
          <Icon name="forward" size={14} />
          {t("chat.forwarded")}
        </span>
      )}
      {message.replyTo !== undefined && <Quote id={message.replyTo} />}
      <Content message={message} />
      {foot}
    </div>
  );
}

export function Unsent({ entry }: { entry: OutMessage }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (entry.bytes === undefined) return;
    const made = URL.createObjectURL(new Blob([entry.bytes], { type: entry.type ?? "" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [entry.msgid]);
  const measured = entry.bytes === undefined ? null : measure(entry.bytes);
  const room = roomFor(measured?.wide, measured?.high);
  return (
    <>
      {entry.replyTo !== undefined && <Quote id={entry.replyTo} />}
      {entry.kind === "image" ? url !== null && <img class="picture" src={url} alt={t("kind.picture")} style={room} /> : <Text text={entry.text ?? ""} />}
    </>
  );
}

