// HubSpot's client and types beside our connector and our simulated account; `.ci/hubspot` says which.
//
//   types REQUESTS FILE   writes each body that the connector sent into FILE, as a value of the client's own type
//   client ACCOUNT        asks the program ACCOUNT, a simulated account, through the client

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const CRM = "@hubspot/api-client/lib/codegen/crm";
// What is posted where, and the type that it must have.
const TYPES = [
  ["POST", /^\/crm\/v3\/objects\/calls$/, "objects/calls", "SimplePublicObjectInputForCreate"],
  ["POST", /^\/crm\/v3\/objects\/calls\/batch\/upsert$/, "objects/calls", "BatchInputSimplePublicObjectBatchInputUpsert"],
  ["POST", /^\/crm\/v3\/objects\/contacts$/, "contacts", "SimplePublicObjectInputForCreate"],
  ["POST", /^\/crm\/v3\/objects\/contacts\/search$/, "contacts", "PublicObjectSearchRequest"],
  ["POST", /^\/crm\/v3\/properties\/calls$/, "properties", "PropertyCreate"],
  ["POST", /^\/crm\/v3\/properties\/calls\/groups$/, "properties", "PropertyGroupCreate"],
  ["POST", /^\/crm\/v3\/extensions\/calling\/recordings\/ready$/, "extensions/calling", "MarkRecordingAsReadyRequest"],
];
// Texts that the client knows as members of an enumeration: its type does not take the text itself.
const ENUMS = {
  associationCategory: "AssociationSpecAssociationCategoryEnum",
  operator: "FilterOperatorEnum",
  type: "PropertyCreateTypeEnum",
  fieldType: "PropertyCreateFieldTypeEnum",
};

/** A value as TypeScript has it. */
const written = (value, model, enums, key) => {
  if (Array.isArray(value)) return `[${value.map((one) => written(one, model, enums, key)).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${written(one, model, enums, name)}`);
    return `{ ${fields.join(", ")} }`;
  }
  const name = ENUMS[key];
  if (name === undefined || typeof value !== "string") return JSON.stringify(value);
  enums.add(`${model}|${name}`);
  const member = value.toLowerCase().split("_").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  return `${alias(model, name)}.${member}`;
};

const alias = (model, name) => `${model.replace(/\W/g, "_")}_${name}`;

const types = (folder, file) => {
  const [lines, imports, enums, seen] = [new Set(), new Set(), new Set(), new Set()];
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(`${folder}/${name}`, "utf8").trim().split("\n").filter(Boolean)) {
      const { method, path, body } = JSON.parse(line);
      const kind = TYPES.find(([verb, pattern]) => verb === method && pattern.test(path));
      if (kind === undefined) continue;
      const [, , model, type] = kind;
      seen.add(type + model);
      imports.add(`${model}|${type}`);
      lines.add(`taken<${alias(model, type)}>(${written(body, model, enums)});`);
    }
  }
  for (const [, pattern, model, type] of TYPES) assert(seen.has(type + model), `nothing was sent to ${pattern}`);
  const imported = (one, kind) => {
    const [model, name] = one.split("|");
    const file = kind === "type" ? name : name.replace(/(Association[A-Z][a-z]+Category|Operator|Type|FieldType)Enum$/, "");
    const of = { AssociationSpecAssociationCategoryEnum: "AssociationSpec", FilterOperatorEnum: "Filter",
      PropertyCreateTypeEnum: "PropertyCreate", PropertyCreateFieldTypeEnum: "PropertyCreate" }[name] ?? file;
    return `import { ${name} as ${alias(model, name)} } from "${CRM}/${model}/models/${of}.js";`;
  };
  const head = [...[...imports].map((one) => imported(one, "type")), ...[...enums].map((one) => imported(one, "enum"))];
  writeFileSync(file, `${head.join("\n")}\nconst taken = <T>(value: T): T => value;\n${[...lines].join("\n")}\n`);
  console.log(`hubspot: ${lines.size} different bodies as values of ${imports.size} types`);
};

const client = async (program) => {
  const account = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [line] = await Promise.race([
      new Promise((told) => createInterface(account.stdout).once("line", (text) => told([text]))),
      new Promise((_, failed) => account.once("exit", (code) => failed(new Error(`the account ended with ${code}`)))),
    ]);
    await ask(JSON.parse(line));
  } finally {
    account.kill();
  }
};

const ask = async ({ url, token, client_id, client_secret, code }) => {
  const { Client } = await import("@hubspot/api-client");
  const hubspot = new Client({ accessToken: token, basePath: url, numberOfApiCallRetries: 0 });
  const refused = async (asked, code, category) => {
    const error = await asked.then(() => undefined, (error) => error);
    assert(error, `${code} was expected`);
    assert.equal(error.code, code);
    if (category) assert.equal(error.body.category, category);
  };
  const key = "ringbridge_record_id";
  const { calls } = hubspot.crm.objects;
  const fields = { hs_timestamp: "2026-09-01T12:00:00Z", hs_call_duration: "74000", hs_call_status: "COMPLETED", [key]: "r1" };
  // Without the property nothing has a key.
  await refused(calls.basicApi.create({ properties: fields, associations: [] }), 400, "VALIDATION_ERROR");
  await hubspot.crm.properties.groupsApi.create("calls", { name: "ringbridge", label: "Ringbridge" });
  const property = { name: key, label: "Key", groupName: "ringbridge", type: "string", fieldType: "text", hasUniqueValue: true };
  await hubspot.crm.properties.coreApi.create("calls", property);
  await refused(hubspot.crm.properties.coreApi.create("calls", property), 409, "OBJECT_ALREADY_EXISTS");
  assert.equal((await hubspot.crm.properties.coreApi.getByName("calls", key)).hasUniqueValue, true);
  const { results: owners } = await hubspot.crm.owners.ownersApi.getPage("ann@example.com", undefined, 100, false);
  assert.deepEqual(owners.map((owner) => owner.id), ["1"]);
  const contact = await hubspot.crm.contacts.basicApi.create({ properties: { phone: "+442079460555" }, associations: [] });
  const groups = [{ filters: [{ propertyName: "phone", operator: "IN", values: ["+442079460555"] }] }];
  const wanted = { filterGroups: groups, sorts: [], properties: ["phone"], limit: 10, after: "0" };
  const found = await hubspot.crm.contacts.searchApi.doSearch(wanted);
  assert.deepEqual(found.results.map((one) => one.id), [contact.id]);
  const types = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 194 }];
  const call = await calls.basicApi.create({ properties: fields, associations: [{ to: { id: contact.id }, types }] });
  await refused(calls.basicApi.create({ properties: fields, associations: [] }), 400, "VALIDATION_ERROR");
  const input = (id, status) => ({ id, idProperty: key, properties: { ...fields, [key]: id, hs_call_status: status } });
  const upserted = await calls.batchApi.upsert({ inputs: [input("r1", "BUSY"), input("r2", "MISSED")] });
  assert.deepEqual(upserted.results.map((one) => one._new), [false, true]);
  assert.equal(upserted.results[0].id, call.id);
  // One of two fails: 207.
  const partly = await calls.batchApi.upsert({ inputs: [input("r1", "NO_ANSWER"), input("r3", "ASLEEP")] });
  assert.deepEqual([partly.results.length, partly.numErrors, partly.errors[0].category], [1, 1, "VALIDATION_ERROR"]);
  const read = await calls.basicApi.getById("r1", undefined, undefined, undefined, false, key);
  assert.deepEqual([read.id, read.properties.hs_call_status], [call.id, "NO_ANSWER"]);
  await hubspot.crm.associations.v4.basicApi.createDefault("calls", call.id, "contacts", contact.id);
  await calls.basicApi.archive(call.id);
  await refused(calls.basicApi.getById(call.id), 404, "OBJECT_NOT_FOUND");
  const stranger = new Client({ accessToken: "pat-wrong", basePath: url, numberOfApiCallRetries: 0 });
  await refused(stranger.crm.owners.ownersApi.getPage(), 401, "INVALID_AUTHENTICATION");
  // An application's tokens.
  const back = "https://bridge.example/api/v1/crm/callback";
  const given = await hubspot.oauth.tokensApi.create("authorization_code", code, back, client_id, client_secret);
  const renewed = await hubspot.oauth.tokensApi.create("refresh_token", undefined, undefined, client_id, client_secret, given.refreshToken);
  assert.notEqual(renewed.accessToken, given.accessToken);
  await refused(hubspot.oauth.tokensApi.create("refresh_token", undefined, undefined, client_id, client_secret, "void"), 400);
  const about = await hubspot.oauth.accessTokensApi.get(renewed.accessToken);
  assert.deepEqual([about.appId, about.hubId], [1160452, 62515]);
  const application = new Client({ accessToken: renewed.accessToken, basePath: url, numberOfApiCallRetries: 0 });
  await application.crm.extensions.calling.recordingSettingsApi.markAsReady({ engagementId: Number(call.id) });
  console.log("hubspot: its own client gets on with the simulated account");
};

const [what, ...rest] = process.argv.slice(2);
await { types, client }[what](...rest);
