// Values that a screen can watch. Nothing more than that.

import { useEffect, useState } from "preact/hooks";

export class Value<T> {
  #now: T;
  #watchers = new Set<() => void>();

  constructor(first: T) {
    this.#now = first;
  }
  get(): T {
    return this.#now;
  }
  set(next: T): void {
    if (Object.is(next, this.#now)) return;
    this.#now = next;
    for (const watcher of [...this.#watchers]) watcher();
  }
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

export function useValue<T>(value: Value<T>): T {
  const [, again] = useState(0);
  useEffect(() => {
    let seen = value.get();
    const look = () => {
      if (Object.is(seen, value.get())) return;
      seen = value.get();
      again((n) => n + 1);
    };
    again((n) => n + 1);
    return value.watch(look);
  }, [value]);
  return value.get();
}
