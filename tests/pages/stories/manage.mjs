// Keys and the trail, notices, and the CRM's settings.

import { Visitor } from "../visitor.mjs";
import { until } from "../runner.mjs";
import { check, equal } from "../tally.mjs";

/** A key that only looks is made, shown once, refused a change, and revoked. */
export async function keys(visitor) {
  const { page } = visitor;
  await visitor.go("/keys");
  await visitor.look("keys");
  await visitor.type("name", "Reporting", 'main form[action$="/keys"]');
  await page.selectOption('main [name="scope"]', "read");
  await visitor.send("/keys");
  const key = (await visitor.text("#key code")).trim();
  check(key.startsWith("rb_"), "a key is shown");
  await visitor.look("key-made");
  const other = await Visitor.arrive(visitor.browser, visitor.runner, { ...visitor, artefacts: null });
  await other.signIn(key);
  await other.go("/people");
  await other.type("x.731205", "somebody");
  await other.send("/people");
  check((await other.page.locator("main [role=alert]").count()) === 1, "a key that only looks has changed something");
  await visitor.press(page.locator('main a.button[href$="/keys"]'));
  check(!(await page.content()).includes(key), "the key is shown again");
  const row = page.locator("main table").first().locator("tbody tr", { hasText: "Reporting" });
  await row.locator("summary").click();
  await visitor.press(row.locator('form[action$="/keys/revoke"] button'));
  equal(await page.locator("main table").first().locator("tbody tr", { hasText: "Reporting" }).count(), 0, "the key");
  await other.go("/keys");
  equal(other.path(), "/sign-in", "a key that was revoked leads");
  await other.leave();
  await visitor.look("keys-audit");
}

/** The CRM is tried with a record that is marked as a test; a CRM that fails says so. */
export async function checkingTheCrm(visitor, crm) {
  const { page } = visitor;
  await visitor.go("/crm");
  await visitor.look("crm");
  await visitor.send("/crm/check");
  check((await page.locator("main .good[role=status]").count()) === 1, "the CRM works");
  await visitor.look("crm-works");
  crm.refusal = { status: 403, body: "<script>window.played = true</script>" };
  await visitor.send("/crm/check");
  check((await page.locator("main .bad[role=alert]").count()) === 1, "the CRM fails");
  crm.refusal = null;
  await visitor.look("crm-fails");
}

/** What a CRM refuses becomes a notice that says what to do, and leads there. */
export async function notices(visitor, crm) {
  const { page, runner } = visitor;
  crm.refusal = { status: 422, body: "<script>window.played = true</script>" };
  await runner.play("A");
  await until("a notice", async () => {
    await visitor.go("/notices");
    return (await page.locator('main form[action$="/notices/dismiss"]').count()) > 0;
  });
  crm.refusal = null;
  await visitor.look("notices");
  const count = await page.locator('main form[action$="/notices/dismiss"]').count();
  await visitor.send("/notices/dismiss", "button.second");
  equal(await page.locator('main form[action$="/notices/dismiss"]').count(), count - 1, "notices that are left");
}
