// Signing in, once: a name with a password or an invitation becomes a token of this device's.

import { Closed, Connection } from "../mqtt/connection.ts";
import { deviceName, keepAccount, keepPassword, randomId, type Account } from "./account.ts";
import { Commands, Refused } from "./commands.ts";
import { hear } from "./wire.ts";

export type SignIn = "ok" | "refused" | "unreachable";

export function brokerUrl(): string {
  const url = new URL("/mqtt", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

async function token(commands: Commands, device: string): Promise<string | undefined> {
  try {
    return String((await commands.ask("create-token", { device, days: 365 }))["token"]);
  } catch (error) {
    // A server without tokens. The password is asked for again when the tab is closed.
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

// Try ${user} and ${secret}. With "ok" the account is kept on this device.
export async function signIn(user: string, secret: string): Promise<SignIn> {
  const device = deviceName();
  let commands: Commands | null = null;
  try {
    const connection = await Connection.open(brokerUrl(), { clientId: `web-${randomId()}`, user, password: secret }, {
      message: (p) => {
        const heard = hear(p, user);
        if (heard.what === "reply") commands?.reply(heard.publish);
      },
      closed: () => commands?.end(),
    });
    commands = new Commands(connection);
    const made = await token(commands, device);
    const account: Account = made === undefined ? { user, device } : { user, device, token: made };
    keepPassword(made === undefined ? secret : null);
    keepAccount(account);
    connection.close();
    return "ok";
  } catch (error) {
    if (error instanceof Closed) return error.refused || error.reason === 0x85 ? "refused" : "unreachable";
    throw error;
  }
}
