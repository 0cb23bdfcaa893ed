// A CRM of the kind `webhook`: keeps what it is sent, and refuses it in words of its own when told to.

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { until } from "./runner.mjs";

export class Crm {
  static async start() {
    const crm = new Crm();
    crm.secret = `whsec_${randomBytes(32).toString("base64")}`;
    crm.records = [];
    crm.refusal = null;
    crm.asked = 0;
    crm.server = createServer((request, answer) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        crm.asked += 1;
        if (crm.refusal) {
          answer.writeHead(crm.refusal.status, { "content-type": "text/html" });
          answer.end(crm.refusal.body);
          return;
        }
        const message = JSON.parse(Buffer.concat(chunks).toString());
        if (message.data?.outcome) crm.records.push(message);
        answer.writeHead(200).end();
      });
    });
    await new Promise((done) => crm.server.listen(0, "127.0.0.1", done));
    crm.url = `http://127.0.0.1:${crm.server.address().port}/calls`;
    return crm;
  }

  /** Waits until so many records are there. */
  received(count) {
    return until(`${count} records in the CRM`, () => this.records.length >= count);
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
