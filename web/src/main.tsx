import { render } from "preact";
import { language, languages } from "./strings.ts";
import { Root } from "./ui/root.tsx";
import "./ui/styles/base.css";
import "./ui/styles/shell.css";
import "./ui/styles/lists.css";
import "./ui/styles/chat.css";
import "./ui/styles/forms.css";

document.documentElement.lang = language;
document.documentElement.dir = languages[language].rtl ? "rtl" : "ltr";
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => {});
render(<Root />, document.getElementById("app") as HTMLElement);
