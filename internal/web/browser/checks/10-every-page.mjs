// What holds for every page.
import { check, pages } from "../world.mjs";

check("every page says nothing on the console and asks nobody else", async (t) => {
  const page = await t.page("admin");
  for (const [name, path] of Object.entries(pages)) {
    t.same(await t.go(page, path), 200, name);
    t.same(await page.locator("h1").count(), 1, `${name}: h1`);
    const levels = await page.evaluate(() => [...document.querySelectorAll("h1,h2,h3,h4")].filter((h) => h.offsetParent).map((h) => Number(h.tagName[1])));
    levels.reduce((a, b) => { t.yes(b <= a + 1, `${name}: a heading of level ${b} follows one of ${a}`); return b; }, 0);
  }
});

for (const colorScheme of ["light", "dark"]) {
  check(`axe finds nothing on any page, ${colorScheme}`, async (t) => {
    const page = await t.page("admin", { colorScheme });
    const only = colorScheme === "dark" ? "color-contrast" : ""; // nothing else is another in the dark
    await t.go(page, "/login");
    await t.axe(page, "login", only);
    for (const [name, path] of Object.entries(pages)) {
      await t.go(page, path);
      await t.axe(page, name, only);
    }
    await t.go(page, "/");
    await page.setViewportSize({ width: 390, height: 900 });
    await t.axe(page, "overview at 390 px", only);
    t.expect(/status of 404/);
    await t.go(page, "/nowhere");
    await t.axe(page, "no such page", only);
  });
}

check("without script every page is there", async (t) => {
  const page = await t.page("admin", { javaScriptEnabled: false });
  for (const [name, path] of Object.entries(pages)) {
    t.same(await t.go(page, path), 200, name);
    t.yes((await page.locator("main").innerText()).length > 40, `${name} is empty`);
  }
  await t.go(page, "/?phase=Suspended");
  t.same(await page.locator("tbody th a").allInnerTexts(), ["off"], "filtered by phase");
  await t.go(page, "/");
  await page.fill("[name=device]", "dist-1");
  await page.click("form.filter button");
  t.same(await page.locator("tbody th a").allInnerTexts(), ["server-5"], "filtered by device");
  t.yes(page.url().includes("device=dist-1"), "the address holds the filter: " + page.url());
  await page.goBack();
  t.yes((await page.locator("tbody th a").count()) > 2, "back shows all again");
});

check("pictures of every page", async (t) => {
  if (!process.env.CHECK_PICTURES) return;
  for (const colorScheme of ["light", "dark"]) for (const width of [1440, 390]) {
    const page = await t.page("admin", { colorScheme, viewport: { width, height: 900 } });
    for (const [name, path] of Object.entries(pages)) {
      await t.go(page, path);
      await page.screenshot({ path: `${process.env.CHECK_PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
});

check("the finder of faults finds some", async (t) => {
  const page = await t.page("viewer");
  await page.evaluate(() => {
    const p = document.createElement("p");
    p.textContent = "hardly seen";
    p.className = "t-faint";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".t-faint { color: #ddd }");
    document.adoptedStyleSheets = [sheet];
    document.querySelector("main").append(p, document.createElement("input"));
  });
  await t.axe(page, "a page with faults");
  const found = t.faults.splice(0).join("\n");
  t.has(found, "label");
  t.has(found, "color-contrast");
});
