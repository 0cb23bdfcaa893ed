// From connecting to mapping with Tab, Enter and letters alone, and the focus always to be seen.

import { check, equal } from "../tally.mjs";
import { APP } from "./connect.mjs";

const FOCUS = () => {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    what: `${one.tagName.toLowerCase()}[${one.getAttribute("name") ?? one.getAttribute("href") ?? ""}]`,
    form: one.closest("form")?.getAttribute("action") ?? "",
    seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
};

/** Tabs on until the focus is on something; a page that can't be walked through ends the story. */
async function tabTo(page, what, fits) {
  for (let steps = 0; steps < 80; steps += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(FOCUS);
    if (focus.what.startsWith("body")) continue;
    check(focus.seen, `the focus on ${focus.what} can't be seen`);
    if (fits(focus)) return;
  }
  throw new Error(`Tab does not reach ${what}`);
}

const field = (page, form, name) => tabTo(page, name, (at) => at.form.endsWith(form) && at.what.includes(`[${name}]`));
const button = (page, form) => tabTo(page, `the button of ${form}`, (at) => at.form.endsWith(form) && at.what.startsWith("button"));
const link = (page, href) => tabTo(page, href, (at) => at.what.startsWith("a[") && at.what.endsWith(`${href}]`));

async function enter(page) {
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
}

export async function byKeysAlone(visitor, crm) {
  const { page } = visitor;
  await visitor.go("/sign-in");
  await link(page, "/connect");
  await enter(page);
  await page.keyboard.press("Tab");
  equal((await page.evaluate(FOCUS)).what, "a[#content]", "the first stop of a page");
  await page.keyboard.press("Enter");
  await field(page, "/connect/pbx", "name");
  await page.keyboard.type("By keys");
  await field(page, "/connect/pbx", "pbx.app_id");
  await page.keyboard.type(APP.id);
  await field(page, "/connect/pbx", "pbx.app_secret");
  await page.keyboard.type(APP.secret);
  await enter(page);
  for (let kinds = 0; ; kinds += 1) {
    check(kinds < 20, "Tab does not reach the webhook");
    await tabTo(page, "a kind of CRM", (at) => at.what.startsWith("summary"));
    const kind = await page.evaluate(() => document.activeElement.closest("details").querySelector('[name="crm.kind"]').value);
    if (kind === "webhook") break;
  }
  await page.keyboard.press("Enter");
  await field(page, "/connect/crm", "crm.url");
  await page.keyboard.type(crm.url);
  await field(page, "/connect/crm", "crm.secret");
  await page.keyboard.type(crm.secret);
  await button(page, "/connect/crm");
  await enter(page);
  await link(page, "/people");
  await enter(page);
  await field(page, "/people", "x.731205");
  await page.keyboard.type("mary");
  await button(page, "/people");
  await enter(page);
  equal(await page.inputValue('main [name="x.731205"]'), "mary", "who was mapped by keys alone");
}
