// Keys, focus, dialogs.
import { check } from "../world.mjs";

check("single keys go where they say, and can be turned off", async (t) => {
  const page = await t.page("operator");
  await page.keyboard.press("/");
  t.same(await page.evaluate(() => document.activeElement.name), "q");
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("j");
  const row = () => page.evaluate(() => [...document.querySelectorAll("[data-row]")].indexOf(document.activeElement));
  t.same(await row(), 0, "j");
  await page.keyboard.press("j");
  t.same(await row(), 1, "j again");
  await page.keyboard.press("k");
  t.same(await row(), 0, "k");
  await page.keyboard.press("?");
  await page.locator("dialog[open] input[type=checkbox]").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  t.same(new URL(page.url()).pathname, "/", "n while keys are off");
  await page.keyboard.press("?");
  await page.locator("dialog[open] input[type=checkbox]").check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.waitForURL(/\/new/);
});

check("the focus is always seen, and not under the header", async (t) => {
  const page = await t.page("operator");
  for (const path of ["/", "/sessions/phones", "/devices"]) {
    await t.go(page, path);
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      const seen = await page.evaluate(() => {
        const e = document.activeElement;
        if (!e || e === document.body) return "";
        const r = e.getBoundingClientRect(), header = document.querySelector(".top"), h = header.getBoundingClientRect();
        const name = e.outerHTML.slice(0, 100);
        if (!header.contains(e) && r.bottom <= h.bottom && h.top === 0 && !e.matches(".skip,.seg input")) return "under the header: " + name;
        if (e.matches(".seg input")) return "";
        const s = getComputedStyle(e);
        return s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2 ? "no outline: " + name : "";
      });
      if (seen) t.fault(`${path}: ${seen}`);
    }
  }
});

check("a dialog keeps the focus and gives it back", async (t) => {
  const page = await t.page("operator", { at: "/sessions/phones" });
  const link = page.locator("a[data-dialog]:has-text('Delete')");
  await link.click();
  await page.locator("dialog[open]").waitFor();
  t.yes(await page.evaluate(() => document.activeElement.matches("dialog [data-keep]")), "the harmless button has the first focus");
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    t.yes(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest("dialog")), "the focus leaves the dialog");
  }
  await t.settled(page);
  await t.axe(page, "dialog of delete");
  await page.keyboard.press("Escape");
  t.same(await page.locator("dialog[open]").count(), 0);
  t.yes(await link.evaluate((e) => e === document.activeElement), "the focus returns to the button");
});
