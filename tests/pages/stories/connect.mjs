// From a stranger to somebody who is signed in: keys, and connecting by an application or by consent.

import { check, equal } from "../tally.mjs";

/** What an administrator has at hand. */
export const APP = { id: process.env.APP_ID, secret: process.env.APP_SECRET };

/** A stranger is led to the sign-in; whatever is wrong with a key, the answer is the same; the language changes. */
export async function strangers(visitor) {
  const { page, lang, runner } = visitor;
  await visitor.go("/people?offers=1");
  equal(visitor.path(), "/sign-in", "a stranger is led to the sign-in");
  await visitor.look("sign-in");
  const answers = [];
  for (const key of ["x", "rb_nothing", `${runner.key.slice(0, -1)}${runner.key.endsWith("A") ? "B" : "A"}`]) {
    await visitor.type("key", key);
    await visitor.send("/sign-in");
    answers.push(await visitor.text("[role=alert]"));
  }
  check(answers[0] !== "" && answers.every((answer) => answer === answers[0]), `a wrong key answers ${answers}`);
  await visitor.look("wrong-key");
  await visitor.type("key", runner.key);
  await visitor.send("/sign-in");
  equal(visitor.path(), "/people", "the sign-in leads to the page that was asked for");
  equal(new URL(page.url()).search, "?offers=1", "with its query");
  const other = lang === "en" ? "ru" : "en";
  for (const wanted of [other, lang]) {
    await visitor.press(page.locator(`header button[name=language][value=${wanted}]`));
    equal(await page.getAttribute("html", "lang"), wanted, "the language that was chosen");
    equal(visitor.path(), "/people", "on the page where it was chosen");
  }
}

/** Whoever signs out is out, with the cookie that they had as well. */
export async function signingOut(visitor) {
  const { context, runner } = visitor;
  await visitor.signIn(runner.key);
  const cookies = await context.cookies();
  const session = cookies.find((cookie) => cookie.name === "ringbridge_session");
  check(session.httpOnly && session.sameSite === "Lax", "scripts and other sites get the session");
  await visitor.press(visitor.page.locator("header form.out button"));
  equal(visitor.path(), "/sign-in", "after signing out");
  await context.addCookies([session]);
  await visitor.go("/people");
  equal(visitor.path(), "/sign-in", "the cookie from before");
}

/** The end of the connection that the runner made, so that the next ones are first ones. */
export async function disconnecting(visitor, key, name) {
  await visitor.signIn(key);
  await visitor.go("/disconnect");
  await visitor.look("disconnect");
  await visitor.type("name", "something else", 'main form[action$="/disconnect"]');
  await visitor.send("/disconnect");
  await visitor.wrongAt("name");
  await visitor.type("name", name, 'main form[action$="/disconnect"]');
  await visitor.send("/disconnect");
  for (let tries = 0; tries < 10 && (await visitor.page.locator("main p.good").count()) === 0; tries += 1) {
    await visitor.go("/disconnect");
  }
  await visitor.look("disconnected");
  await visitor.signIn(key);
  check((await visitor.page.locator("[role=alert]").count()) === 1, "the key of a connection that is gone opens something");
}

/** Connects by App ID and App Secret; what is wrong is said at its field, and what was typed stays. Answers the key. */
export async function byApplication(visitor, crm) {
  const { page } = visitor;
  const form = 'main form[action$="/connect/pbx"]';
  await visitor.go("/sign-in");
  await visitor.press(page.locator('main a[href$="/connect"]'));
  await visitor.look("connect");
  await visitor.type("name", "Пример & Co", form);
  await visitor.type("pbx.app_id", APP.id, form);
  await visitor.type("pbx.app_secret", "not the secret", form);
  await visitor.send("/connect/pbx");
  await visitor.wrongAt("pbx.app_secret", form);
  equal(await page.inputValue(`${form} [name="name"]`), "Пример & Co", "the name that was typed");
  equal(await page.inputValue(`${form} [name="pbx.app_secret"]`), "", "the secret comes back");
  await visitor.look("connect-refused");
  await visitor.type("pbx.app_secret", APP.secret, form);
  await visitor.send("/connect/pbx");
  check(/90417/.test(await visitor.text("main .good")), "the page says whose account it found");
  await visitor.look("connect-crm");
  await webhook(visitor, crm.url, "whsec_short");
  await visitor.wrongAt("crm.secret");
  await visitor.look("connect-crm-refused");
  await webhook(visitor, crm.url, crm.secret, false);
  return connected(visitor);
}

/** Chooses the webhook, and fills it in. */
async function webhook(visitor, url, secret, closed = true) {
  const kind = visitor.page.locator('main details:has(input[name="crm.kind"][value=webhook])');
  if (closed) await kind.locator("summary").click();
  await kind.locator('[name="crm.url"]').fill(url);
  await kind.locator('[name="crm.secret"]').fill(secret);
  visitor.clicks = (visitor.clicks ?? 0) + 1;
  visitor.keys = (visitor.keys ?? 0) + url.length + secret.length;
  await visitor.press(kind.locator("button"));
}

/** The key is shown this once, can be copied, and opens the pages. */
async function connected(visitor) {
  const { page, script } = visitor;
  const key = (await visitor.text("#key code")).trim();
  check(key.startsWith("rb_"), "a key is shown");
  if (script) {
    await page.locator("#key button").click();
    equal(await page.evaluate(() => navigator.clipboard.readText()), key, "what was copied");
  } else {
    check(!(await page.locator("#key button").isVisible()), "a button that does nothing is shown");
  }
  await visitor.look("connected");
  await visitor.press(page.locator('main a.button[href$="/people"]'));
  equal(visitor.path(), "/people", "the next step");
  check(!(await page.content()).includes(key), "the key is shown again");
  return key;
}

/** By consent on the PBX: a refusal comes back as a page, a consent as a connection. Answers the key. */
export async function byConsent(visitor, crm, { refuse = false } = {}) {
  const { page } = visitor;
  await visitor.go("/connect");
  await visitor.type("name", "By consent", 'main form[action$="/connect/consent"]');
  await visitor.send("/connect/consent");
  await webhook(visitor, crm.url, crm.secret);
  await visitor.look("go-to-pbx");
  await visitor.press(page.locator("main a#go"));
  check(page.url().startsWith(`${visitor.runner.pbx}/oauth/authorize`), "the browser is on the PBX");
  await visitor.press(page.locator(`button[value=${refuse ? "refuse" : "allow"}]`));
  if (refuse) {
    check((await page.locator("main [role=alert]").count()) === 1, "a refusal on the PBX is shown as a page");
    await visitor.look("consent-refused");
    return null;
  }
  return connected(visitor);
}
