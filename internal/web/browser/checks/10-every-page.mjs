// What holds for every page.
import { every, heard, said } from "../heard.mjs";
import { check, pages } from "../world.mjs";

// headings of a page: one of the first level, and none that leaves a level out.
const headings = async (t, page, name) => {
  t.same(await page.locator("h1").count(), 1, `${name}: h1`);
  const levels = await page.evaluate(() => [...document.querySelectorAll("h1,h2,h3,h4")].filter((h) => h.offsetParent).map((h) => Number(h.tagName[1])));
  levels.reduce((a, b) => { t.yes(b <= a + 1, `${name}: a heading of level ${b} follows one of ${a}`); return b; }, 0);
};

// names of a page: every control has one, and what has the same one does the same.
const names = async (t, page, name) => {
  const tree = await heard(page);
  const controls = every(tree, ["button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "DisclosureTriangle", "spinbutton", "Date"]);
  t.yes(controls.length > 5, `${name}: hardly a control`);
  const nameless = controls.filter((c) => !(c.name || said(c)).trim());
  t.same(nameless.map((c) => c.role), [], name);
  const links = await page.evaluate(() => [...document.querySelectorAll("main a[href]")].filter((e) => e.checkVisibility()).map((a) => [(a.getAttribute("aria-label") || a.textContent).replace(/\s+/g, " ").trim(), a.pathname + a.search]));
  const to = new Map();
  for (const [text, href] of links) {
    if (to.has(text) && to.get(text) !== href && !/^(INC|CHG)-/.test(text)) t.fault(`${name}: “${text}” leads to ${to.get(text)} and to ${href}`);
    to.set(text, href);
  }
};

// words of a page: each shape of a state has one beside it.
const words = async (t, page, name) => {
  const mute = await page.evaluate(() => [...document.querySelectorAll("i.s")].filter((i) => i.checkVisibility() && !i.closest("[aria-hidden=true]") && !i.parentElement.textContent.trim()).map((i) => i.parentElement.outerHTML.slice(0, 120)));
  t.same(mute, [], name);
};

check("every page says nothing on the console and asks nobody else; headings are in order, controls and states have names", async (t) => {
  const page = await t.page("admin", { at: "" });
  for (const [name, path] of Object.entries(pages)) {
    t.same(await t.go(page, path), 200, name);
    for (const is of [headings, names, words]) await is(t, page, name);
  }
});

check("axe finds nothing on any page, light and dark", async (t) => {
  const page = await t.page("admin", { at: "" });
  const axe = async (name) => {
    await t.settled(page);
    await t.axe(page, name);
    await page.emulateMedia({ colorScheme: "dark" });
    await t.axe(page, name + ", dark", "color-contrast"); // nothing else is another in the dark
    await page.emulateMedia({ colorScheme: "light" });
  };
  await t.go(page, "/login");
  await axe("login");
  for (const [name, path] of Object.entries(pages)) {
    await t.go(page, path);
    await axe(name);
  }
  await t.go(page, "/");
  await page.setViewportSize({ width: 390, height: 900 });
  await axe("overview at 390 px");
  t.expect(/status of 404/);
  await t.go(page, "/nowhere");
  await axe("no such page");
});

check("without script every page is there", async (t) => {
  const page = await t.page("admin", { anew: true, javaScriptEnabled: false });
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
