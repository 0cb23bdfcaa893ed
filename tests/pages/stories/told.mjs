// By which ways administrators are told: chosen, wrong at its field, tried.

import { check } from "../tally.mjs";
import { Crm } from "../crm.mjs";

const FORM = 'main form[action$="/told"]';

export async function beingTold(visitor) {
  const { page } = visitor;
  const receiver = await Crm.start();
  await visitor.go("/told");
  await visitor.look("told");
  await visitor.type("notify.webhook.url", receiver.url, FORM);
  await visitor.type("notify.webhook.secret", "whsec_short", FORM);
  await visitor.send("/told");
  await visitor.wrongAt("notify.webhook.secret", FORM);
  await visitor.look("told-wrong");
  await visitor.type("notify.webhook.secret", receiver.secret, FORM);
  await visitor.send("/told");
  check((await page.locator("main .good[role=status]").count()) === 1, "it is not said that it is saved");
  await visitor.send("/told/test");
  check(receiver.asked > 0, "the test did not reach the webhook");
  await visitor.look("told-tried");
  await receiver.stop();
}
