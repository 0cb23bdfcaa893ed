// The settings: their effect before they are saved, what is wrong at its field, and two tabs.

import { check, equal } from "../tally.mjs";

const FORM = 'main form[action$="/settings"]';
const save = 'button[value="save"]';

export async function settings(visitor) {
  const { page, script } = visitor;
  await visitor.go("/settings");
  await visitor.look("settings");
  await page.check(`${FORM} [name="policy.log_internal"]`);
  if (script) check((await visitor.text("[data-unsaved]")).includes("1"), "an unsaved change is not counted");
  await visitor.send("/settings", 'button[value="effect"]');
  check((await page.locator("#effect").count()) === 1, "no effect is shown");
  check(await page.isChecked(`${FORM} [name="policy.log_internal"]`), "what was ticked is gone");
  await visitor.look("settings-effect");
  await visitor.type("policy.timezone", "Europe/Nowhere", FORM);
  await visitor.send("/settings", save);
  await visitor.wrongAt("policy.timezone", FORM);
  await visitor.look("settings-wrong");
  await visitor.type("policy.timezone", "Europe/Moscow", FORM);
  await visitor.send("/settings", save);
  check((await page.locator("main .good").count()) === 1, "it is not said that they are saved");
  check(await page.isChecked(`${FORM} [name="policy.log_internal"]`), "what was saved is not there");

  const second = await visitor.tab();
  await visitor.go("/settings", second);
  await visitor.type("policy.country", "DE", FORM);
  await visitor.send("/settings", save);
  await visitor.type("policy.ignore_numbers", "+447700900999", FORM, second);
  await visitor.send("/settings", save, second);
  check((await second.locator("main .warn[role=alert]").count()) === 1, "the second save is not told of the first");
  await visitor.look("settings-conflict", second);
  await visitor.send("/settings", undefined, second);
  await second.close();
  await visitor.go("/settings");
  equal(await page.inputValue(`${FORM} [name="policy.ignore_numbers"]`), "+447700900999", "what was saved over it");
}
