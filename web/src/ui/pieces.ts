// A text as runs of plain text and web addresses.

const address = /\bhttps?:\/\/[^\s<>"“”«»]+/gi;

export interface Piece {
  text: string;
  href?: string;
  host?: string;
}

function linkOf(found: string): { href: string; host: string } | null {
  try {
    const url = new URL(found);
    if (url.protocol !== "http:" && url.protocol !== "https:") return null;
    return { href: url.href, host: url.host };
  } catch {
    return null;
  }
}

// What ends a sentence isn't part of the address in it, nor is a bracket that was opened before it.
function trimmed(found: string): string {
  let end = found.replace(/[.,;:!?'’…]+$/u, "");
  while (/[)\]]$/.test(end)) {
    const open = end.endsWith(")") ? "(" : "[";
    const close = end.slice(-1);
    if (end.split(open).length >= end.split(close).length) break;
    end = end.slice(0, -1);
  }
  return end;
}

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    const shown = trimmed(match[0]);
    const link = linkOf(shown);
    if (link === null) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: shown, ...link });
    at = match.index + shown.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
