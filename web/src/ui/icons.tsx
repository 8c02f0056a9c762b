// Icons: strokes on a field of 24, in the colour of the text around them. They never stand for a name.

const paths = {
  plane: "M21 3 3 10.5l6.5 3L21 3Zm0 0-7 18-4.5-7.5",
  chats: "M20 14.5a2 2 0 0 1-2 2H9l-4.5 3.6V6.5a2 2 0 0 1 2-2H18a2 2 0 0 1 2 2v8Z",
  requests: "M4 13.5 6.6 5h10.8l2.6 8.5V18a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18v-4.5Zm0 0h4.6a3.4 3.4 0 0 0 6.8 0H20",
  settings: "M4 7h9m5 0h2M4 17h3m5 0h8M15.5 4.5v5M9.5 14.5v5",
  reports: "M6 21V4h11.5l-2.2 4.2 2.2 4.3H6",
  back: "M14.5 5.5 8 12l6.5 6.5",
  more: "M5.2 12h.01M12 12h.01M18.8 12h.01",
  search: "M10.8 17.6a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6Zm5-1.9L20.5 20.5",
  close: "m6 6 12 12M18 6 6 18",
  clip: "M4.5 17.5v-11A1.5 1.5 0 0 1 6 5h12a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 18 19H6a1.5 1.5 0 0 1-1.5-1.5Zm.3-.4 4.7-4.6 3.6 3.4 2.4-2.2 4 3.6M15.2 9.4h.01",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12.4V12l2.8 2",
  tick: "m5.5 12.5 4 4 9-9.5",
  ticks: "m2.5 12.5 4 4 8.5-9.5M11 15.6l1.2.9 9-9.5",
  alert: "M12 8v4.6m0 3.2h.01M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z",
  mute: "M6.5 9.5a5.5 5.5 0 0 1 8.7-4.5M17.5 9.7v3.8l1.7 3H7.8M10 19.3a2.2 2.2 0 0 0 4 0M4 3.5l16 17",
  pin: "m14.2 3.8 6 6-3.4 1.1-3 3 .2 3.9-7.8-7.8 3.9.2 3-3 1.1-3.4ZM9.6 14.4 4 20",
  down: "M12 5v13.5m-6-6 6 6 6-6",
  reply: "M9.5 6 4 11.5 9.5 17M4.5 11.5H13a7 7 0 0 1 7 7",
  forward: "m14.5 6 5.5 5.5-5.5 5.5m5-5.5H11a7 7 0 0 0-7 7",
  copy: "M9 9h9.5v10.5H9zM6 15H5V4.5h9.5V6",
  group: "M9 11.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6Zm-6 8c.3-3.4 2.7-5.2 6-5.2s5.7 1.8 6 5.2m1-8.3a3 3 0 0 0 0-5.9m5 13.4c-.2-2.6-1.6-4.3-3.9-4.9",
  person: "M12 11.8a3.9 3.9 0 1 0 0-7.8 3.9 3.9 0 0 0 0 7.8ZM4.8 20c.4-3.9 3.2-5.9 7.2-5.9s6.8 2 7.2 5.9",
  link: "M10 13.8a3.9 3.9 0 0 0 5.7.3l3-3a3.9 3.9 0 0 0-5.5-5.5l-1.4 1.4m2.2 3.2a3.9 3.9 0 0 0-5.7-.3l-3 3a3.9 3.9 0 0 0 5.5 5.5l1.4-1.4",
  block: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM6 6l12 12",
  check: "m5 12.8 4.6 4.6L19.5 7",
  leave: "M10 4.5H6A1.5 1.5 0 0 0 4.5 6v12A1.5 1.5 0 0 0 6 19.5h4M15.5 8l4 4-4 4m3.5-4h-9",
  code: "M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h2.5v2.5h-2.5zM17.5 17.5h2v2h-2zM19.5 13.5v1",
  file: "M7 3.8h6.5L18 8.3v11.9H7zM13.2 4v4.6H18",
  undo: "M8.5 5 4 9.5 8.5 14M4.5 9.5H14a5.5 5.5 0 0 1 0 11H9",
  device: "M7.5 3.5h9v17h-9zM11 17.5h2",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
