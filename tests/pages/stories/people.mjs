// Who uses which extension: mapped, taken away, saved by two at once, by keys alone; a session that ends meanwhile.

import { steady } from "../look.mjs";
import { until } from "../runner.mjs";
import { check, equal } from "../tally.mjs";

const MARY = "x.731205";
const JOHN = "x.731206";

const stored = (visitor, name, page = visitor.page) => page.inputValue(`main [name="${name}"]`);

/** Waits until the events are on the PBX; with script the page says so by itself. */
export async function installed(visitor, page = visitor.page) {
  await until("all events are installed", async () => {
    if (!visitor.script) {
      const go = page.locator('main form[action$="/people/carry-out"] button');
      if (await go.isVisible()) await visitor.press(go, page);
      else await page.reload();
    }
    return page.locator("#progress .good").isVisible();
  });
}

/** Where the form and its fields are, which must not move while the events are installed. */
const places = (page) => page.evaluate(() => JSON.stringify([...document.querySelectorAll("main form, main input, .events")]
  .map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0).map(({ x, y }) => [Math.round(x), Math.round(y + scrollY)])));

/** Maps a phone, sees the events installed, takes it away again and is asked first. */
export async function mapping(visitor) {
  const { page, script } = visitor;
  await visitor.go("/people");
  await visitor.look("people-new");
  if (script) {
    await page.fill("#filter", "john");
    equal(await page.locator("#phones tr:visible").count(), 1, "lines that the search leaves");
    await page.fill("#filter", "");
  }
  await visitor.type(MARY, "mary");
  await visitor.type(JOHN, "john");
  if (script) {
    check(/2/.test(await visitor.text("[data-unsaved]")), "unsaved changes are counted");
    equal(await page.locator("main input.changed").count(), 2, "unsaved changes are marked");
    const asked = visitor.asked ?? 0;
    await page.reload();
    equal(visitor.asked, asked + 1, "whoever leaves unsaved changes is asked");
    await visitor.type(MARY, "mary");
    await visitor.type(JOHN, "john");
  }
  await visitor.send("/people");
  const before = await places(page);
  await visitor.look("people-installing");
  await installed(visitor);
  if (script) {
    equal(await places(page), before, "where things are once the events are installed");
    equal(await page.locator("#phones .tag.ok").count(), 2, "phones that are said to have their events");
  }
  await visitor.go("/people");
  await visitor.look("people");
  equal(await stored(visitor, MARY), "mary", "who was saved");

  await visitor.type(JOHN, "");
  await visitor.send("/people");
  check((await page.locator("main .warn").count()) === 1, "a save that removes is not said before");
  check(/John Sample/.test(await visitor.text("main table")), "what it removes is not said");
  await visitor.look("people-confirm");
  await visitor.go("/people");
  equal(await stored(visitor, JOHN), "john", "before it is confirmed");
  await visitor.type(JOHN, "");
  await visitor.send("/people");
  await visitor.send("/people");
  await installed(visitor);
  equal(await stored(visitor, JOHN), "", "after it is confirmed");
}

/** Of two tabs, the second to save is told who saved first, and what. */
export async function twoTabs(visitor) {
  const { page } = visitor;
  await visitor.go("/people");
  const second = await visitor.tab();
  await visitor.go("/people", second);
  await visitor.type(JOHN, "first");
  await visitor.send("/people");
  await visitor.type(JOHN, "second", "main", second);
  await visitor.send("/people", undefined, second);
  check((await second.locator("main .warn[role=alert]").count()) === 1, "the second save is not told of the first");
  const differing = await visitor.text("main table", second);
  check(/first/.test(differing) && /second/.test(differing), `not said who wants what: ${differing}`);
  await visitor.look("people-conflict", second);
  await visitor.send("/people", undefined, second);
  await second.close();
  await visitor.go("/people");
  equal(await stored(visitor, JOHN), "second", "what was saved over the first");
  await installed(visitor, page);
}

/** A form that is sent after the session has ended is kept over the sign-in. */
export async function endedSession(visitor, key) {
  const { context, page } = visitor;
  await visitor.go("/people");
  await visitor.type(JOHN, "kept meanwhile");
  await context.clearCookies({ name: "ringbridge_session" });
  await visitor.send("/people");
  check((await page.locator('main [name="key"]').count()) === 1, "no sign-in where the session has ended");
  await visitor.look("session-ended");
  await visitor.type("key", key);
  await visitor.send("/sign-in");
  equal(await page.inputValue(`main [name="${JOHN}"]`), "kept meanwhile", "what was typed before");
  await visitor.look("session-kept");
  await visitor.send("/people");
  if (await page.locator('main [name="confirmed"]').count()) await visitor.send("/people");
  await visitor.go("/people");
  equal(await stored(visitor, JOHN), "kept meanwhile", "what was kept and sent");
  await installed(visitor);
}

/** A CRM that knows its people: offers, whoever is not known, and the list of those without a phone. */
export async function offers(visitor, key) {
  const { page } = visitor;
  await visitor.signIn(key);
  await visitor.go("/people");
  await visitor.look("people-offers");
  await visitor.press(page.locator('main a[href*="offers=1"]'));
  check((await stored(visitor, MARY)).length > 0, "the offers are not filled in");
  await visitor.look("people-offers-taken");
  const offered = await stored(visitor, JOHN);
  await visitor.type(JOHN, "nobody that the CRM knows");
  await visitor.send("/people");
  await visitor.wrongAt(JOHN);
  await visitor.look("people-unknown");
  await visitor.type(JOHN, offered);
  await visitor.send("/people");
  await installed(visitor);
  equal(await stored(visitor, JOHN), offered, "who was saved");
}

/** The page while it refreshes itself. */
export async function steadily(visitor, name) {
  return steady(visitor, visitor.page, name);
}
