// Where one writes.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { shrink } from "../model/shrink.ts";
import { isGroup, type ChatKey, type Message } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { IconButton, Say, useApp } from "./parts.tsx";

const typingEvery = 3000;
const longest = 200_000;

interface Props {
  chat: ChatKey;
  field: RefObject<HTMLTextAreaElement | null>;
  replyTo: Message | null;
  onReplied: () => void;
  onSent: () => void;
}

export function Composer({ chat, field, replyTo, onReplied, onSent }: Props) {
  const app = useApp();
  const row = useValue(app.chats).get(chat);
  const whoami = useValue(app.whoami);
  const [text, setText] = useState(() => app.own.draft(chat));
  const file = useRef<HTMLInputElement>(null);
  const typed = useRef(0);
  const latest = useRef(text);
  latest.current = text;
  const pending = !isGroup(chat) && chat !== `user/${app.me}` && row?.standing !== "open";
  const pictures = (whoami?.kinds ?? ["image"]).includes("image") && !pending;

  useLayoutEffect(() => {
    const el = field.current;
    if (el === null) return;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight}px`;
  }, [text]);

  // What was begun is kept for when one comes back, on whatever device.
  useEffect(() => () => {
    const draft = latest.current.trim() === "" ? null : latest.current.slice(0, 2000);
    if ((draft ?? "") !== app.own.draft(chat)) void app.own.set(`draft/${chat}`, draft);
  }, [app, chat]);

  const answering = () => (replyTo === null ? {} : { replyTo: replyTo.id });
  const send = async () => {
    if (text.trim() === "") return;
    setText("");
    onReplied();
    field.current?.focus();
    await app.write({ chat, kind: "text", text: text.trim(), ...answering() });
    if (app.own.draft(chat) !== "") void app.own.set(`draft/${chat}`, null);
    onSent();
  };
  const attach = async (picture: Blob | null | undefined) => {
    if (!picture) return;
    const most = Number(whoami?.limits["message_max_bytes"] ?? 1_048_576);
    const shrunk = await shrink(picture, most);
    if (shrunk === null) return app.say(t("chat.notPicture"));
    if (shrunk === "too-large") return app.say(t("chat.tooLarge"));
    await app.write({ chat, kind: "image", ...shrunk, ...answering() });
    onReplied();
    onSent();
  };
  const typing = (value: string) => {
    setText(value);
    if (pending || value === "" || Date.now() - typed.current < typingEvery) return;
    typed.current = Date.now();
    app.type(chat);
  };

  return (
    <form
      class="composer"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
      onDragOver={(e) => pictures && e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        if (pictures) void attach(e.dataTransfer?.files[0]);
      }}
    >
      {replyTo !== null && (
        <div class="answering">
          <Icon name="reply" size={18} />
          <span class="answering-text" dir="auto">
            <strong><Say k="chat.replyTo" fill={{ name: app.profiles.nameOf(replyTo.from) }} /></strong>
            <bdi>{replyTo.text?.slice(0, 120) ?? t("kind.picture")}</bdi>
          </span>
          <IconButton icon="close" label={t("chat.noReply")} onClick={onReplied} />
        </div>
      )}
      <div class="composer-line">
        {pictures && (
          <>
            <IconButton icon="clip" label={t("chat.attach")} onClick={() => file.current?.click()} />
            <input
              ref={file}
              type="file"
              accept="image/*"
              hidden
              aria-label={t("chat.attach")}
              onChange={(e) => {
                void attach(e.currentTarget.files?.[0]);
                e.currentTarget.value = "";
              }}
            />
          </>
        )}
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          maxLength={longest}
          aria-label={t("chat.message")}
          placeholder={t("chat.message")}
          value={text}
          onInput={(e) => typing(e.currentTarget.value)}
          onPaste={(e) => {
            const pasted = [...(e.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
            if (pasted === undefined || !pictures) return;
            e.preventDefault();
            void attach(pasted);
          }}
          onKeyDown={(e) => {
            if (e.key === "Escape" && replyTo !== null) onReplied();
            if (e.key !== "Enter" || e.shiftKey || e.isComposing || matchMedia("(pointer: coarse)").matches) return;
            e.preventDefault();
            void send();
          }}
        />
        <button class="send" aria-label={t("chat.send")} title={t("chat.send")} disabled={text.trim() === ""}>
          <Icon name="plane" />
        </button>
      </div>
    </form>
  );
}

