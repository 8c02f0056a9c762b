// A push service: it takes what it is sent, and tells of it. (Whether that is signed as it should be is looked at by
// the gateway's own tests.)

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export class PushService {
  static async start() {
    const service = new PushService();
    service.folder = await mkdtemp(path.join(os.tmpdir(), "backchannel-push-"));
    service.certificate = path.join(service.folder, "certificate.pem");
    const key = path.join(service.folder, "key.pem");
    await run("openssl", [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=push",
      "-addext", "subjectAltName=IP:127.0.0.1", "-out", service.certificate, "-keyout", key,
    ]);
    service.taken = [];
    service.server = https.createServer({ cert: await readFile(service.certificate), key: await readFile(key) }, (request, answer) => {
      let body = "";
      request.on("data", (data) => (body += data));
      request.on("end", () => {
        service.taken.push({ method: request.method, path: request.url, headers: request.headers, body });
        answer.writeHead(201).end();
      });
    });
    await new Promise((resolve) => service.server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  endpoint(name) {
    return `https://127.0.0.1:${this.server.address().port}/${name}`;
  }

  async end() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.folder, { recursive: true, force: true });
  }
}
