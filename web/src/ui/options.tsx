// What can be done with a message. Deleting isn't among it, and here is where that is said.

import { useState } from "preact/hooks";
import { listed } from "../model/app.ts";
import { argumentsOf, type Message } from "../model/types.ts";
import { t } from "../strings.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Avatar, Dialog, Title, useApp, useTry } from "./parts.tsx";
import { inFull } from "./time.ts";

const emojis = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

interface Props {
  message: Message;
  onClose: () => void;
  onReply: () => void;
  onReport: () => void;
}

function Item({ icon, label, danger, run }: { icon: IconName; label: string; danger?: boolean; run: () => void }) {
  return (
    <button type="button" class={`option${danger ? " danger" : ""}`} onClick={run}>
      <Icon name={icon} size={20} />
      {label}
    </button>
  );
}

function Forward({ message, onClose }: { message: Message; onClose: () => void }) {
  const app = useApp();
  const attempt = useTry();
  return (
    <ul class="rows forward-to">
      {listed(app).filter((c) => !c.gone).map((c) => (
        <li class="row" key={c.key}>
          <button
            type="button"
            class="row-link"
            onClick={async () => {
              if (await attempt(() => app.ask("forward", { id: message.id, ...argumentsOf(c.key) }), app.titleOf(c.key))) onClose();
            }}
          >
            <Avatar chat={c.key} />
            <Title chat={c.key} />
          </button>
        </li>
      ))}
    </ul>
  );
}

export function Options({ message, onClose, onReply, onReport }: Props) {
  const app = useApp();
  const attempt = useTry();
  const [forwarding, setForwarding] = useState(false);
  const mine = message.reactions?.find((r) => r.by.includes(app.me))?.emoji;
  const then = (run: () => void) => () => {
    onClose();
    run();
  };
  if (forwarding) {
    return (
      <Dialog title={t("forward.title")} onClose={onClose}>
        <Forward message={message} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("message.options")} onClose={onClose}>
      {message.kind !== "erased" && (
        <div class="emojis">
          {emojis.map((emoji) => (
            <button
              type="button"
              aria-label={t("message.react", { emoji })}
              aria-pressed={mine === emoji}
              onClick={then(() => void attempt(() => app.ask("react", { id: message.id, ...(mine === emoji ? {} : { emoji }) })))}
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
      <div class="options-list">
        <Item icon="reply" label={t("message.reply")} run={then(onReply)} />
        {message.kind !== "erased" && <Item icon="forward" label={t("message.forward")} run={() => setForwarding(true)} />}
        {message.text !== undefined && (
          <Item
            icon="copy"
            label={t("message.copy")}
            run={then(() => void navigator.clipboard.writeText(message.text ?? "").then(() => app.say(t("copied"))))}
          />
        )}
        {message.from !== app.me && <Item icon="reports" label={t("requests.report")} danger run={then(onReport)} />}
      </div>
      <p class="fine">{inFull(message.time)}</p>
      <p class="fine">{t("message.noDelete")}</p>
    </Dialog>
  );
}
