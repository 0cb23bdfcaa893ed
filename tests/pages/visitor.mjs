// Somebody at a browser: of a language, at a window of a width, with or without script. Whatever their pages complain of
// is a fault: errors in the console, refused by the content security policy, answers of 5xx.

import { look } from "./look.mjs";
import { check, fault } from "./tally.mjs";

export class Visitor {
  static async arrive(browser, runner, { lang, width, script = true, artefacts = null }) {
    const visitor = Object.assign(new Visitor(), { browser, runner, lang, width, script, artefacts });
    visitor.context = await browser.newContext({
      viewport: { width, height: width < 600 ? 844 : 900 },
      locale: lang === "ru" ? "ru-RU" : "en-GB",
      javaScriptEnabled: script,
      permissions: script ? ["clipboard-read", "clipboard-write"] : [],
      reducedMotion: "reduce",
    });
    visitor.context.setDefaultTimeout(10_000);
    visitor.page = await visitor.tab();
    return visitor;
  }

  /** Another tab of the same browser. */
  async tab() {
    const page = await this.context.newPage();
    const where = () => `${this.where()} ${new URL(page.url()).pathname}`;
    // A refusal that is shown as a page has its own status, which the console repeats.
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !/status of 4\d\d/.test(text)) fault(where(), `console: ${text}`);
    });
    page.on("pageerror", (error) => fault(where(), `script: ${error.message}`));
    page.on("response", (answer) => {
      if (answer.status() >= 500) fault(where(), `${answer.status()} at ${new URL(answer.url()).pathname}`);
    });
    page.on("dialog", (dialog) => {
      this.asked = (this.asked ?? 0) + 1;
      dialog.accept();
    });
    return page;
  }

  where() {
    return `${this.lang} ${this.width}${this.script ? "" : " without script"}`;
  }

  async go(path, page = this.page) {
    return page.goto(`${this.runner.app}${path}`, { waitUntil: "load" });
  }

  /** Sends the form that leads there, by its button, and waits for the page that comes of it. */
  async send(action, button = "button:not([type=button])", page = this.page) {
    const form = page.locator(`main form[action$="/app${action}"]`).filter({ visible: true }).first();
    await this.press(form.locator(button).filter({ visible: true }).first(), page);
  }

  /** Presses something that leads to another page. */
  async press(what, page = this.page) {
    this.clicks = (this.clicks ?? 0) + 1;
    await Promise.all([page.waitForEvent("load"), what.click()]);
  }

  /** Types into the field of that name. */
  async type(name, text, within = "main", page = this.page) {
    this.keys = (this.keys ?? 0) + text.length;
    await page.locator(`${within} [name="${name}"]:not([type=hidden])`).filter({ visible: true }).first().fill(text);
  }

  async signIn(key) {
    await this.go("/sign-in?next=/people");
    await this.type("key", key);
    await this.send("/sign-in");
  }

  path(page = this.page) {
    return new URL(page.url()).pathname.replace(/^\/app/, "");
  }

  text(selector, page = this.page) {
    return page.locator(selector).first().innerText();
  }

  /** What is wrong with a field is said at the field. */
  async wrongAt(name, within = "main") {
    const field = this.page.locator(`${within} [name="${name}"]`).filter({ visible: true }).first();
    check((await field.getAttribute("aria-invalid")) === "true", `${name} is not marked`);
    const described = ((await field.getAttribute("aria-describedby")) ?? "").split(" ").map((id) => `[id="${id}"]`);
    const said = this.page.locator(described.join(",")).and(this.page.locator(".wrong"));
    check((await said.count()) === 1 && (await said.innerText()).trim() !== "", `nothing is said at ${name}`);
  }

  /** Looks at the page as it stands. */
  look(name, page = this.page) {
    return look(this, page, name);
  }

  leave() {
    return this.context.close();
  }
}
