// Calls as they come: on the overview, in the log, live, opened, sent again one by one and many at once, and those that
// gave no record. Mary's phone is mapped, Zoë's is not.

import { steady } from "../look.mjs";
import { until } from "../runner.mjs";
import { check, equal } from "../tally.mjs";

const CALLER = "+447700900123";
const UNMAPPED = "731207";
const FAILING = { status: 500, body: "down" };
const REFUSING = { status: 422, body: "no" };

/** All of it, in the order in which calls come. */
export async function all(visitor, crm, told) {
  await told("calls arrive on the overview", () => arriving(visitor, crm));
  await told("a missed caller is called back", () => callingBack(visitor));
  await told("looking for calls", () => searching(visitor));
  await told("one call opened, and sent again", () => sendingAgain(visitor, crm));
  await told("many sent again, those given up too", () => sendingManyAgain(visitor, crm));
  await told("calls that are not logged", () => notLogged(visitor));
  await told("calls that ring and are talked on now", () => live(visitor));
}

const rows = (page) => page.locator("main table").first().locator("tbody tr");

/** Waits until a list has a line that says so. */
function listed(visitor, path, text) {
  return until(`${text} on ${path}`, async () => {
    await visitor.go(path);
    return (await visitor.page.locator("main tbody tr", { hasText: text }).count()) > 0;
  });
}

async function arriving(visitor, crm) {
  const { page, runner } = visitor;
  const before = crm.records.length;
  await runner.play("A", { caller: CALLER });
  await runner.play("H", { caller: CALLER });
  await runner.play("F", { caller: "+447700900456" });
  await crm.received(before + 3);
  await until("the overview counts the calls", async () => {
    await visitor.go("/overview");
    return /[3-9]/.test(await visitor.text(".card .big"));
  });
  check((await page.locator('main svg[role="img"]').count()) >= 2, "charts are missing");
  await visitor.look("overview");
}

async function callingBack(visitor) {
  const { page } = visitor;
  await visitor.go("/overview");
  const row = page.locator("main tr", { hasText: "900456" });
  await visitor.press(row.locator('form[action$="/call-back"] button'));
  check((await page.locator("main .good[role=status]").count()) === 1, "it is not said that the phone rings");
  await visitor.look("overview-called-back");
}

async function searching(visitor) {
  const { page } = visitor;
  const search = 'main form[role="search"]';
  await visitor.go("/calls");
  check((await rows(page).count()) >= 3, "the calls are not in the log");
  await visitor.look("calls");
  await visitor.type("number", "+44 7700 900 456", search);
  await visitor.press(page.locator(`${search} button`));
  const found = await rows(page).allInnerTexts();
  check(found.length > 0 && found.every((row) => row.includes("7700900456")), `found by a number: ${found}`);
  await visitor.look("calls-found");
  await visitor.type("number", "12", search);
  await visitor.press(page.locator(`${search} button`));
  await visitor.wrongAt("number", search);
  await visitor.type("number", "", search);
  await page.selectOption(`${search} [name="outcome"]`, "busy");
  await visitor.press(page.locator(`${search} button`));
  equal(await page.locator("main table").count(), 0, "lists of calls that nobody made");
  await visitor.look("calls-none");
}

/** Opens the newest call of a list. */
async function open(visitor, path) {
  await visitor.go(path);
  await visitor.press(rows(visitor.page).first().locator("td a").first());
}

async function sendingAgain(visitor, crm) {
  const { page, runner } = visitor;
  await open(visitor, "/calls?state=delivered");
  check((await page.locator('main svg[role="img"]').count()) >= 1, "no line of time");
  const event = page.locator("main details").first();
  await event.locator("summary").click();
  check(/CallID/i.test(await event.innerText()), "an event does not show what came");
  await visitor.look("call");
  const before = crm.records.length;
  const resend = 'main form[action*="/resend"] button';
  await visitor.press(page.locator(resend));
  check((await page.locator("main .warn").count()) === 1, "a second record is made without a question");
  await visitor.look("call-ask");
  await visitor.press(page.locator(resend));
  await crm.received(before + 1);

  crm.refusal = REFUSING;
  await runner.play("A", { caller: "+447700900789" });
  await listed(visitor, "/calls?state=parked", "900789");
  crm.refusal = null;
  await visitor.look("calls-parked");
  await open(visitor, "/calls?state=parked&number=%2B447700900789");
  await visitor.look("call-parked");
  const parked = crm.records.length;
  await visitor.press(page.locator(resend));
  await crm.received(parked + 1);
  check((await page.locator("main [role=status]").count()) === 1, "it is not said that it was sent again");
  await visitor.look("call-resent");
}

async function sendingManyAgain(visitor, crm) {
  const { page, runner, script } = visitor;
  crm.refusal = FAILING;
  await runner.play("A", { caller: "+447700900246" });
  await listed(visitor, "/calls?state=gave_up", "900246");
  crm.refusal = null;
  await visitor.look("calls-given-up");
  const before = crm.records.length;
  // What failed may have the next attempts held back for a while.
  await visitor.go("/calls");
  await visitor.send("/calls/resend");
  await visitor.look("calls-resending");
  await until("all are sent again", async () => {
    if (!script) await page.reload();
    return page.locator("#resending .good").isVisible();
  }, 60);
  await until("the CRM has it", () => crm.records.slice(before).some((one) => JSON.stringify(one).includes("7700900246")), 60);
}

async function notLogged(visitor) {
  const { page, runner } = visitor;
  await runner.play("K");
  await runner.play("A", { phone: UNMAPPED, caller: "+447700900135" });
  await until("two calls that were not logged", async () => {
    await visitor.go("/unlogged");
    return (await rows(page).count()) >= 1;
  });
  await visitor.look("unlogged");
  await visitor.press(rows(page).first().locator("td a").first());
  await visitor.look("unlogged-call");
}

async function live(visitor) {
  const { page, runner, script } = visitor;
  await visitor.go("/live");
  await visitor.look("live-quiet");
  if (script) await steady(visitor, page, "live-quiet");
  await runner.simulate("delay/answer", { seconds: 300 });
  await runner.simulate("delay/hangup", { seconds: script ? 14 : 6 });
  await runner.play("A", { caller: "+447700900864" });
  await until("a call that rings", async () => {
    if (!script) await page.reload();
    return page.locator("#live tr", { hasText: "900864" }).isVisible();
  });
  await visitor.look("live");
  if (script) await steady(visitor, page, "live");
  await until("the call has ended", async () => {
    if (!script) await page.reload();
    return (await page.locator("#live tr", { hasText: "900864" }).count()) === 0;
  });
}
