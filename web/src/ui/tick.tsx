// How far one's own message has come.

import type { Chat } from "../model/types.ts";
import { language, languages, t } from "../strings.ts";
import { Icon } from "./icons.tsx";

export type TickState = "waiting" | "stored" | "delivered" | "read" | "refused";

export function tickOf(chat: Chat | undefined, id: string): TickState {
  if (id <= (chat?.theirRead ?? "")) return "read";
  return id <= (chat?.theirDelivered ?? "") ? "delivered" : "stored";
}

const icons = { waiting: "clock", stored: "tick", delivered: "ticks", read: "ticks", refused: "alert" } as const;

export function Tick({ tick }: { tick: TickState }) {
  return (
    <span class={`tick tick-${tick}`} dir={languages[language].rtl ? "rtl" : "ltr"} title={t(`tick.${tick}`)}>
      <Icon name={icons[tick]} size={16} />
      <span class="hidden">{t(`tick.${tick}`)} </span>
    </span>
  );
}
