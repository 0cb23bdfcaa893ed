// The guided try-out, from ring to CRM, and the agents of queues.

import { steady } from "../look.mjs";
import { until } from "../runner.mjs";
import { check, equal } from "../tally.mjs";

/** The agent of the simulated queue at Mary's phone. */
const AGENT = 5512;

/** One call, played by the simulator, passes all stations while somebody looks. */
export async function tryout(visitor, crm) {
  const { page } = visitor;
  const before = crm.records.length;
  await visitor.go("/try");
  await visitor.look("try");
  await visitor.send("/try/play");
  await visitor.look("try-following");
  await passed(visitor);
  await crm.received(before + 1);
  equal(await page.locator("ol.steps li .wrong").count(), 0, "stations that say that something is wrong");
  await visitor.look("try-done");
  await visitor.go("/try");
  await visitor.press(page.locator('main a[href*="since=now"]'));
  await visitor.look("try-waiting");
  if (visitor.script) await steady(visitor, page, "try-waiting");
}

/** Waits until the call has passed all stations; without script the page is read again. */
export function passed(visitor) {
  const { page, script } = visitor;
  return until("all stations are passed", async () => {
    if (!script) await page.reload();
    const all = await page.locator("ol.steps li").count();
    return all > 0 && (await page.locator("ol.steps li.done").count()) === all;
  });
}

/** Who of each queue is ready. */
export async function agents(visitor) {
  const { page, runner, script } = visitor;
  await runner.simulate(`agent/${AGENT}/logout`);
  await visitor.go("/agents");
  equal(visitor.path(), "/agents", "the agents");
  check((await page.locator("main h1").count()) === 1, "the page has no heading");
  await visitor.look("agents");
  if (script) await steady(visitor, page, "agents");
  const before = await visitor.text("main");
  await runner.simulate(`agent/${AGENT}/login`);
  await until("the page shows that they are ready", async () => {
    if (!script) await page.reload();
    return (await visitor.text("main")) !== before;
  });
  await visitor.look("agents-ready");
}
