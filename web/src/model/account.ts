// Who is signed in on this device. A token is kept; a password is not, but for the life of the tab where the
// server has no tokens.

export interface Account {
  user: string;
  // This device's name, under which its token stands in the list of devices.
  device: string;
  token?: string;
}

const key = "backchannel/account";
const passwordKey = "backchannel/password";

export function keptAccount(): Account | null {
  try {
    const account = JSON.parse(localStorage.getItem(key) ?? "null") as Account | null;
    return typeof account?.user === "string" ? account : null;
  } catch {
    return null;
  }
}

export function keepAccount(account: Account): void {
  localStorage.setItem(key, JSON.stringify(account));
}

export function keepPassword(password: string | null): void {
  if (password === null) sessionStorage.removeItem(passwordKey);
  else sessionStorage.setItem(passwordKey, password);
}

// What this tab can sign in with.
export function secretOf(account: Account): string | null {
  return account.token ?? sessionStorage.getItem(passwordKey);
}

export function forgetAccount(): void {
  localStorage.removeItem(key);
  sessionStorage.removeItem(passwordKey);
}

export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

// Such as "Chrome on Android 3f2a": something that a person recognises in a list.
export function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox/.test(agent) ? "Firefox" : /Edg\//.test(agent) ? "Edge" : /Chrome/.test(agent) ? "Chrome" : "Safari";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Mac/.test(agent) ? "Mac" : /Windows/.test(agent) ? "Windows" : "Linux";
  return `${browser} on ${system} ${randomId().slice(0, 4)}`;
}
