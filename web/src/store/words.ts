// The words of a text, as the search keeps and asks for them: folded in case and accents.

const most = 80;
const longest = 32;

export function wordsOf(text: string): string[] {
  const folded = text.slice(0, 8000).normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
  const words = new Set<string>();
  for (const found of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    words.add(found[0].slice(0, longest));
    if (words.size === most) break;
  }
  return [...words];
}
