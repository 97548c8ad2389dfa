// Days that are not usual.
import { check } from "../world.mjs";

check("copies that stop are red with the figure, and green again", async (t) => {
  const page = await t.page("viewer", { at: "/sessions/server-5" });
  await t.until("copies arrive", async () => (await t.api("GET", "/sessions/server-5")).json.status.conditions.some((c) => c.type === "Effective" && c.status === "True"), 40);
  await t.fleet("silent", { device: "dist-1", on: "true" });
  try {
    await page.locator(".truth:has-text('Effective') .vd:has-text('Not arriving')").waitFor({ timeout: 70_000 });
    const text = await page.locator(".truth:has-text('Effective')").innerText();
    t.yes(/\d+ of \d+ expected copies/.test(text), "the figure: " + text);
    await t.go(page, "/");
    await page.locator(".att li:has-text('server-5')").first().waitFor({ timeout: 10_000 });
    t.yes(/need/.test(await page.title()), "the title: " + (await page.title()));
  } finally {
    await t.fleet("silent", { device: "dist-1", on: "false" });
  }
  await t.until("copies arrive again", async () => (await t.api("GET", "/sessions/server-5")).json.status.phase === "Active", 40);
});

check("a device that is away is never green, and its figures stay", async (t) => {
  const page = await t.page("viewer");
  await t.fleet("leave", { device: "leaf-1" });
  try {
    await t.until("it is away", async () => (await t.api("GET", "/devices/leaf-1")).json.status.reachable.status === "False", 40);
    await t.go(page, "/devices");
    const row = page.locator("#leaf-1");
    await row.waitFor();
    t.has(await row.innerText(), "Unreachable");
    t.same(await row.locator("summary .s.ok").count(), 0, "green shapes in its line");
    t.yes(await page.evaluate(() => [...document.querySelectorAll(".unit")].findIndex((e) => e.id === "leaf-1") === 0), "it is not the first");
    await t.go(page, "/");
    await page.locator(".att li:has-text('leaf-1')").waitFor({ timeout: 10_000 });
  } finally {
    await t.fleet("back", { device: "leaf-1" });
  }
  await t.until("it is back", async () => (await t.api("POST", "/devices/leaf-1:sync")).status === 200, 40);
});

check("a device's words are shown as they are, however wild", async (t) => {
  const wild = "% \u001b[31mred\u001b[0m \u202Edesrever\u2066 <script>window.bad=1</script>\u0007 ]]> " + "x".repeat(10_000) + " end-of-words";
  await t.fleet("refuse", { device: "leaf-1", line: "^ *monitor session", answer: wild });
  try {
    await t.api("PUT", "/sessions/wild", { sources: [{ device: "leaf-1", interface: "Et11" }], destinations: [{ device: "leaf-1", interface: "Et12" }] }, { Prefer: "wait=20" });
    await t.until("it failed", async () => ["Failed", "Degraded"].includes((await t.api("GET", "/sessions/wild")).json.status.phase), 30);
    const page = await t.page("operator");
    for (const path of ["/", "/sessions/wild", "/devices", "/audit", "/sessions/wild/delete"]) {
      await t.go(page, path);
      await page.evaluate(() => document.querySelectorAll("main details").forEach((d) => { d.open = true; }));
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        t.same(await page.evaluate(() => window.bad), undefined, path);
        t.same(await page.locator("main script").count(), 0, path + ": elements of its text");
        const by = await t.sideways(page);
        if (by > 0) t.fault(`${path} at ${width}: ${by} px sideways`);
        // What turns the direction of text turns nothing beyond the words themselves.
        const loose = await page.evaluate(() => {
          const out = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
          for (let n; (n = walker.nextNode());) {
            if (!n.data.includes("\u202E")) continue;
            const own = getComputedStyle(n.parentElement);
            if (/isolate|plaintext/.test(own.unicodeBidi)) continue;
            if (own.display !== "inline" && !n.nextSibling?.textContent?.trim()) continue; // its own block ends with it
            out.push(n.parentElement.outerHTML.slice(0, 60));
          }
          return out;
        });
        t.same(loose, [], `${path}: text that turns what follows`);
        if (path === "/sessions/wild") {
          const told = await page.locator("main").innerText();
          t.has(told, "desrever");
          t.has(told, "end-of-words");
          t.has(told, "<script>window.bad=1</script>");
        }
      }
    }
  } finally {
    await t.fleet("refuse", { device: "leaf-1", line: "" });
    await t.remove("wild");
  }
});

check("hostile text is text", async (t) => {
  const nasty = "<script>window.bad=1</script><img src=x onerror=window.bad=1> " + "w".repeat(180);
  const made = await t.api("PUT", "/sessions/hostile", {
    description: nasty.slice(0, 200), purpose: { reason: '"><svg onload=window.bad=1>', ticket: "javascript:1" }, labels: { team: "x" },
    sources: [{ device: "leaf-1", interface: "Et11" }], destinations: [{ device: "leaf-1", interface: "Et12" }],
  }, { Prefer: "wait=20" });
  t.yes(made.status < 300, made.text);
  await t.fleet("exec", { device: "leaf-1" }, `configure terminal\ninterface Ethernet13\ndescription <script>window.bad=1</script>\nmonitor session <b>x</b> source Ethernet14 rx\nmonitor session <b>x</b> destination Ethernet13\nend`);
  await t.api("POST", "/devices/leaf-1:sync");
  try {
    const page = await t.page("operator");
    for (const path of ["/", "/sessions/hostile", "/devices", "/audit", "/sessions/hostile/delete", "/?q=" + encodeURIComponent("<script>window.bad=1</script>"), "/new?edit=hostile"]) {
      await t.go(page, path);
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        t.same(await page.evaluate(() => window.bad), undefined, path);
        t.same(await page.locator("main script, main img, main svg[onload], b:text-is('x')").count(), 0, path + ": elements of its text");
        const by = await t.sideways(page);
        if (by > 0) t.fault(`${path} at ${width}: ${by} px sideways`);
      }
    }
  } finally {
    await t.fleet("exec", { device: "leaf-1" }, "configure terminal\nno monitor session <b>x</b>\nend");
    await t.remove("hostile");
  }
});
