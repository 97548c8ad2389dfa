// A night of events: what browser and controller hold stays as it is. The checks take some
// seconds of it; make page-soak takes MINUTES.
import { check } from "../world.mjs";

const seconds = 60 * Number(process.env.CHECK_MINUTES || 0) || 9;
const long = seconds >= 300;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const mb = (n) => (n / 1e6).toFixed(1);
// Pages that were just put in place still have their rubbish: the least counts.
const least = (list) => Math.min(...list);

// held is what a page holds once its rubbish is taken away.
const held = async ({ cdp }) => {
  for (let i = 0; i < 2; i++) await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const of = Object.fromEntries(metrics.map((m) => [m.name, m.value]));
  return { heap: of.JSHeapUsedSize, nodes: of.Nodes, listeners: of.JSEventListeners, documents: of.Documents };
};

check("through a night of events memory stays as it is", async (t) => {
  const tabs = {};
  for (const [name, path] of Object.entries({ overview: "/", session: "/sessions/phones", devices: "/devices", edit: "/new?edit=phones" })) {
    const page = await t.page("operator");
    await t.go(page, path);
    await page.locator("#live >> text=Live").waitFor();
    await page.evaluate(() => { window.put = 0; const f = nm.put; nm.put = (...a) => { window.put++; return f(...a); }; });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    tabs[name] = { page, cdp, seen: [] };
  }
  const server = [];
  const before = (await t.api("GET", "/sessions/phones")).json;
  let events = 0, over = false;
  const bounded = (name) => ({ ip: "192.0.2." + (1 + events % 200), owner: name });
  const makers = [
    async () => t.api("PUT", "/tools/night-" + events % 30, bounded("n" + events)),
    async () => t.api("PUT", "/sessions/phones", { ...before.spec, description: "night " + events }),
    async () => t.api("PUT", "/sessions/night", { sources: [{ device: "leaf-1", interface: "Et27" }], destinations: [{ device: "leaf-1", interface: "Et10" }] }, { Prefer: "wait=20" }),
    async () => t.api("DELETE", "/sessions/night", undefined, { Prefer: "wait=20" }),
  ];
  const make = async () => {
    for (let i = 0; !over; i++) {
      const act = i % 40 === 20 ? makers[2] : i % 40 === 39 ? makers[3] : i % 8 === 4 ? makers[1] : makers[0];
      const answer = await act();
      if (answer.status >= 400) throw new Error(answer.text);
      events++;
      await wait(150);
    }
  };
  const use = async () => { // somebody looks at it now and then
    const { page } = tabs.session;
    while (!over) {
      await page.locator("a[data-dialog]:has-text('Delete')").click();
      await page.locator("dialog[open]").waitFor();
      await page.keyboard.press("Escape");
      await tabs.overview.page.mouse.move(300 + events % 200, 500);
      await tabs.devices.page.locator("details.unit summary").first().click();
      await wait(long ? 15_000 : 1000);
    }
  };
  const making = make(), using = use();
  making.catch(() => { over = true; });
  using.catch(() => { over = true; });
  const samples = long ? 20 : 3, start = Date.now();
  try {
    for (let i = 0; i < samples && !over; i++) {
      const due = start + (i + 1) * seconds * 1000 / samples, lows = [];
      while (Date.now() < due && !over) {
        await wait(500);
        const text = await (await fetch(t.url + "/metrics", { headers: t.asAdmin })).text();
        lows.push(Number(/^go_memstats_heap_alloc_bytes (\S+)/m.exec(text)[1]));
      }
      server.push({ heap: Math.min(...lows) }); // right after a collection
      for (const tab of Object.values(tabs)) tab.seen.push(await held(tab));
      if (long) t.tell(`${Math.round((Date.now() - start) / 1000)} s, ${events} writes: ` + Object.entries(tabs).map(([n, { seen }]) => `${n} ${mb(seen.at(-1).heap)} MB ${seen.at(-1).nodes} nodes ${seen.at(-1).listeners} listeners`).join("; ") + `; controller ${mb(server.at(-1).heap)} MB`);
    }
  } finally {
    over = true;
  }
  await making;
  await using;
  const refreshed = await Promise.all(Object.values(tabs).map(({ page }) => page.evaluate(() => window.put)));
  t.tell(`${events} writes in ${Math.round(seconds)} s; the tabs were put in place anew ${refreshed.join(", ")} times`);
  t.yes(refreshed[0] > seconds / 5 && refreshed[1] > seconds / 5, "pages hardly followed: " + refreshed);
  const third = Math.max(1, Math.floor(samples / 3));
  for (const [name, { seen }] of Object.entries(tabs)) {
    for (const what of ["heap", "nodes", "listeners", "documents"]) {
      const first = least(seen.slice(0, third).map((s) => s[what])), last = least(seen.slice(-third).map((s) => s[what]));
      if (long) t.tell(`${name}: ${what} ${first} at first, ${last} at last`);
      const room = { heap: 1_500_000, nodes: long ? 400 : 2500, listeners: 30, documents: 2 }[what];
      if (last > first * 1.1 + room) t.fault(`${name}: ${what} grew from ${first} to ${last}`);
    }
  }
  const first = least(server.slice(0, third).map((s) => s.heap)), last = least(server.slice(-third).map((s) => s.heap));
  t.tell(`controller: heap ${mb(first)} MB at first, ${mb(last)} MB at last`);
  if (long && last > first * 1.2 + 4e6) t.fault(`the controller's heap grew from ${mb(first)} to ${mb(last)} MB`);
  await t.api("PUT", "/sessions/phones", before.spec, { Prefer: "wait=20" });
  await t.api("DELETE", "/sessions/night", undefined, { Prefer: "wait=20" });
  for (let i = 0; i < 30; i++) await t.api("DELETE", "/tools/night-" + i);
});
