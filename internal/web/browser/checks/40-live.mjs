// What happens while somebody looks.
import { check } from "../world.mjs";

check("a controller that goes away is told, and comes back without a reload", async (t) => {
  const page = await t.page("operator");
  await page.locator("#live >> text=Live").waitFor();
  await page.evaluate(() => {
    window.kept = "here";
    window.heard = [];
    const heard = nm.heard;
    nm.heard = (e) => { if (e.lastEventId) window.heard.push(e.lastEventId); heard(e); };
  });
  const before = (await t.api("GET", "/events?order=newest&limit=1")).json.items[0].id;
  await t.api("PUT", "/tools/before-restart", { device: "acc-1", interface: "Gi1/0/21", capacity: 1_000_000_000 });
  await t.until("an event is heard", () => page.evaluate(() => window.heard.length > 0), 20);
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
  // No event was lost, and none came twice.
  const all = (await t.api("GET", "/events?limit=500&cursor=" + encodeURIComponent(before))).json.items.map((e) => e.id);
  t.yes(all.length >= 2, "hardly an event: " + all.length);
  await t.until("every event is heard", () => page.evaluate((all) => all.every((id) => window.heard.includes(id)), all), 20);
  const heard = await page.evaluate(() => window.heard);
  t.same(heard.length, new Set(heard).size, "events that came twice");
  for (const name of ["before-restart", "after-restart"]) await t.api("DELETE", "/tools/" + name);
});

check("a connection that was cut in between is told, and what happened meanwhile is heard", async (t) => {
  const page = await t.page("viewer");
  await page.clock.install();
  await t.go(page, "/");
  await page.locator("#live >> text=Live").waitFor();
  await page.evaluate(() => { window.heard = []; const heard = nm.heard; nm.heard = (e) => { window.heard.push(e.data); heard(e); }; });
  t.expect(/ERR_|Failed to load resource/);
  await t.fleet("freeze");
  try {
    await page.clock.fastForward(20_000); // in which two signs of life are due
    await page.locator("#lost:has-text('Not live since')").waitFor({ timeout: 15_000 });
  } finally {
    await t.fleet("thaw");
  }
  await t.api("PUT", "/tools/while-cut", { ip: "192.0.2.9" });
  await page.clock.fastForward(15_000);
  await page.locator("#live >> text=Live").waitFor({ timeout: 30_000 });
  await t.until("it is heard", () => page.evaluate(() => window.heard.some((e) => e.includes("while-cut"))), 20);
  await t.api("DELETE", "/tools/while-cut");
});

check("nothing moves under the pointer; a click puts it in place", async (t) => {
  const page = await t.page("viewer");
  await page.locator("#live >> text=Live").waitFor();
  const row = page.locator("tbody tr:has-text('phones')").first();
  await row.hover();
  const at = (await row.boundingBox()).y;
  const stir = setInterval(() => page.mouse.move(600, at + 5 + Math.random() * 5).catch(() => {}), 1000);
  try {
    await t.api("PUT", "/sessions/a-new-one", { sources: [{ device: "leaf-1", interface: "Et9" }], destinations: [{ device: "leaf-1", interface: "Et10" }] }, { Prefer: "wait=20" });
    const note = page.locator(".moved:has-text('change')");
    await note.waitFor({ timeout: 20_000 });
    t.yes(/^\d+ changes?, update$/.test(await note.innerText()), await note.innerText());
    t.same((await row.boundingBox()).y, at, "the row under the pointer has moved:");
    t.same(await page.locator("tbody tr:has-text('a-new-one')").count(), 0);
    clearInterval(stir);
    await note.click();
    await page.locator("tbody tr:has-text('a-new-one')").waitFor();
    t.same(await note.count(), 0, "the note stays:");
  } finally {
    clearInterval(stir);
    await t.api("DELETE", "/sessions/a-new-one", undefined, { Prefer: "wait=20" });
  }
});

check("what stands open stays open, and a dialog says when its ground has changed", async (t) => {
  const page = await t.page("admin", { at: "/devices" });
  await page.locator("#live >> text=Live").waitFor();
  await page.mouse.move(5, 5);
  await page.locator("#leaf-1").evaluate((d) => { d.open = true; });
  await t.fleet("leave", { device: "dist-1" });
  try {
    await t.until("dist-1 stands first", () => page.evaluate(() => document.querySelector(".unit").id === "dist-1"), 40);
    t.same(await page.evaluate(() => [...document.querySelectorAll(".unit[open]")].map((d) => d.id)), ["leaf-1"], "open");
  } finally {
    await t.fleet("back", { device: "dist-1" });
    await t.until("it is back", async () => (await t.api("POST", "/devices/dist-1:sync")).status === 200, 40);
  }
  const operator = await t.page("operator", { at: "/sessions/phones" });
  await operator.locator("#live >> text=Live").waitFor();
  await operator.locator("a[data-dialog]:has-text('Delete')").click();
  await operator.locator("dialog[open]").waitFor();
  const spec = (await t.api("GET", "/sessions/phones")).json.spec;
  await t.api("PUT", "/sessions/phones", { ...spec, description: "changed meanwhile" });
  try {
    const said = operator.locator("dialog .ground");
    await said.waitFor({ timeout: 20_000 });
    t.has(await said.innerText(), "phones was changed by admin");
  } finally {
    await t.api("PUT", "/sessions/phones", spec, { Prefer: "wait=20" });
  }
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
