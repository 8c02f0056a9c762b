// A swipe towards the end of the line: on a row it does something, at the edge of a conversation it goes back.
// It follows the finger, and a swipe that isn't finished does nothing.

import { useEffect, useRef } from "preact/hooks";
import { languages, language } from "../strings.ts";

const enough = 72;
const forward = languages[language].rtl ? -1 : 1;

interface Drag {
  x: number;
  y: number;
  moved: number;
  id: number;
}

// A ref for an element that can be swiped. ${edge}: only where the finger comes down within as many pixels of the start.
export function useSwipe<T extends HTMLElement = HTMLLIElement>(done: () => void, edge = Infinity) {
  const element = useRef<T>(null);
  const latest = useRef(done);
  latest.current = done;
  useEffect(() => {
    const el = element.current as HTMLElement;
    let drag: Drag | null = null;
    const down = (e: PointerEvent) => {
      if (e.pointerType === "mouse" || !e.isPrimary) return;
      const box = el.getBoundingClientRect();
      const within = forward === 1 ? e.clientX - box.left : box.right - e.clientX;
      if (within <= edge) drag = { x: e.clientX, y: e.clientY, moved: 0, id: e.pointerId };
    };
    const move = (e: PointerEvent) => {
      if (drag === null || e.pointerId !== drag.id) return;
      const along = (e.clientX - drag.x) * forward;
      if (drag.moved === 0 && Math.abs(e.clientY - drag.y) > 12) return end();
      if (along < 12) return;
      drag.moved = Math.min(along, enough * 1.4);
      el.classList.add("swiping");
      el.classList.toggle("swiped-enough", drag.moved >= enough);
      el.style.setProperty("--swiped", `${drag.moved * forward}px`);
    };
    const end = () => {
      drag = null;
      el.classList.remove("swiping", "swiped-enough");
      el.style.removeProperty("--swiped");
    };
    const up = (e: PointerEvent) => {
      const swiped = drag !== null && e.pointerId === drag.id && drag.moved >= enough;
      end();
      if (swiped) latest.current();
    };
    el.addEventListener("pointerdown", down);
    el.addEventListener("pointermove", move);
    el.addEventListener("pointerup", up);
    el.addEventListener("pointercancel", end);
    return () => {
      el.removeEventListener("pointerdown", down);
      el.removeEventListener("pointermove", move);
      el.removeEventListener("pointerup", up);
      el.removeEventListener("pointercancel", end);
    };
  }, []);
  return element;
}
