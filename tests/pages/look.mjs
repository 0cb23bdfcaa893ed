// What must be so on every page, in every language, width and scheme of colours.

import { mkdir } from "node:fs/promises";
import axe from "axe-core";
import { looked, note } from "./tally.mjs";

const MAX_BYTES = 60 * 1024;

export async function look(visitor, page, name) {
  looked();
  const where = `${visitor.where()} ${name}`;
  const lang = await page.getAttribute("html", "lang");
  note(lang === visitor.lang, where, `the page is in ${lang}`);
  await noScroll(page, where);
  if (visitor.script) {
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await accessible(page, `${where} ${colorScheme}`);
    }
  }
  if (visitor.artefacts) {
    const folder = `${visitor.artefacts}/${visitor.lang}-${visitor.width}`;
    await mkdir(folder, { recursive: true });
    // A window as high as the page, since what sticks to the window's edge would lie across a picture of the whole page.
    const { width, height } = page.viewportSize();
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(height, whole) });
    await page.screenshot({ path: `${folder}/${name}.png` });
    await page.setViewportSize({ width, height });
  }
}

async function noScroll(page, where) {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const over = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    return `${scrollWidth} > ${clientWidth} px by ${over.slice(-3).map((one) => `${one.tagName}.${one.className}`).join(", ")}`;
  });
  note(wide === null, where, `scrolls sideways: ${wide}`);
}

async function accessible(page, where) {
  // Evaluated and not added as a script, so that the page's own policy stays in force.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const said = violations.map((one) => `${one.impact} ${one.id} (${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join("; ")})`);
  note(said.length === 0, where, `axe: ${said.join(", ")}`);
}

/** All that a browser that was never here gets with a page. */
export async function weigh(visitor, path) {
  const context = await visitor.browser.newContext({ storageState: await visitor.context.storageState() });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  const answer = await page.goto(`${visitor.runner.app}${path}`, { waitUntil: "load" });
  await page.waitForTimeout(500);
  await context.close();
  note(answer.status() === 200, `${visitor.where()} ${path}`, `answers ${answer.status()}`);
  note(bytes > 0 && bytes < MAX_BYTES, `${visitor.where()} ${path}`, `${bytes} bytes with its assets, more than ${MAX_BYTES}`);
  return bytes;
}

/** A page that refreshes itself stays as it is: what it consists of keeps its place, and nothing jumps. */
export async function steady(visitor, page, name, seconds = 12) {
  const where = `${visitor.where()} ${name}`;
  const found = await page.evaluate(async (patience) => {
    if (!document.querySelector("[hx-trigger*=every]")) return null;
    const places = () => JSON.stringify([...document.querySelectorAll("header, main > *, main section, main table, main ul")]
      .map((one) => one.getBoundingClientRect()).map(({ x, y, width, height }) => [x, y, width, height].map(Math.round)));
    let shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) shifted += entry.value; }))
      .observe({ type: "layout-shift" });
    const before = places();
    const refreshed = await new Promise((done) => {
      document.addEventListener("htmx:afterSettle", () => setTimeout(() => done(true), 150), { once: true });
      setTimeout(() => done(false), patience * 1000);
    });
    return { refreshed, moved: before === places() ? null : `${before} became ${places()}`, shifted };
  }, seconds);
  if (!found) return false;
  note(found.refreshed, where, `did not refresh itself in ${seconds} s`);
  note(found.moved === null && found.shifted === 0, where, `jumps (${found.shifted}): ${found.moved}`);
  return true;
}
