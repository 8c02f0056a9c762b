// A link as a code to hold another phone's camera to.

import { useEffect, useState } from "preact/hooks";
import { t } from "../strings.ts";
import { Dialog, useApp } from "./parts.tsx";

interface Drawing {
  side: number;
  path: string;
}

async function drawn(text: string): Promise<Drawing> {
  const { default: qrcode } = await import("qrcode-generator");
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const side = code.getModuleCount();
  let path = "";
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) if (code.isDark(y, x)) path += `M${x} ${y}h1v1h-1z`;
  return { side, path };
}

export function Code({ title, text, onClose }: { title: string; text: string; onClose: () => void }) {
  const app = useApp();
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => void drawn(text).then(setDrawing), [text]);
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="code">
        {drawing !== null && (
          <svg viewBox={`-3 -3 ${drawing.side + 6} ${drawing.side + 6}`} role="img" aria-label={text}>
            <path d={drawing.path} />
          </svg>
        )}
      </div>
      <p class="code-text" dir="ltr">{text}</p>
      <button type="button" class="button" onClick={() => void navigator.clipboard.writeText(text).then(() => app.say(t("copied")))}>
        {t("copy")}
      </button>
    </Dialog>
  );
}
