// MQTT.js, as an app would use it, on a network that breaks all the time.
//
// node story.mjs PORT tcp|ws 4|5 send|receive COUNT
//
// `send` is alice, who writes COUNT messages to bob, each with a msgid, and says "ack N" for each that was
// acknowledged. `receive` is bob's phone, with a session that is kept: it says "got ID TEXT" for each that
// it is shown, once for each id, and ends when it has COUNT of them.
import mqtt from "mqtt";

const [port, transport, version, role, count] = process.argv.slice(2);
const total = Number(count);
const WINDOW = 8;
const user = role === "send" ? "alice" : "bob";

const options = {
  protocolVersion: Number(version),
  clientId: role === "send" ? undefined : "bobs-phone",
  clean: role === "send",
  username: user,
  password: user,
  reconnectPeriod: 20,
  connectTimeout: 5000,
};
if (version === "5" && role === "receive") {
  options.properties = { sessionExpiryInterval: 3600 };
}

const client = mqtt.connect(`${transport === "ws" ? "ws" : "mqtt"}://127.0.0.1:${port}/mqtt`, options);
// A connection that is cut is what this is about; MQTT.js connects again.
client.on("error", () => {});

function end() {
  client.end(true, () => process.exit(0));
}

let next = 1;
let acknowledged = 0;

function acknowledge(n) {
  console.log(`ack ${n}`);
  acknowledged += 1;
  if (acknowledged === total) {
    end();
  } else if (next <= total) {
    send(next++);
  }
}

// The PUBACK of MQTT 5 says that it is stored. MQTT.js publishes again what a broken connection left open.
function publish(n) {
  const properties = { userProperties: { msgid: `m${n}` } };
  client.publish("bc/user/bob", `t${n}`, { qos: 1, properties }, (error) => {
    if (error) {
      setTimeout(() => publish(n), 50);
    } else {
      acknowledge(n);
    }
  });
}

// Before MQTT 5 there are no properties: the answer to the command says that it is stored. An answer is
// sent to the connection that asked, so who doesn't get it asks again.
const asked = new Map();

function ask(n) {
  const command = { user: "bob", payload: `t${n}`, msgid: `m${n}`, ref: String(n) };
  clearTimeout(asked.get(n));
  asked.set(n, setTimeout(() => ask(n), 1000));
  client.publish("bc/do/send", JSON.stringify(command), { qos: 0 });
}

function answered(payload) {
  const answer = JSON.parse(payload.toString());
  const n = Number(answer.ref);
  if (answer.ok && asked.has(n)) {
    clearTimeout(asked.get(n));
    asked.delete(n);
    acknowledge(n);
  }
}

function send(n) {
  if (version === "5") {
    publish(n);
  } else {
    ask(n);
  }
}

const seen = new Set();

function got(topic, payload) {
  const id = topic.split("/").pop();
  if (!seen.has(id)) {
    seen.add(id);
    console.log(`got ${id} ${payload}`);
  }
  if (seen.size === total) {
    end();
  }
}

client.on("message", (topic, payload) => {
  if (topic === "bc/reply/send") {
    answered(payload);
  } else if (topic.startsWith("bc/user/bob/inbox/alice/")) {
    got(topic, payload);
  }
});

if (role === "receive") {
  client.subscribe("bc/user/bob/inbox/#", { qos: 1 }, () => console.log("listening"));
} else {
  while (next <= WINDOW && next <= total) {
    send(next++);
  }
}
