// Text as its writer wrote it, and nothing else: escaped, isolated, with web addresses as links that tell the
// other side nothing. Addresses are shown by the host that they really go to.

import type { ComponentChildren } from "preact";
import { piecesOf } from "./pieces.ts";

export function Link({ href, children, class: name }: { href: string; children: ComponentChildren; class?: string }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" referrerpolicy="no-referrer" dir="ltr" class={name}>
      {children}
    </a>
  );
}

export function Written({ text }: { text: string }) {
  return (
    <bdi class="written" dir="auto">
      {piecesOf(text).map((piece) =>
        piece.href === undefined ? (
          piece.text
        ) : (
          <Link href={piece.href}>
            <bdi>{piece.text}</bdi>
          </Link>
        ),
      )}
    </bdi>
  );
}
