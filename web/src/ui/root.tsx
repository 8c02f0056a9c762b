// Signed in or not.

import { useEffect, useState } from "preact/hooks";
import { keptAccount, secretOf, type Account } from "../model/account.ts";
import { App } from "../model/app.ts";
import { useValue } from "../model/value.ts";
import { AppContext } from "./parts.tsx";
import { takeInvite } from "./route.ts";
import { Shell } from "./shell.tsx";
import { Welcome } from "./welcome.tsx";

const invite = takeInvite();

export function Root() {
  // Who is signed in needs no invitation.
  const [account, setAccount] = useState<Account | null>(keptAccount);
  const [app, setApp] = useState<App | null>(null);

  useEffect(() => {
    if (account === null) return;
    let current = true;
    void App.open(account).then((opened) => current && setApp(opened));
    return () => {
      current = false;
    };
  }, [account]);

  if (account === null) return <Welcome invite={invite} known="" onDone={() => setAccount(keptAccount())} />;
  if (app === null) return null;
  return (
    <AppContext.Provider value={app}>
      <SignedIn app={app} />
    </AppContext.Provider>
  );
}

// Another tab may have signed out, and the server may have ended this device's token.
function SignedIn({ app }: { app: App }) {
  const link = useValue(app.link);
  const [again, setAgain] = useState(false);
  useEffect(() => {
    const look = (event: StorageEvent) => event.key === "backchannel/account" && event.newValue === null && location.reload();
    addEventListener("storage", look);
    return () => removeEventListener("storage", look);
  }, []);
  const lost = link === "refused" || secretOf(app.account) === null;
  if (again && lost) return <Welcome invite={null} known={app.me} onDone={() => location.reload()} />;
  return <Shell onSignIn={() => setAgain(true)} />;
}
