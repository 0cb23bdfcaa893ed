// The pages that stand beside Ringbridge's own on a laptop: the index, the simulated PBX, the inbox. They are in English.

import { until } from "../runner.mjs";
import { check, equal } from "../tally.mjs";

/** From the index to the PBX, a call led by hand, its row in the inbox, its entry in the log. */
export async function beside(visitor) {
  const { page, runner } = visitor;
  await page.goto(`${runner.origin}/`, { waitUntil: "load" });
  equal(await page.locator("main ul.cards a").count(), 5, "places that the index leads to");
  await visitor.look("index");
  await visitor.press(page.getByRole("link", { name: "Simulated PBX" }));
  await visitor.look("simulator");
  const seen = (what, selector, text) => until(what, async () => {
    if (!visitor.script) await page.reload();
    return (await page.locator(selector).filter({ hasText: text }).count()) > 0;
  });
  const act = async (button) => {
    if (visitor.script) await button.click();
    else await visitor.press(button);
  };
  await page.fill("#caller", "+442079460999");
  await act(page.getByRole("button", { name: "Call Mary Example" }));
  await seen("it rings", "#calls h3", "ringing");
  await act(page.locator("#calls").getByRole("button", { name: "Answer" }));
  await seen("they talk", "#calls h3", "talking");
  await act(page.locator("#calls").getByRole("button", { name: "Hold" }));
  await seen("on hold", "#calls h3", "on hold");
  await act(page.locator("#calls").getByRole("button", { name: "Transfer to John Sample" }));
  await act(page.locator("#calls").getByRole("button", { name: "Answer" }));
  await act(page.locator("#calls").getByRole("button", { name: "Hang up" }));
  await seen("it is over", "#calls h3", "over");
  await page.locator("#posted summary").first().click();
  await visitor.look("simulator-call");
  await trouble(visitor, act, seen);
  await inbox(visitor, seen);
  await page.goto(`${runner.pbx}/`, { waitUntil: "load" });
  await visitor.press(page.locator("#calls").getByRole("link", { name: "its entry in the log" }));
  check(page.url().startsWith(`${runner.app}/calls?call=`) || page.url().includes("sign-in"), `the log, not ${page.url()}`);
}

/** Switches stay as they are put, and the page says so. */
async function trouble(visitor, act, seen) {
  const { page } = visitor;
  await act(page.locator("#crm-down"));
  await seen("the CRM is down", '#crm-down[aria-pressed="true"]', "down");
  await page.selectOption("#event", "hangup");
  await act(page.locator("#lose"));
  await seen("the next hangup will be lost", "#trouble p", "will be lost");
  await visitor.look("simulator-trouble");
  await act(page.locator("#heal"));
  await seen("nothing goes wrong", "#trouble p", "Nothing goes wrong");
}

/** The call is one row, which changes without the page being lost. */
async function inbox(visitor, seen) {
  const { page, runner } = visitor;
  await page.goto(runner.inbox, { waitUntil: "load" });
  await seen("the call has ended", "#inbox tr .tag", "ended");
  await page.locator("#inbox summary").first().click();
  await visitor.look("inbox");
  if (!visitor.script) return;
  for (let call = 0; call < 8; call += 1) await runner.play("A");
  await until("rows for all calls", async () => (await page.locator("#inbox tbody tr").count()) >= 9);
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  // Asked in one step: the page replaces its rows while messages come in, and a row that is held may be gone.
  const place = () => page.evaluate(() => Math.round([...document.querySelectorAll("#inbox tbody tr")].at(-1).getBoundingClientRect().y));
  const before = await place();
  const rows = await page.locator("#inbox tbody tr").count();
  await runner.play("A");
  await until("a new row", async () => (await page.locator("#inbox tbody tr").count()) > rows);
  const moved = Math.abs((await place()) - before);
  check(moved <= 2, `what is read moved by ${moved} px when a row came in above it`);
  check(await page.locator("#inbox details[open]").count() === 1, "the messages that were opened stay open");
}
