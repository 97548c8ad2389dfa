// States that a page is rarely in, as somebody sees them.
import { check } from "../world.mjs";

check("a clock is in the zone of the page's other times, not in the browser's", async (t) => {
  const page = await t.page("viewer", { timezoneId: "Asia/Tokyo" });
  const made = await page.evaluate(() => ({ now: Number(document.body.dataset.now), zone: Number(document.body.dataset.zone) }));
  const shown = await t.until("the clock runs", async () => {
    const text = await page.locator("[data-clock]").innerText();
    return page.evaluate((text) => text === nm.clock(nm.now()) && text, text);
  }, 10);
  const seconds = (text) => text.split(":").reduce((n, x) => 60 * n + Number(x), 0), day = 86400;
  const gone = (seconds(shown) - (Math.floor(made.now / 1000) + made.zone) % day + day) % day;
  t.yes(gone < 60, `the clock shows ${shown}, which is ${gone} s after the page was made`);
});

check("on a phone every control is 40 px high and every field 16 px large", async (t) => {
  const page = await t.page("operator", { viewport: { width: 390, height: 900 } });
  for (const path of ["/", "/sessions/phones", "/devices", "/new", "/audit", "/sessions/phones/delete", "/plans"]) {
    await t.go(page, path);
    await page.evaluate(() => document.querySelectorAll("main details").forEach((d) => { d.open = true; }));
    const small = await page.evaluate(() => {
      const out = [], said = (e) => `${e.localName}.${e.className} "${e.textContent.trim().slice(0, 30)}"`;
      for (const e of document.querySelectorAll("main .btn, .top .btn, main .seg span, main .lk, main .pick label, main input:not([type=hidden], [type=radio], [type=checkbox]), main select, main textarea")) {
        if (!e.checkVisibility() || e.closest(".vh") || e.matches(".vh")) continue;
        const high = (e.matches(".seg span") ? e.closest(".seg") : e).getBoundingClientRect().height;
        if (high < 39.5) out.push(`${said(e)} is ${Math.round(high)} px high`);
        if (e.matches("input, select, textarea") && parseFloat(getComputedStyle(e).fontSize) < 16) out.push(`${said(e)} has small text`);
      }
      return out;
    });
    t.same(small, [], path);
  }
});

check("a refused action begins with the refusal, on a phone too", async (t) => {
  const page = await t.page("operator", { viewport: { width: 390, height: 700 } });
  t.expect(/status of 412/);
  await t.go(page, "/sessions/phones/delete");
  const spec = (await t.api("GET", "/sessions/phones")).json.spec;
  await t.api("PUT", "/sessions/phones", { ...spec, description: "changed by another" });
  try {
    await page.locator("[data-do-button]").click();
    await page.locator(".errs").waitFor();
    const seen = await page.locator(".errs").evaluate((e) => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight && document.activeElement === e; });
    t.yes(seen, "the refusal is out of sight, or has not the focus");
    const text = await page.locator(".errs").innerText();
    t.has(text, "phones was changed meanwhile by admin");
    t.has(text, "changed by another");
  } finally {
    await t.api("PUT", "/sessions/phones", spec, { Prefer: "wait=20" });
  }
});

check("what a device held that is away is neither green nor red, and reading it says that it waits", async (t) => {
  const page = await t.page("operator");
  await t.api("PUT", "/sessions/away", { sources: [{ device: "leaf-1", interface: "Et11" }], destinations: [{ device: "leaf-1", interface: "Et16" }] }, { Prefer: "wait=20" });
  await t.fleet("leave", { device: "leaf-1" });
  try {
    const conditions = async () => (await t.api("GET", "/sessions/away")).json.status.conditions;
    await t.until("nobody knows what it holds", async () => (await conditions()).filter((c) => ["Configured", "DestinationHealthy"].includes(c.type)).every((c) => c.status === "Unknown"), 40);
    await t.go(page, "/sessions/away");
    const banner = page.locator("#todo");
    t.has(await banner.innerText(), "leaf-1 cannot be reached since");
    t.has(await banner.innerText(), "The last answer");
    for (const truth of ["Configured", "Effective"]) {
      t.same(await page.locator(`.truth:has(h2:text-is('${truth}')) :is(.s.ok, .s.ba)`).count(), 0, truth + ": shapes that are sure");
    }
    t.same(await page.locator(".path .ba, .hops .s.ba").count(), 0, "red in the path");
    await t.go(page, "/");
    t.has(await page.locator("tbody tr:has-text('away') .ld").innerText(), "as of");
    t.has(await page.locator(".att li:has-text('Device unreachable'):has-text('leaf-1')").innerText(), "Not verified since: away");
    // What somebody sees until the answer comes: here none is asked for.
    await t.go(page, "/sessions/away");
    const read = page.locator("#todo button:has-text('Read leaf-1 now')");
    await page.evaluate(() => addEventListener("submit", (e) => e.preventDefault()));
    await read.click();
    const told = await page.locator("#todo .wait").innerText();
    t.yes(/^Reading leaf-1, \d+ s so far; usually a few seconds, at most 20 s$/.test(told.trim()), told);
    await t.go(page, "/sessions/away");
    await read.click();
    await page.waitForURL(/\/devices\/leaf-1$/);
    t.has(await page.locator(".said").innerText(), "leaf-1 could not be read");
  } finally {
    await t.fleet("back", { device: "leaf-1" });
    await t.until("it is back", async () => (await t.api("POST", "/devices/leaf-1:sync")).status === 200, 40);
    await t.api("DELETE", "/sessions/away", undefined, { Prefer: "wait=20" });
  }
});
