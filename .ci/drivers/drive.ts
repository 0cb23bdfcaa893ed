// What a customer's program does with the generated TypeScript types: connect, map, list, open and resend, each answer by
// its type. `.ci/clients` generates `schema.ts` beside a copy of this file, and says in the environment where all is.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type Call = Schemas["Call"];

const setting = (name: string): string => {
  const value = process.env[name];
  assert(value, `${name} is not set`);
  return value;
};

const [own, pbx, crm] = [setting("RINGBRIDGE"), setting("PBX"), setting("CRM")];
// More than a page holds.
const CALLS = 55;
// Seconds: the runner's work on the PBX, and its deliveries, on a machine that is busy otherwise.
const PATIENCE = 90;

const client = createClient<paths>({ baseUrl: own });

/** The body of a success. */
const given = <T>(answer: { data?: T; error?: unknown; response: Response }): T => {
  assert(answer.data !== undefined, `${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
};

/** The body of a refusal with that status. */
const refused = <E>(status: number, answer: { data?: unknown; error?: E; response: Response }): E => {
  assert(answer.error !== undefined, JSON.stringify(answer.data));
  assert.equal(answer.response.status, status);
  return answer.error;
};

/** What is asked again and again, as soon as it is there. */
const until = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
  const end = Date.now() + PATIENCE * 1000;
  while (Date.now() < end) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((wake) => setTimeout(wake, 500));
  }
  throw new Error(`${what}: not within ${PATIENCE} s`);
};

/** A call on the simulated PBX; its id. */
const play = async (scenario: string): Promise<string> => {
  const answer = await fetch(`${pbx}/simulator/play/${scenario}`, { method: "POST" });
  assert(answer.ok, `${answer.status}`);
  return ((await answer.json()) as { call_id: string }).call_id;
};

const connect = async (): Promise<void> => {
  const body: Schemas["NewConnection"] = {
    name: "TypeScript",
    pbx: { host: pbx, app_id: setting("APP_ID"), app_secret: setting("APP_SECRET") },
    crm: { kind: "webhook", url: crm, secret: setting("CRM_SECRET") },
  };
  const made = given(await client.POST("/api/v1/connections", { body }));
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${made.admin_key}`);
    },
  });
  const shown = given(await client.GET("/api/v1/connection"));
  assert.deepEqual([shown.id, shown.name, shown.crm.kind, shown.crm["url"]], [made.id, "TypeScript", "webhook", crm]);
  console.log(`connected: ${shown.id}, of the customer ${made.pbx.client_id}`);
};

const change = async (): Promise<void> => {
  const before = given(await client.GET("/api/v1/connection")).policy;
  const body: Schemas["ConnectionChange"] = {
    policy: { country: "IE", default_crm_user: null },
    crm: { kind: "webhook", url: crm, secret: setting("CRM_SECRET"), revoke_former: true },
  };
  const after = given(await client.PATCH("/api/v1/connection", { body })).policy;
  assert.deepEqual([after.country, after.timezone], ["IE", before.timezone]);
  console.log(`changed: one setting of the policy, and no other: ${after.country}, ${after.timezone}`);
};

const map = async (): Promise<void> => {
  const extensions = given(await client.GET("/api/v1/extensions")).items;
  const phones = extensions.filter((one) => one.type === "phone");
  const users = phones.map((one) => ({ crm_user: `u${one.id}`, extension_ids: [one.id] }));
  console.log(`read: ${extensions.length} extensions, ${phones.length} of them phones, such as ${phones[0]?.number}`);

  const wrong = [...users.slice(0, 1), { crm_user: "nobody", extension_ids: [1] }];
  const problem = refused(422, await client.PUT("/api/v1/mapping", { body: { users: wrong } }));
  const field = problem.errors?.[0];
  assert.equal(field?.path, "users[1].extension_ids[0]");
  console.log(`refused: ${field.path}: ${field.message}`);

  const seen = given(await client.GET("/api/v1/mapping")).version;
  const saved = given(await client.PUT("/api/v1/mapping", { body: { users, version: seen } }));
  assert.equal(saved.version, seen + 1);
  const done = await until("events on the PBX", async () => {
    const now = given(await client.GET("/api/v1/provisioning"));
    assert.deepEqual(now.problems, []);
    return now.progress.done === now.progress.total && now.next_attempt_at === null ? now : undefined;
  });
  const now = given(await client.GET("/api/v1/extensions")).items.filter((one) => one.type === "phone");
  assert(now.every((one) => one.events.state === "installed"), JSON.stringify(now));
  console.log(`mapped: version ${done.version}, ${done.progress.done} of ${done.progress.total} extensions are done`);

  const late = refused(409, await client.PUT("/api/v1/mapping", { body: { users: [], version: seen } }));
  assert("current" in late, JSON.stringify(late));
  assert.equal(late.current.version, saved.version);
  console.log(`refused: a save on version ${seen}, since version ${late.current.version} is stored`);
};

/** The log of the last hour, page by page. */
const pages = async (state: Schemas["LogState"]): Promise<Call[][]> => {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const read: Call[][] = [];
  let cursor: string | null = null;
  do {
    const query: { from: string; state: Schemas["LogState"]; cursor?: string } = { from, state };
    if (cursor !== null) query.cursor = cursor;
    const page: Schemas["Page_Call"] = given(await client.GET("/api/v1/calls", { params: { query } }));
    read.push(page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return read;
};

const list = async (): Promise<Call> => {
  const played: string[] = [];
  for (let at = 0; at < CALLS; at += 1) played.push(await play("A"));
  const read = await until("deliveries", async () => {
    const read = await pages("delivered");
    const found = new Set(read.flat().map((call) => call.call_id));
    return played.every((call) => found.has(call)) ? read : undefined;
  });
  const calls = read.flat();
  assert(read.length > 1 && new Set(calls.map((call) => call.record_id)).size === calls.length);
  const newest = calls[0];
  assert(newest?.outcome === "answered" && !Number.isNaN(Date.parse(newest.started_at)), JSON.stringify(newest));
  console.log(`listed: ${calls.length} records on ${read.length} pages, all that were played among them`);
  return newest;
};

const open = async (call: Call): Promise<void> => {
  const detail = async (record_id: string): Promise<Schemas["CallDetail"]> =>
    given(await client.GET("/api/v1/calls/{record_id}", { params: { path: { record_id } } }));
  const opened = await detail(call.record_id);
  assert.equal(opened.record_id, call.record_id);
  assert.deepEqual(opened.attempts?.map((one) => one.class), ["delivered"]);
  const fields = opened.events.map((event) => event.fields["EventType"]).join(", ");
  console.log(`opened: ${opened.attempts.length} attempt, status ${opened.attempts[0]?.status}, of the events ${fields}`);

  const inside = await play("K");
  const found = await until("a call inside", async () => {
    const read = await pages("not_logged");
    return read.flat().find((one) => one.call_id === inside);
  });
  const leg = await detail(found.record_id);
  assert(leg.type === null && leg.attempts === undefined, JSON.stringify(leg));
  console.log(`opened: a leg without a record: ${leg.delivery.reason}`);
};

const resend = async (call: Call): Promise<void> => {
  const path = { record_id: call.record_id };
  const first = refused(409, await client.POST("/api/v1/calls/{record_id}/resend", { params: { path } }));
  const body = { force: true };
  const again = given(await client.POST("/api/v1/calls/{record_id}/resend", { params: { path }, body }));
  assert.deepEqual([again.delivery.state, again.delivery.attempts], ["delivered", call.delivery.attempts + 1]);
  const nothing = { path: { record_id: "nothing" } };
  refused(404, await client.POST("/api/v1/calls/{record_id}/resend", { params: nothing, body }));
  console.log(`resent: attempt ${again.delivery.attempts}; without force it says: ${first.detail}`);
};

await connect();
await change();
await map();
const call = await list();
await open(call);
await resend(call);
