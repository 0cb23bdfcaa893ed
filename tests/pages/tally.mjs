// What was checked, and what failed. A story ends at its first failure; the others go on.

const failures = [];
let checks = 0;
let stories = 0;
let looks = 0;

/** Holds, or the story ends here. */
export function check(holds, what) {
  checks += 1;
  if (!holds) throw new Error(what);
}

/** The same for two values. */
export function equal(found, wanted, what) {
  check(found === wanted, `${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}

/** Notes a fault without ending the story, so that one page with a fault hides no other's. */
export function fault(where, what) {
  failures.push(`${where}: ${what}`);
  console.log(`   FAULT ${where}: ${what}`);
}

/** Holds, or a fault is noted. */
export function note(holds, where, what) {
  checks += 1;
  if (!holds) fault(where, what);
}

export function looked() {
  looks += 1;
}

/** Plays one story. */
export async function story(name, play) {
  stories += 1;
  const began = Date.now();
  try {
    await play();
    console.log(`   ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    const where = (error.stack ?? "").split("\n").find((line) => line.includes("/stories/")) ?? "";
    fault(name, `${error.message.split("\n").slice(0, 12).join("\n      ")} ${where.trim()}`);
    return false;
  }
}

/** The count, and whether all is well. */
export function sum() {
  console.log(`\n${stories} stories, ${looks} looks at pages, ${checks} checks, ${failures.length} faults`);
  for (const failure of failures) console.log(`  ${failure}`);
  return failures.length === 0;
}
