// Times as people say them.

import { locale } from "../strings.ts";

const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const dateAndYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const dayName = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

export const dayOf = (time: number): number => {
  const d = new Date(time);
  return Math.floor((time - d.getTimezoneOffset() * 60_000) / 86_400_000);
};

const capital = (s: string) => s.charAt(0).toLocaleUpperCase(locale) + s.slice(1);

export const atClock = (time: number) => clock.format(time);
export const inFull = (time: number) => whole.format(time);

export function inList(time: number): string {
  const ago = dayOf(Date.now()) - dayOf(time);
  if (ago <= 0) return clock.format(time);
  if (ago < 7) return weekday.format(time);
  return (new Date(time).getFullYear() === new Date().getFullYear() ? date : dateAndYear).format(time);
}

// A day within a sentence, and as a heading.
export function onDay(time: number): string {
  const ago = dayOf(Date.now()) - dayOf(time);
  if (ago >= 0 && ago < 2) return relative.format(-ago, "day");
  return new Date(time).getFullYear() === new Date().getFullYear() ? dayName.format(time) : dateAndYear.format(time);
}

export const asDay = (time: number) => capital(onDay(time));

export function asSize(bytes: number): string {
  const unit = bytes < 1000 ? "byte" : bytes < 1_000_000 ? "kilobyte" : "megabyte";
  const n = unit === "byte" ? bytes : unit === "kilobyte" ? bytes / 1000 : bytes / 1_000_000;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: n < 10 ? 1 : 0 }).format(n);
}
