// The local runner as a process of its own, and what is played on its simulated PBX.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Waits until something is so; what it says is the answer. */
export async function until(what, found, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await found();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`after ${seconds} s still not: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export class Runner {
  static async start(program, args = []) {
    const runner = new Runner();
    runner.lines = [];
    runner.child = spawn(program, ["--port", "0", "--retry-every", "0.3", "--allow-private-targets", ...args], {
      env: { ...process.env, RINGBRIDGE_MISSED_HOLD: "1s", RINGBRIDGE_RETRY_DELAYS: "1s,1s" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [runner.child.stdout, runner.child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => runner.lines.push(line));
    }
    await until("the runner serves", () => {
      if (runner.child.exitCode !== null) throw new Error(`the runner ended: ${runner.lines.join("\n")}`);
      return runner.lines.some((line) => line.startsWith("Ctrl-C ends"));
    }, 120);
    runner.origin = runner.told("Ringbridge ");
    runner.app = `${runner.origin}/app`;
    runner.pbx = new URL(runner.told("Simulated PBX ")).origin;
    runner.inbox = runner.told("CRM inbox ");
    runner.key = runner.told("Demo admin key ");
    return runner;
  }

  /** The word that follows a heading. */
  told(heading) {
    const line = this.lines.find((one) => one.startsWith(heading));
    return line?.slice(heading.length).trim().split(/\s+/)[0] ?? "";
  }

  /** Has the simulated PBX do something. */
  async simulate(path, query = {}) {
    const answer = await fetch(`${this.pbx}/simulator/${path}?${new URLSearchParams(query)}`, { method: "POST" });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to ${path}`);
    return answer.status === 204 ? {} : answer.json();
  }

  /** Plays a call. */
  play(scenario, query) {
    return this.simulate(`play/${scenario}`, query);
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGINT");
    const patience = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(patience);
  }
}
