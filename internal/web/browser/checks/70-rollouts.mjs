// Relief, rollouts that fail, paper, and filters.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { check } from "../world.mjs";

check("relief is told in the path, the sources and what devices hold", async (t) => {
  await t.api("PUT", "/tools/small", { device: "acc-1", interface: "Gi1/0/21", capacity: 60_000_000 });
  await t.fleet("traffic", { device: "acc-1", port: "Gi1/0/6", bits: 40_000_000 });
  await t.fleet("traffic", { device: "acc-1", port: "Gi1/0/7", bits: 40_000_000 });
  const made = await t.api("PUT", "/sessions/full", {
    sources: [{ device: "acc-1", interface: "Gi1/0/6", direction: "rx", priority: 80 }, { device: "acc-1", interface: "Gi1/0/7", direction: "rx", priority: 10 }],
    destinations: [{ tool: "small" }], admission: { mode: "off" }, onOverload: { action: "relieve", ladder: ["shed-sources"] },
  }, { Prefer: "wait=20" });
  t.yes(made.status < 300, made.text);
  try {
    await t.until("relief is taken", async () => (await t.api("GET", "/sessions/full")).json.status.relief?.steps?.length > 0, 60);
    const page = await t.page("viewer", { at: "/sessions/full" });
    t.has(await page.locator(".pathbox .hops").textContent(), "left out");
    t.has(await page.locator("section:has(#load)").innerText(), "left out");
    t.has(await page.locator(".truths").innerText(), "relief");
  } finally {
    await t.remove("full");
    await t.api("DELETE", "/tools/small");
    for (const port of ["Gi1/0/6", "Gi1/0/7"]) await t.fleet("traffic", { device: "acc-1", port, bits: 1000 });
  }
});

check("a rollout that is refused on one device is shown with its undo and the device's words", async (t) => {
  const answer = "% Not today";
  await t.fleet("refuse", { device: "dist-1", line: "^ *monitor session", answer });
  try {
    await t.api("PUT", "/sessions/half", {
      sources: [{ device: "dist-1", interface: "Gi1/0/6", direction: "rx" }], destinations: [{ device: "acc-1", interface: "Gi1/0/20" }],
      rspan: { vlan: 901, transit: [{ device: "dist-1", trunks: ["Te1/1/1"] }, { device: "acc-1", trunks: ["Te1/1/1"] }] },
    }, { Prefer: "wait=20" });
    const page = await t.page("viewer", { at: "/sessions/half" });
    const op = page.locator("details.op").first();
    if (!(await op.getAttribute("open"))) await op.evaluate((d) => { d.open = true; });
    const text = await op.innerText();
    t.has(text, answer);
    t.yes(/undo|undone|rolled back/i.test(text), "it says what was undone: " + text.slice(0, 500));
    const steps = await op.locator(".steps").innerText();
    t.yes(steps.indexOf("acc-1") >= 0 && steps.indexOf("acc-1") < steps.indexOf("dist-1"), "steps are in the order of execution");
    t.has(await page.locator("#todo").innerText(), answer);
  } finally {
    await t.fleet("refuse", { device: "dist-1", line: "" });
    await t.remove("half");
  }
});

check("on paper a plan is whole, without buttons", async (t) => {
  const page = await t.page("operator");
  const plan = await t.api("POST", "/plans", { sessions: ["Et25", "Et26"].map((port, i) => ({ name: "paper-" + i, sources: [{ device: "leaf-1", interface: port }], destinations: [{ device: "leaf-1", interface: "Et" + (30 + i) }] })) });
  t.yes(plan.status < 300, plan.text);
  await t.go(page, "/plans/" + plan.json.id);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  for (const e of await page.locator("button, a.btn, nav, .same").all()) t.yes(!(await e.isVisible()), "on paper: " + (await e.innerText()));
  t.same(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  const torn = await page.evaluate(() => [...document.querySelectorAll(".pd")].filter((e) => getComputedStyle(e).breakInside !== "avoid").length);
  t.same(torn, 0, "blocks that may be torn");
  t.yes((await page.locator(".pd").count()) > 0, "no device on it");
  const pdf = await page.pdf({ format: "A4" });
  t.yes(pdf.length > 1000, "no paper");
});

check("a plan for five devices on A4 has no block torn and everything open, in black on white", async (t) => {
  await t.fleet("more", { names: "leaf-2 leaf-3" });
  const source = { "acc-1": "Gi1/0/9", "dist-1": "Gi1/0/9", "leaf-1": "Et25", "leaf-2": "Et25", "leaf-3": "Et25" }, to = { "acc-1": "Gi1/0/21", "dist-1": "Gi1/0/22" };
  try {
    const plan = await t.api("POST", "/plans", { sessions: Object.entries(source).map(([device, port]) => ({ name: "print-" + device, purpose: { reason: "audit of " + device, ticket: "CHG-9" }, sources: [{ device, interface: port, direction: "rx" }, { device, interface: port.replace(/\d+$/, (n) => String(Number(n) + 1)), direction: "rx" }], destinations: [{ device, interface: to[device] ?? "Et48" }], force: true })) });
    t.yes(plan.status < 300, plan.text);
    const page = await t.page("operator", { at: "/plans/" + plan.json.id, colorScheme: "dark" });
    const lines = (text) => text.split("\n").map((l) => l.replace(/\s+/g, "")).filter(Boolean);
    const blocks = await page.evaluate(() => [...document.querySelectorAll(".pd")].map((e) => [...e.querySelectorAll("h3 b, pre")].map((x) => x.textContent).join("\n")));
    t.same(blocks.length, 5, "devices");
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    t.same(await page.evaluate(() => [...document.querySelectorAll("main details:not([open])")].filter((d) => d.checkVisibility()).map((d) => d.textContent.slice(0, 40))), [], "parts that are folded");
    const pale = await page.evaluate(() => [...document.querySelectorAll(".plan *")].filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => [e, getComputedStyle(e).color.match(/[\d.]+/g).map(Number)]).filter(([, c]) => c.slice(0, 3).some((v) => v > 0x55) || new Set(c.slice(0, 3)).size > 1).map(([e, c]) => e.outerHTML.slice(0, 60) + c));
    t.same(pale, [], "text that is not black, or nearly");
    t.same(await page.evaluate(() => [...document.querySelectorAll(".plan i.s")].filter((i) => i.checkVisibility() && !i.parentElement.textContent.trim()).length), 0, "shapes without words");
    await page.emulateMedia({ media: null, colorScheme: "dark" });
    const file = (process.env.CHECK_PICTURES || tmpdir()) + "/plan-" + process.pid + ".pdf";
    await page.pdf({ path: file, format: "A4", preferCSSPageSize: true });
    const sheets = execFileSync("pdftotext", ["-raw", file, "-"]).toString().split("\f").filter((s) => s.trim()).map(lines);
    t.yes(sheets.length >= 2 && sheets.length <= 4, "sheets: " + sheets.length);
    for (const block of blocks) {
      const want = lines(block), on = sheets.findIndex((s) => s.join("").includes(want[0]) && want.every((l) => s.join("").includes(l)));
      t.yes(on >= 0, "a block is torn: " + want.join(" / ") + " in " + JSON.stringify(sheets.map((s) => s.slice(0, 30))));
    }
    if (process.env.CHECK_PICTURES) execFileSync("pdftoppm", ["-r", "60", "-gray", "-png", file, process.env.CHECK_PICTURES + "/plan-sheet"]);
    else rmSync(file);
  } finally {
    for (const name of ["leaf-2", "leaf-3"]) await t.api("DELETE", "/devices/" + name);
  }
});

check("each filter finds its own, and none found offers all", async (t) => {
  const page = await t.page("viewer");
  const found = async (query) => { await t.go(page, "/?" + query); return (await page.locator("table.main tbody th a").allInnerTexts()).sort(); };
  t.same(await found("tool=ids-2"), ["server-5"]);
  t.same(await found("device=acc-1"), ["phones", "server-5"]);
  t.same(await found("phase=Suspended"), ["off"]);
  t.same(await found("q=INC-4711"), ["phones"]);
  t.same(await found("q=" + encodeURIComponent("team=voice")), ["phones"]);
  t.same(await found("q=3F&device=acc-1&phase=Active"), ["phones"]);
  t.same(await found("q=nothing-has-this"), []);
  t.has(await page.locator("main").innerText(), "No session matches");
  await page.click("text=/^Show all/");
  t.yes((await page.locator("table.main tbody th a").count()) >= 3, "all are shown");
});

check("states are told apart without their colours", async (t) => {
  const page = await t.page("viewer");
  for (const forcedColors of ["none", "active"]) {
    await page.emulateMedia({ forcedColors });
    const looks = await page.evaluate(() => ["ok", "wa", "ba", "un", "go", "pa", "no"].map((kind) => {
      const i = document.createElement("i");
      i.className = "s " + kind;
      document.querySelector("main").append(i);
      const s = getComputedStyle(i);
      return [s.clipPath, s.borderRadius, s.borderTopWidth, s.width, s.backgroundImage === "none" ? "" : s.backgroundImage.replace(/rgb[^)]*\)/g, "")].join("|");
    }));
    t.same(new Set(looks).size, looks.length, forcedColors + ": " + JSON.stringify(looks));
  }
});
