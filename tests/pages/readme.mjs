// The pictures in the README, of the demo's calls.

import { writeFile } from "node:fs/promises";
import { shrunk } from "./png.mjs";
import { Runner } from "./runner.mjs";
import { Visitor } from "./visitor.mjs";

/** Writes them into a folder. */
export async function pictures(browser, program, folder) {
  const runner = await Runner.start(program, ["--crm", "bitrix24", "--demo"]);
  const visitor = await Visitor.arrive(browser, runner, { lang: "en", width: 1100 });
  await visitor.signIn(runner.key);
  for (const [path, name, height] of [["/overview", "overview", 900], ["/people", "people", 820]]) {
    await visitor.go(path);
    await visitor.page.setViewportSize({ width: 1100, height });
    await writeFile(`${folder}/${name}.png`, shrunk(await visitor.page.screenshot()));
  }
  await visitor.leave();
  await runner.stop();
}
