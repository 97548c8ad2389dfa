// Runs the checks of checks/*.mjs. What it is told: CHECK_URL, CHECK_TOKENS (JSON: role to
// token), CHECK_CONTROL (address of the fleet's control), CHECK_MODULES (folder with
// node_modules), CHECK_PICTURES ("" = none), CHECK_ONLY (part of names).
import { createRequire } from "node:module";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { check, checks, World } from "./world.mjs";

const here = new URL(".", import.meta.url);
const need = createRequire(process.env.CHECK_MODULES + "/x.js");
const { chromium } = need("playwright-core");
const axe = await readFile(need.resolve("axe-core/axe.min.js"), "utf8");

for (const name of readdirSync(new URL("checks/", here)).sort()) await import(new URL("checks/" + name, here));
const browser = await chromium.launch({
  executablePath: process.env.CHECK_BROWSER || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const world = new World(browser, axe);
// late ends a check that waits for what never comes; a soak takes as long as it was told to.
const late = () => new Promise((_, fail) => setTimeout(() => fail(new Error("the check did not end")), (300 + 60 * Number(process.env.CHECK_MINUTES || 0)) * 1000).unref());
try {
  for (const { name, run } of checks) {
    if (process.env.CHECK_ONLY && !name.includes(process.env.CHECK_ONLY)) continue;
    const t = world.begin();
    let error = "";
    const start = Date.now();
    try {
      await Promise.race([run(t), late()]);
    } catch (e) {
      error = String(e?.stack || e);
    }
    error = [error, ...(await t.end())].filter(Boolean).join("\n");
    console.log(JSON.stringify({ name, ok: !error, error, told: t.told, seconds: (Date.now() - start) / 1000 }));
  }
} finally {
  await browser.close();
}
