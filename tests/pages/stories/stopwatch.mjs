// From the consent to the first record in the CRM, by the clock.

import { check } from "../tally.mjs";
import { byConsent } from "./connect.mjs";
import { installed } from "./people.mjs";
import { passed } from "./tryout.mjs";

/** What somebody needs who reads before they press, and types with two fingers. What is pasted counts as typed. */
const SECONDS_A_CLICK = 4;
const SECONDS_A_LETTER = 0.3;
const MOST = 180;

export async function firstRecord(visitor, crm) {
  const { page } = visitor;
  const artefacts = visitor.artefacts;
  // Looking at pages for faults is not a person's work.
  Object.assign(visitor, { clicks: 0, keys: 0, look: async () => {}, artefacts: null });
  const [began, before] = [Date.now(), crm.records.length];
  await byConsent(visitor, crm);
  await visitor.type("x.731205", "mary");
  await visitor.send("/people");
  await installed(visitor);
  await visitor.press(page.locator('nav a[href$="/try"]'));
  await visitor.send("/try/play");
  await passed(visitor);
  await crm.received(before + 1);
  const machine = (Date.now() - began) / 1000;
  const { clicks, keys } = visitor;
  delete visitor.look;
  visitor.artefacts = artefacts;
  const person = clicks * SECONDS_A_CLICK + keys * SECONDS_A_LETTER;
  console.log(`   ${clicks} clicks, ${keys} letters, ${machine.toFixed(1)} s of the machine: ${(person + machine).toFixed(0)} s for a person`);
  check(clicks <= 12, `${clicks} clicks to the first record`);
  check(person + machine < MOST, `${(person + machine).toFixed(0)} s to the first record`);
}
