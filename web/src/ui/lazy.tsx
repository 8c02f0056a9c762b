// Screens that are not needed at first are loaded when they are: the first load stays small.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, again] = useState(0);
    useEffect(() => {
      if (loaded !== null) return;
      let current = true;
      void load().then((component) => {
        loaded = component;
        if (current) again(1);
      });
      return () => {
        current = false;
      };
    }, []);
    const Loaded = loaded;
    return Loaded === null ? null : <Loaded {...props} />;
  };
}
