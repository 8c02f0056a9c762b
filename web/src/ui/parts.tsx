// What screens are made of.

import { createContext, type ButtonHTMLAttributes, type ComponentChildren } from "preact";
import { useContext, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { App } from "../model/app.ts";
import { isGroup, nameOf, type ChatKey } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { has, pieces, t, type StringKey } from "../strings.ts";
import { Icon, type IconName } from "./icons.tsx";
import { back } from "./route.ts";

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  return useContext(AppContext) as App;
}

// A text with names in it, each isolated.
export function Say({ k, fill }: { k: StringKey; fill: Record<string, string | number> }) {
  return <>{pieces(k, fill).map((p) => (p.filled ? <bdi>{p.text}</bdi> : p.text))}</>;
}

// What a refusal means, in the person's language; codes that this version doesn't know are "that didn't work".
export function refusalText(code: string, name = ""): string {
  const key = `refused.${code}`;
  return t(has(key) ? key : "refused.unknown", { name });
}

export function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "offline";
}

function hueOf(name: string): number {
  let hash = 7;
  for (const c of name) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return hash % 8;
}

function initialOf(name: string): string {
  const first = new Intl.Segmenter().segment(name)[Symbol.iterator]().next().value?.segment ?? "";
  // A letter with a hundred marks is a letter.
  return [...first].slice(0, 2).join("").toLocaleUpperCase();
}

export function Avatar({ chat, version, large = false }: { chat: ChatKey; version?: string | undefined; large?: boolean }) {
  const app = useApp();
  useValue(app.profiles.all);
  const name = nameOf(chat);
  const group = isGroup(chat);
  useEffect(() => {
    if (!group) app.profiles.want(name, version);
  }, [app, name, version, group]);
  const picture = group ? null : app.profiles.pictureOf(name);
  const shown = app.titleOf(chat);
  return (
    <span class={`avatar hue-${hueOf(name)}${large ? " large" : ""}`} aria-hidden="true">
      {picture !== null ? <img src={picture} alt="" /> : group ? <Icon name="group" size={large ? 44 : 24} /> : initialOf(shown)}
    </span>
  );
}

export function Title({ chat }: { chat: ChatKey }) {
  const app = useApp();
  useValue(app.chats);
  useValue(app.profiles.all);
  return <bdi class="name">{chat === `user/${app.me}` ? t("chats.self") : app.titleOf(chat)}</bdi>;
}

export function IconButton(props: { icon: IconName; label: string; class?: string } & Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label">) {
  const { icon, label, class: name, ...rest } = props;
  return (
    <button type="button" class={`icon-button ${name ?? ""}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}

// The head of a screen. ${home}: where Back goes if one didn't come from within.
export function Top(props: { title: ComponentChildren; home?: string; children?: ComponentChildren; always?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <header class="top">
      {props.home !== undefined && (
        <IconButton icon="back" label={t("back")} class={props.always ? "back" : "back only-narrow"} onClick={() => back(props.home as string)} />
      )}
      <h1 ref={heading} tabIndex={-1}>
        {props.title}
      </h1>
      {props.children}
    </header>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={56} />
      <p class="empty-title">{title}</p>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

// A dialog over everything, closed by Escape, by a tap beside it, or by itself.
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => (opener instanceof HTMLElement ? opener.focus() : undefined);
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onClose={props.onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="dialog">
        <header class="dialog-top">
          <h2 id="dialog-title">{props.title}</h2>
          <IconButton icon="close" label={t("close")} onClick={() => dialog.current?.close()} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

export interface Action {
  label: string;
  icon: IconName;
  danger?: boolean;
  run(): void;
}

// A button that opens a menu of actions.
export function Menu({ label, actions, icon = "more", note, children }: { label: string; actions: Action[]; icon?: IconName; note?: string; children?: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const items = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    items()[0]?.focus();
    const shut = (refocus: boolean) => {
      setOpen(false);
      if (refocus) root.current?.querySelector<HTMLElement>("button")?.focus();
    };
    const outside = (event: Event) => root.current?.contains(event.target as Node) || shut(false);
    const keys = (event: KeyboardEvent) => {
      const all = items();
      const at = all.indexOf(document.activeElement as HTMLElement);
      if (event.key === "Escape" || event.key === "Tab") shut(event.key === "Escape");
      else if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
      else if (event.key === "ArrowUp") all[(at - 1 + all.length) % all.length]?.focus();
      else return;
      if (event.key !== "Tab") event.preventDefault();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", keys);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", keys);
    };
  }, [open]);
  return (
    <div class="menu-root" ref={root}>
      <button type="button" class="icon-button" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={icon} />
      </button>
      {open && (
        <div class="menu" ref={menu}>
          {children !== undefined && <div onClick={() => setOpen(false)}>{children}</div>}
          <div role="menu" aria-label={label}>
            {actions.map((action) => (
              <button
                type="button"
                role="menuitem"
                class={action.danger ? "danger" : ""}
                onClick={() => {
                  setOpen(false);
                  action.run();
                }}
              >
                <Icon name={action.icon} size={20} />
                {action.label}
              </button>
            ))}
          </div>
          {note !== undefined && <p class="menu-note">{note}</p>}
        </div>
      )}
    </div>
  );
}

// Whether this server makes accounts by invitations, and this person may make some.
export function useInvites(): boolean {
  const whoami = useValue(useApp().whoami);
  return whoami?.accounts === "invites" && whoami["may-invite"] !== false;
}

// Whether there is room for two panes.
export function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia("(min-width: 56rem)").matches);
  useEffect(() => {
    const query = matchMedia("(min-width: 56rem)");
    const look = () => setWide(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return wide;
}

// Run ${work}; what is refused is told to the person, and ${work} is not seen as done.
export function useTry(): (work: () => Promise<unknown>, name?: string) => Promise<boolean> {
  const app = useApp();
  return async (work, name) => {
    try {
      await work();
      return true;
    } catch (error) {
      app.say(refusalText(codeOf(error), name));
      return false;
    }
  };
}
