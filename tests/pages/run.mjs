// Plays every story in Chromium against local runners: wide and narrow, in English and Russian, once without script, once
// by keys alone. `node run.mjs readme` makes the README's pictures instead. The variables are in .ci/pages.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { chromium } from "playwright-core";
import { Crm } from "./crm.mjs";
import { weigh } from "./look.mjs";
import { pictures } from "./readme.mjs";
import { Runner } from "./runner.mjs";
import * as attack from "./stories/attack.mjs";
import { beside } from "./stories/beside.mjs";
import * as calls from "./stories/calls.mjs";
import * as connect from "./stories/connect.mjs";
import { byKeysAlone } from "./stories/keyboard.mjs";
import * as manage from "./stories/manage.mjs";
import * as people from "./stories/people.mjs";
import { settings } from "./stories/settings.mjs";
import { firstRecord } from "./stories/stopwatch.mjs";
import { beingTold } from "./stories/told.mjs";
import { agents, tryout } from "./stories/tryout.mjs";
import { fault, story, sum } from "./tally.mjs";
import { Visitor } from "./visitor.mjs";

const WAYS = [
  { lang: "en", width: 1280 },
  { lang: "ru", width: 390 },
  { lang: "en", width: 390 },
  { lang: "ru", width: 1280 },
  { lang: "en", width: 1280, script: false },
];
const PAGES = ["/overview", "/calls", "/unlogged", "/live", "/agents", "/people", "/notices", "/told", "/try", "/settings", "/keys", "/crm", "/disconnect"];

const program = process.env.RUNNER;
// For whoever works on one page: stories whose names match are not played.
const LEFT_OUT = process.env.LEAVE_OUT;
const artefacts = process.env.ARTEFACTS || (await mkdtemp(`${tmpdir()}/ringbridge-pages-`));
// Chromium's own sandbox wants a user who is not root.
const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });

/** All stories, one after the other, as one person lives them. */
async function everything(way) {
  const name = `${way.lang} ${way.width}${way.script === false ? " without script" : ""}`;
  console.log(`\n${name}`);
  const runner = await Runner.start(program);
  const crm = await Crm.start();
  const visitor = await Visitor.arrive(browser, runner, { ...way, artefacts: way.script === false ? null : artefacts });
  const told = async (what, play) => (LEFT_OUT && new RegExp(LEFT_OUT).test(what) ? true : story(`${name}: ${what}`, play));
  try {
    let key = runner.key;
    await told("a stranger, wrong keys, two languages", () => connect.strangers(visitor));
    await told("signing out", () => connect.signingOut(visitor));
    await told("disconnecting", () => connect.disconnecting(visitor, key, "Demo"));
    const connected = await told("connecting by App ID and Secret", async () => { key = await connect.byApplication(visitor, crm); });
    // Without a connection all that follows would fail for the same reason.
    if (!connected) return;
    await told("mapping people", () => people.mapping(visitor));
    await told("two tabs", () => people.twoTabs(visitor));
    await told("a session that ends", () => people.endedSession(visitor, key));
    await told("keys and the trail", () => manage.keys(visitor));
    await told("trying the CRM", () => manage.checkingTheCrm(visitor, crm));
    await told("notices", () => manage.notices(visitor, crm));
    await told("being told of notices elsewhere", () => beingTold(visitor));
    await calls.all(visitor, crm, told);
    await told("the guided try-out", () => tryout(visitor, crm));
    await told("the agents of queues", () => agents(visitor));
    await told("settings, their effect, two tabs", () => settings(visitor));
    await told("script in labels, names and answers", () => attack.scriptIsText(visitor, crm));
    if (visitor.script) {
      await told("weight", async () => {
        let most = 0;
        for (const path of PAGES) most = Math.max(most, await weigh(visitor, path));
        console.log(`   the heaviest page and its assets: ${(most / 1024).toFixed(1)} KiB`);
      });
    }
    await told("disconnecting what was connected", () => connect.disconnecting(visitor, key, "Пример & Co"));
    await told("a consent that is refused", () => connect.byConsent(visitor, crm, { refuse: true }));
    await told("by consent to the first record, by the clock", () => firstRecord(visitor, crm));
  } finally {
    await visitor.leave();
    await crm.stop();
    await runner.stop();
  }
}

/** A CRM that has a list of its people. */
async function withPeople(way) {
  const name = `${way.lang} ${way.width}, a CRM with people`;
  console.log(`\n${name}`);
  const runner = await Runner.start(program, ["--crm", "bitrix24"]);
  const visitor = await Visitor.arrive(browser, runner, { ...way, artefacts });
  await story(`${name}: offers`, () => people.offers(visitor, runner.key));
  await visitor.leave();
  await runner.stop();
}

/** What stands beside Ringbridge on a laptop, with the demo's three people. */
async function onALaptop(way) {
  const name = `a laptop, ${way.width}${way.script === false ? " without script" : ""}`;
  console.log(`\n${name}`);
  const runner = await Runner.start(program, ["--demo"]);
  const visitor = await Visitor.arrive(browser, runner, { ...way, artefacts: way.script === false ? null : artefacts });
  await story(`${name}: index, simulator, inbox`, () => beside(visitor));
  await visitor.leave();
  await runner.stop();
}

async function withoutMouse() {
  console.log("\nkeys alone");
  const runner = await Runner.start(program);
  const crm = await Crm.start();
  const visitor = await Visitor.arrive(browser, runner, { lang: "en", width: 1280 });
  await story("keys alone: from connecting to mapping", () => byKeysAlone(visitor, crm));
  await visitor.leave();
  await crm.stop();
  await runner.stop();
}

const wanted = process.env.ONLY ? WAYS.filter((way) => process.env.ONLY.includes(`${way.lang}-${way.width}${way.script === false ? "-plain" : ""}`)) : WAYS;
try {
  if (process.argv[2] === "readme") {
    await pictures(browser, program, process.argv[3]);
  } else {
    for (const way of wanted) await everything(way);
    for (const way of wanted.slice(0, 2)) await withPeople(way);
    for (const way of wanted.filter((way) => way.lang === "en")) await onALaptop(way);
    await withoutMouse();
  }
} catch (error) {
  fault("the run", error.stack);
}
await browser.close();
console.log(`\nscreenshots: ${artefacts}`);
process.exit(sum() ? 0 : 1);
