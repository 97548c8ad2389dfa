// What people hear or see who do not see as others do.
import { every, heard, said } from "../heard.mjs";
import { check, pages } from "../world.mjs";

check("a screen reader hears of each session its name, phase and three truths, under their headings", async (t) => {
  const page = await t.page("viewer");
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const tree = await heard(page);
    const table = every(tree, "table").find((n) => /Sessions/.test(n.name));
    t.yes(table, `${width}: no table of sessions`);
    const rows = every(table, "row"), row = rows.find((r) => /^phones/.test(said(r)));
    t.yes(row, `${width}: no row of phones in: ` + rows.map(said).join(" | "));
    const head = row.kids.find((k) => k.role === "rowheader"), cells = row.kids.filter((k) => /cell$/i.test(k.role));
    t.has(said(head), "phones");
    t.same(cells.slice(0, 4).map((c) => said(c).replace(/^(Desired|Configured|Effective):? /, "").split(" ").slice(0, 2).join(" ").replace(/ .*[A-Z].*$/, "")).map((w) => w.split(" ")[0]), ["Active", "Admitted", "In", "Arriving"].map((w) => w.split(" ")[0]), `${width}: ${said(row)}`);
    if (width === 1440) t.same(every(rows[0], "columnheader").slice(0, 5).map(said), ["Session", "Phase", "Desired", "Configured", "Effective"]);
    else for (const truth of ["Desired", "Configured", "Effective"]) t.has(said(row), truth); // the headings are in the cards
  }
});

check("a screen reader hears the path as hops, in order", async (t) => {
  const page = await t.page("viewer", { at: "/sessions/server-5" });
  const tree = await heard(page);
  const region = every(tree, "region").find((n) => n.name === "Path of the copies");
  t.yes(region, "no region of the path");
  const hops = every(region, "listitem").map(said);
  const all = hops.join(" / "), at = ["dist-1", "acc-1", "ids-2"].map((name) => hops.findIndex((h) => h.includes(name)));
  t.yes(at.every((i) => i >= 0) && at[0] < at[1] && at[1] < at[2], "the order of hops: " + all);
  t.same(every(region, ["img", "graphics-document", "SvgRoot"]).length, 0, "the drawing is read as well");
});

check("counting clocks are silent, events are a log, and what is said is said politely", async (t) => {
  const page = await t.page("operator");
  for (const path of ["/", "/sessions/phones", "/devices"]) {
    await t.go(page, path);
    await page.locator("#live >> text=Live").waitFor();
    const loud = await page.evaluate(() => [...document.querySelectorAll("[data-until],[data-since],[data-clock],[data-load]")].filter((e) => e.closest("[aria-live]:not([aria-live=off]),[role=status],[role=alert],[role=timer],output")).map((e) => e.outerHTML.slice(0, 80)));
    t.same(loud, [], path);
    const live = every(await heard(page), ["status", "log", "alert"]);
    t.same(live.filter((n) => n.role === "alert" || n.live === "assertive").length, 0, `${path}: something interrupts`);
    t.yes(live.some((n) => n.role === "status" && n.live === "polite"), `${path}: no polite status`);
    if (path.startsWith("/sessions")) t.yes(live.some((n) => n.role === "log" && n.name === "Events"), "no log of events");
    // Clocks go on, and no live region of this page changes by that.
    const changed = await page.evaluate(() => new Promise((done) => {
      const said = [], watch = new MutationObserver((list) => said.push(...list.map((m) => m.target.textContent)));
      for (const e of document.querySelectorAll("[role=status],[role=log],[aria-live]")) watch.observe(e, { subtree: true, childList: true, characterData: true });
      const clock = document.querySelector("[data-clock]"), first = clock.textContent;
      let ticks = 0;
      new MutationObserver(() => { if (clock.textContent !== first && ++ticks >= 2) done(said); }).observe(clock, { subtree: true, childList: true, characterData: true });
    }));
    t.same(changed, [], `${path}: said while clocks count`);
  }
});

check("a new event is heard alone, and copies that are lost are announced and counted", async (t) => {
  const page = await t.page("viewer", { at: "/sessions/phones" });
  await page.locator("#live >> text=Live").waitFor();
  await page.evaluate(() => {
    window.added = [];
    new MutationObserver((list) => list.forEach((m) => m.addedNodes.forEach((n) => window.added.push(n.textContent)))).observe(document.querySelector("[role=log]"), { subtree: true, childList: true });
    window.said = [];
    new MutationObserver(() => window.said.push(document.querySelector("#toast").textContent)).observe(document.querySelector("#toast"), { subtree: true, childList: true, characterData: true });
  });
  const spec = (await t.api("GET", "/sessions/phones")).json.spec;
  await t.api("PUT", "/sessions/phones", { ...spec, description: "heard alone" });
  await t.until("the event is in the log", async () => (await page.evaluate(() => window.added.length)) > 0, 20);
  const added = await page.evaluate(() => window.added);
  t.yes(added.length <= 3, "the whole log is said anew: " + JSON.stringify(added));
  await t.api("PUT", "/sessions/phones", spec, { Prefer: "wait=20" });
  const over = await t.page("viewer");
  await over.evaluate(() => { document.hasFocus = () => false; });
  await over.locator("#live >> text=Live").waitFor();
  await t.fleet("silent", { device: "acc-1", on: "true" });
  try {
    await t.until("it is announced", async () => (await over.locator("#toast").innerText()).includes("Effective is False"), 60);
    t.yes(/^\(\d+\) /.test(await over.title()), "the title counts it: " + (await over.title()));
    await over.evaluate(() => { delete document.hasFocus; });
    await over.keyboard.press("Shift");
    t.yes(!/^\(/.test(await over.title()), "the title counts on: " + (await over.title()));
  } finally {
    await t.fleet("silent", { device: "acc-1", on: "false" });
  }
  await t.until("copies arrive again", async () => (await t.api("GET", "/sessions/phones")).json.status.phase === "Active", 60);
});

// Seen through the eyes of others: the picture of a shape, in 24 × 24 cells of how far each is
// from its ground (the contrast of WCAG).
const shapes = ["ok", "wa", "ba", "un", "go", "pa", "no"];
check("states are told apart under deuteranopia and without colour", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await t.page("viewer", { at: "/sessions/phones", colorScheme, reducedMotion: "reduce", deviceScaleFactor: 2 });
    await page.evaluate((shapes) => {
      const box = document.createElement("div");
      box.id = "t-shapes";
      box.className = "card";
      box.style.cssText = "position:fixed;left:0;top:0;z-index:99;padding:0;border:0;border-radius:0;display:flex";
      for (const kind of shapes) {
        const cell = document.createElement("span"), i = document.createElement("i");
        cell.style.cssText = "width:24px;height:24px;display:grid;place-items:center";
        i.className = "s " + kind;
        i.style.margin = "0";
        cell.append(i);
        box.append(cell);
      }
      const bars = document.createElement("div");
      bars.style.cssText = "width:72px;height:24px;display:grid;grid-template-columns:24px 24px 24px;align-items:center";
      for (const kind of ["", "wa", "ba"]) {
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        svg.setAttribute("class", "bar");
        rect.setAttribute("class", "f " + kind);
        rect.setAttribute("width", "100%");
        svg.append(rect);
        bars.append(svg);
      }
      box.append(bars);
      document.body.append(box);
    }, shapes);
    const cdp = await page.context().newCDPSession(page);
    const reader = await (await t.world.browser.newContext()).newPage(); // its policy lets a picture be read
    for (const type of ["none", "deuteranopia", "achromatopsia"]) {
      await cdp.send("Emulation.setEmulatedVisionDeficiency", { type });
      const png = (await page.locator("#t-shapes").screenshot({ scale: "device" })).toString("base64");
      const cells = await reader.evaluate(async ({ png, n }) => {
        const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
        const canvas = new OffscreenCanvas(image.width, image.height), c = canvas.getContext("2d");
        c.drawImage(image, 0, 0);
        const lum = (d, i) => [0.2126, 0.7152, 0.0722].reduce((s, f, k) => { const v = d[i + k] / 255; return s + f * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
        return Array.from({ length: n }, (_, k) => {
          const d = c.getImageData(k * 48, 0, 48, 48).data, ground = lum(d, 0);
          return Array.from({ length: 48 * 48 }, (_, i) => { const l = lum(d, i * 4); return (Math.max(l, ground) + 0.05) / (Math.min(l, ground) + 0.05); });
        });
      }, { png, n: shapes.length + 3 });
      const at = `${colorScheme}, ${type}`;
      cells.slice(0, shapes.length).forEach((cell, k) => { const most = Math.max(...cell); if (most < 3) t.fault(`${at}: the shape ${shapes[k]} has a contrast of ${most.toFixed(2)}`); });
      cells.slice(shapes.length).forEach((cell, k) => { const most = Math.max(...cell); if (most < 3) t.fault(`${at}: bar ${k} has a contrast of ${most.toFixed(2)}`); });
      // Without colour, a shape is where its picture stands out from the ground.
      const ink = cells.map((cell) => cell.map((v) => v > 1.8));
      for (let a = 0; a < shapes.length; a++) for (let b = a + 1; b < shapes.length; b++) {
        const both = ink[a].filter((v, i) => v || ink[b][i]).length, other = ink[a].filter((v, i) => v !== ink[b][i]).length;
        if (other / both < 0.2) t.fault(`${at}: ${shapes[a]} and ${shapes[b]} differ in ${Math.round(100 * other / both)} % of what is drawn`);
      }
    }
    await reader.context().close();
  }
});

check("pictures as seen under deuteranopia and without colour", async (t) => {
  if (!process.env.CHECK_PICTURES) return;
  for (const type of ["deuteranopia", "achromatopsia"]) for (const colorScheme of ["light", "dark"]) {
    const page = await t.page("admin", { colorScheme });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Emulation.setEmulatedVisionDeficiency", { type });
    for (const name of ["overview", "session", "session-far"]) {
      await t.go(page, pages[name]);
      await page.screenshot({ path: `${process.env.CHECK_PICTURES}/${name}-${type}-${colorScheme}.png`, fullPage: true });
    }
  }
});
