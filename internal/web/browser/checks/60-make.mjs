// A session is made, refused, changed by two, and taken away.
import { check } from "../world.mjs";

const describe = async (page, { device = "leaf-1", port, to = "leaf-1", toPort, name }) => {
  await page.fill("[name=src-device] >> nth=0", device);
  await page.fill("[name=src-port] >> nth=0", port);
  if (!(await page.locator("[name=dst-port]").count())) await page.click("button[value=add-place]");
  await page.locator("[name=dst-port]").first().waitFor();
  await page.fill("[name=dst-device] >> nth=0", to);
  await page.fill("[name=dst-port] >> nth=0", toPort);
  await page.fill("[name=name]", name);
  await page.fill("[name=reason]", "odd traffic at night");
};

// sent is what a transcript says was sent to a device, octet for octet.
const sent = (operation, device) => operation.transcript.filter((x) => x.device === device).map((x) => x.sent).join("");

for (const javaScriptEnabled of [true, false]) {
  const name = javaScriptEnabled ? "by-page" : "by-hand";
  check(`a session is made, renewed and deleted ${javaScriptEnabled ? "with" : "without"} script; what was shown is what is sent`, async (t) => {
    const page = await t.page("operator", { at: "/new", javaScriptEnabled });
    await describe(page, { port: "Et15", toPort: "Et16", name });
    await page.click("main button.pri[value=preview]");
    await page.locator("text=What would be sent").waitFor();
    const shown = await page.locator(".pd pre.code").first().evaluate((e) => e.textContent);
    t.yes(shown.split("\n").length > 1, "no text of the device is shown");
    await page.click("button[value^='apply:']");
    await page.waitForURL((u) => u.pathname === "/sessions/" + name);
    await t.until("it is there", async () => { const s = (await t.api("GET", "/sessions/" + name)).json?.status; return s?.observedGeneration === s?.generation; }, 20);
    const ops = (await t.api("GET", "/operations?session=" + name)).json.items;
    const op = (await t.api("GET", "/operations/" + ops.find((o) => o.type === "apply").id)).json;
    t.same(shown.trimEnd() + "\n", sent(op, "leaf-1"), "what was shown beside what was sent:");
    await page.reload();
    t.same(await page.locator(`details.op:has(code:text-is("${op.id}")) .talk td:nth-child(2) pre`).evaluateAll((all) => all.map((e) => e.textContent).join("").trimEnd() + "\n"), sent(op, "leaf-1"), "what the page shows as sent:");

    await t.go(page, `/sessions/${name}/renew`);
    await page.locator("main form button.pri").click();
    await page.waitForURL((u) => u.pathname === "/sessions/" + name);
    t.yes((await t.api("GET", "/sessions/" + name)).json.status.expires, "it has an end now");

    await t.go(page, `/sessions/${name}/delete`);
    await page.locator("main form button.dan").click();
    await page.waitForURL((u) => !u.pathname.endsWith("/delete"));
    await t.until("it is gone", async () => (await t.api("GET", "/sessions/" + name)).status === 404, 20);
  });
}

check("while the forecast is counted it can be read, light and dark", async (t) => {
  const page = await t.page("operator", { at: "" });
  let asked, answer;
  const held = new Promise((done) => (asked = done)), free = new Promise((done) => (answer = done));
  await page.route((u) => u.pathname === "/new", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    asked();
    await free;
    await route.continue();
  });
  await t.go(page, "/new?edit=phones");
  await held;
  const counting = page.locator("#forecast [aria-busy=true]");
  t.same(await counting.count(), 1, "parts that say they are counted");
  t.has(await counting.evaluate((e) => getComputedStyle(e, "::after").content), "counting");
  await t.axe(page, "a forecast that is counted");
  await page.emulateMedia({ colorScheme: "dark" });
  await t.axe(page, "a forecast that is counted, dark", "color-contrast");
  answer();
  await page.locator("#forecast .vd").waitFor();
  t.same(await counting.count(), 0, "parts that say they are counted once it is there");
});

check("a refusal lists all reasons on top and at their fields", async (t) => {
  t.expect(/status of 4\d\d/);
  const page = await t.page("operator", { at: "/new" });
  await describe(page, { device: "acc-1", port: "Gi9/9/9", to: "acc-1", toPort: "Te1/1/1", name: "refused" });
  for (const [what, row, port] of [["add-source", "src", "Gi8/8/8"], ["add-place", "dst", "Gi7/7/7"]]) {
    await page.click(`button[value=${what}]`);
    await page.locator(`[name=${row}-port] >> nth=1`).waitFor();
    await page.fill(`[name=${row}-device] >> nth=1`, "acc-1");
    await page.fill(`[name=${row}-port] >> nth=1`, port);
  }
  await page.locator("details.more").evaluate((d) => { d.open = true; });
  await page.fill("[name=sample]", "100");
  await page.fill("[name=truncate]", "64");
  await page.click("main button.pri[value=preview]");
  await page.locator(".errs").waitFor();
  t.yes(await page.evaluate(() => document.activeElement.matches(".errs")), "the focus is on the summary");
  const title = await page.title();
  const reasons = await page.locator(".errs li").count();
  t.yes(reasons >= 6, "reasons: " + reasons);
  t.has(title, "Refused, " + reasons);
  const links = await page.locator(".errs li a").count();
  t.same(links, reasons, "reasons that lead to a field");
  const fields = new Set();
  for (let i = 0; i < links; i++) {
    const link = page.locator(".errs li a").nth(i), at = await link.getAttribute("href");
    t.same(await page.locator(at).count(), 1, at);
    const said = await page.locator(at).evaluate((e) => document.getElementById(e.getAttribute("aria-describedby"))?.textContent ?? "");
    t.has(said, (await link.innerText()).trim()); // the same words at the field
    fields.add(at);
    await link.click();
    t.yes(await page.locator(at).evaluate((e) => e === document.activeElement && e.getBoundingClientRect().top >= document.querySelector(".top").getBoundingClientRect().bottom), `${at} has the focus and is seen`);
  }
  t.yes(fields.size >= 6, "fields: " + [...fields]);
  t.same(await page.locator("[aria-invalid=true]").count(), fields.size, "fields that are marked");
  t.same(await page.inputValue("[name=src-port] >> nth=0"), "Gi9/9/9", "what was typed");
  t.same(await page.inputValue("[name=reason]"), "odd traffic at night", "what was typed");
  await t.settled(page);
  await t.axe(page, "refusal");
  t.same((await t.api("GET", "/sessions/refused")).status, 404);
});

check("two who edit one session: the second learns it and keeps what was typed", async (t) => {
  await t.api("PUT", "/sessions/both", { sources: [{ device: "leaf-1", interface: "Et17" }], destinations: [{ device: "leaf-1", interface: "Et18" }] }, { Prefer: "wait=20" });
  t.expect(/status of 4(12|04)/); // at last the session is gone while a page shows it
  try {
    const one = await t.page("operator"), two = await t.page("admin");
    await t.go(one, "/new?edit=both");
    await t.go(two, "/new?edit=both");
    const apply = async (page, ticket) => {
      await page.fill("[name=ticket]", ticket);
      await page.click("main button.pri[value=preview]");
      const next = page.locator("button[value^='apply:'], .errs");
      await next.first().waitFor();
      if (await page.locator("button[value^='apply:']").count()) await page.click("button[value^='apply:']");
    };
    await apply(one, "INC-1");
    await one.waitForURL((u) => u.pathname === "/sessions/both");
    await two.locator(".ground:has-text('both was changed by op')").waitFor({ timeout: 20_000 }); // before the click
    await apply(two, "INC-2");
    const told = two.locator(".errs");
    await told.waitFor();
    const text = await told.innerText();
    t.has(text, "op changed both");
    t.has(text, "INC-1");
    t.same(await two.inputValue("[name=ticket]"), "INC-2", "what was typed");
    t.same((await t.api("GET", "/sessions/both")).json.spec.purpose.ticket, "INC-1");
  } finally {
    await t.api("DELETE", "/sessions/both", undefined, { Prefer: "wait=20" });
  }
});

check("a plan that is stale says so, and is not applied", async (t) => {
  t.expect(/status of 4\d\d/);
  const page = await t.page("operator", { at: "/new" });
  await describe(page, { port: "Et19", toPort: "Et20", name: "stale" });
  await page.fill("[name=dst-port] >> nth=0", "Et22");
  await page.click("main button.pri[value=preview]");
  await page.locator("button[value^='apply:']").waitFor();
  await page.click("text=Save as plan for a ticket");
  await page.waitForURL(/\/plans\//);
  const holds = page.locator("[data-part=plan-state] dd:has(> i.s)").last();
  const before = await holds.innerText();
  t.yes(!/stale|no longer/i.test(before), "it is stale from the beginning: " + before);
  await t.fleet("exec", { device: "leaf-1" }, "configure terminal\nmonitor session hand source Ethernet23 rx\nmonitor session hand destination Ethernet22\nend");
  try {
    await t.api("POST", "/devices/leaf-1:sync");
    await page.reload();
    await page.locator("[data-part=plan-state] .errs:has-text('plan-stale')").waitFor();
    t.yes((await holds.innerText()) !== before, "its state is as before: " + before);
    await page.locator("main .acts a:has-text('Apply')").click();
    await page.locator("dialog button.pri").click();
    await page.locator("dialog .errs, dialog .er, main .actp .errs, h1:has-text('not done')").first().waitFor();
    t.same((await t.api("GET", "/sessions/stale")).status, 404, "it was applied");
  } finally {
    await t.fleet("exec", { device: "leaf-1" }, "configure terminal\nno monitor session hand\nend");
    await t.api("POST", "/devices/leaf-1:sync");
  }
});

for (const javaScriptEnabled of [true, false]) {
  check(`a path is proposed ${javaScriptEnabled ? "with" : "without"} script, and fills the form`, async (t) => {
    // One of the two is filled in on a narrow page, and both are seen at either width.
    const page = await t.page("operator", { at: "/new", javaScriptEnabled, viewport: { width: javaScriptEnabled ? 390 : 1280, height: 900 } });
    await describe(page, { device: "dist-1", port: "Gi1/0/9", to: "acc-1", toPort: "Gi1/0/20", name: "proposed" });
    if (!javaScriptEnabled) await page.locator("details.way").evaluate((e) => (e.open = true));
    else await page.click("details.way > summary");
    await page.click("button[value=way]");
    await page.locator("#way").waitFor();
    t.yes((await page.locator("#way").innerText()).includes("RSPAN is filled in"), "no way is told: " + (await page.locator("#way").innerText()));
    t.yes(Number(await page.inputValue("[name=vlan]")) > 1, "no remote VLAN is filled in");
    t.yes(/dist-1[^]*acc-1/.test(await page.inputValue("[name=path]")), "the path is not filled in");
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      if (process.env.CHECK_PICTURES) await page.screenshot({ path: `${process.env.CHECK_PICTURES}/propose-${width}.png`, fullPage: true });
      t.yes(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `it scrolls sideways at ${width} px`);
    }
  });
}
