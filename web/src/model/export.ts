// All that is a person's, as the server has it: sync from the beginning, a line of JSON for each item.

import type { App } from "./app.ts";
import { Refused } from "./commands.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function page(app: App, after: string | undefined): Promise<Record<string, unknown>> {
  for (;;) {
    try {
      return await app.ask("sync", { limit: 200, ...(after === undefined ? {} : { after }) });
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "rate-limit") throw error;
      await pause(error.retryAfter ?? 5000);
    }
  }
}

// Write the file, and tell ${progress} how far it is. Payloads that are larger than a page are fetched one by one.
export async function exportAll(app: App, progress: (n: number) => void): Promise<void> {
  const lines: string[] = [];
  let after: string | undefined;
  for (;;) {
    const answer = await page(app, after);
    for (const item of (answer["items"] ?? []) as Record<string, unknown>[]) {
      const whole = item["payload-omitted"] === true ? await app.ask("get", { id: item["id"] }) : null;
      lines.push(`${JSON.stringify(whole === null ? item : { type: "message", ...(whole["message"] as object) })}\n`);
    }
    progress(lines.length);
    after = answer["after"] as string;
    if (answer["more"] !== true) break;
  }
  const url = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
  Object.assign(document.createElement("a"), { href: url, download: `backchannel-${app.me}.jsonl` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
