// Prints after how long pages of a running controller can be used in Chromium: CHECK_URL,
// CHECK_TOKEN, CHECK_MODULES (folder with node_modules), CHECK_PATHS (JSON: paths).
import { createRequire } from "node:module";

const { chromium } = createRequire(process.env.CHECK_MODULES + "/x.js")("playwright-core");
const times = 11, url = process.env.CHECK_URL;
const middle = (list) => Math.round([...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]);
const browser = await chromium.launch({ executablePath: process.env.CHECK_BROWSER || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(url + "/login");
  await page.fill("[name=token]", process.env.CHECK_TOKEN);
  await page.click("main button.pri");
  await page.waitForURL((u) => !u.pathname.startsWith("/login"));
  console.log(`  in Chromium, ms from the start of the navigation, median of ${times}:`);
  console.log(`  ${"page".padEnd(28)}  first octet  seen  usable  usable at most`);
  for (const path of JSON.parse(process.env.CHECK_PATHS)) {
    const seen = [];
    for (let i = 0; i < times; i++) {
      await page.goto(url + path, { waitUntil: "load" });
      // Scripts are deferred: once DOMContentLoaded is over, each button does what it says.
      seen.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
        const [n] = performance.getEntriesByType("navigation"), [p] = performance.getEntriesByName("first-contentful-paint");
        done({ first: n.responseStart, paint: p?.startTime ?? 0, usable: Math.max(n.domContentLoadedEventEnd, p?.startTime ?? 0) });
      })))));
    }
    const of = (what) => seen.map((s) => s[what]);
    console.log(`  ${path.padEnd(28)}  ${String(middle(of("first"))).padStart(11)}  ${String(middle(of("paint"))).padStart(4)}  ${String(middle(of("usable"))).padStart(6)}  ${String(Math.round(Math.max(...of("usable")))).padStart(14)}`);
  }
} finally {
  await browser.close();
}
