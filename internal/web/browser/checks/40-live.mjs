// What happens while somebody looks.
import { check } from "../world.mjs";

check("a controller that goes away is told, and comes back without a reload", async (t) => {
  const page = await t.page("operator");
  await page.locator("#live >> text=Live").waitFor();
  await page.evaluate(() => { window.kept = "here"; });
  t.expect(/ERR_|Failed to load resource/);
  await t.fleet("kill");
  const start = Date.now();
  await page.locator("#lost:has-text('Not live since')").waitFor({ timeout: 15_000 });
  t.yes(Date.now() - start < 12_000, "told only after " + (Date.now() - start) + " ms");
  const clock = await page.locator("[data-clock]").innerText();
  await t.until("the clock goes on", async () => (await page.locator("[data-clock]").innerText()) !== clock, 5);
  await t.fleet("start");
  await t.api("PUT", "/tools/after-restart", { device: "acc-1", interface: "Gi1/0/21", capacity: 1_000_000_000 });
  await page.locator("#live >> text=Live").waitFor({ timeout: 30_000 });
  await t.until("the bar goes", async () => await page.locator("#lost").isHidden(), 30);
  t.same(await page.evaluate(() => window.kept), "here", "the page was loaded anew:");
});

check("a session that is made elsewhere comes to the list", async (t) => {
  const page = await t.page("viewer");
  await page.locator("#live >> text=Live").waitFor();
  await page.mouse.move(5, 5);
  await t.api("PUT", "/sessions/came-later", { sources: [{ device: "leaf-1", interface: "Et9" }], destinations: [{ device: "leaf-1", interface: "Et10" }] }, { Prefer: "wait=20" });
  await page.locator("tbody tr:has-text('came-later'):has-text('In sync')").waitFor({ timeout: 20_000 });
  await t.api("DELETE", "/sessions/came-later", undefined, { Prefer: "wait=20" });
  await page.locator("tbody tr:has-text('came-later')").waitFor({ state: "detached", timeout: 20_000 });
});
