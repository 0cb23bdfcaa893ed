// What others write is text: a label on the PBX, a caller, a CRM's answer, the connection's name.

import { check } from "../tally.mjs";

const SCRIPT = '<script>window.played=1</script><img src=x onerror="window.played=1">';

/** Every page that could show it is opened; none plays it. */
export async function scriptIsText(visitor, crm) {
  const { page, runner } = visitor;
  await runner.simulate("label/731205", { text: SCRIPT });
  await visitor.go("/people");
  await visitor.send("/people/refresh");
  check((await visitor.text("#phones")).includes(SCRIPT), "the label is not shown as it is");
  await visitor.look("script-in-a-label");
  crm.refusal = { status: 422, body: SCRIPT };
  await runner.play("A", { caller: SCRIPT });
  await runner.play("H", { caller: SCRIPT });
  crm.refusal = null;
  for (const path of ["/overview", "/calls", "/unlogged", "/live", "/notices", "/settings", "/agents", "/try"]) {
    await visitor.go(path);
    check((await page.evaluate(() => window.played)) === undefined, `script was played on ${path}`);
    check((await page.locator("main img").count()) === 0, `markup of others on ${path}`);
  }
}
