// Who may what, and for how long.
import { once } from "node:events";
import { createServer } from "node:http";
import { check } from "../world.mjs";

check("a viewer changes nothing, by page or by hand", async (t) => {
  const page = await t.page("viewer");
  for (const path of ["/", "/sessions/phones", "/devices", "/tools", "/audit"]) {
    t.same(await t.go(page, path), 200, path);
    const live = await page.locator("main form[method=post] button:not([disabled])").allInnerTexts();
    t.same(live, [], `${path}: buttons that a viewer may press`);
  }
  t.expect(/status of 403/);
  const plan = (await t.api("POST", "/plans", { sessions: [{ name: "by-viewer", sources: [{ device: "leaf-1", interface: "Et33" }], destinations: [{ device: "leaf-1", interface: "Et48" }] }] })).json;
  const last = async () => (await t.api("GET", "/events?order=newest&limit=50")).json.items.filter((e) => e.actor === "eye");
  for (const [path, body] of Object.entries(writes(plan.id))) {
    const status = await page.evaluate(async ([path, body]) => (await fetch(path, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body })).status, [path, body]);
    t.same(status, 403, "a request made by hand to " + path);
  }
  t.same(await last(), [], "what the viewer did");
  t.same((await t.api("GET", "/sessions/by-viewer")).status, 404);
});

// writes are the addresses that a page posts to, each with a body that an operator's page sends.
const writes = (plan) => ({
  "/sessions/phones/renew": "to=1h", "/sessions/phones/delete": "", "/sessions/phones/disable": "", "/sessions/off/enable": "", "/devices/leaf-1/sync": "", "/devices/leaf-1/check": "",
  "/devices/leaf-1/release": "", ["/plans/" + plan + "/apply"]: "", "/new": "do=preview&src-device=leaf-1&src-port=Et33&src-direction=both&dst-device=leaf-1&dst-port=Et48&dst-ip=&name=by-viewer&lease=none",
});

check("no script and no other site reads the cookie or uses it", async (t) => {
  const page = await t.page("admin");
  t.same(await page.evaluate(() => document.cookie), "");
  const [cookie] = (await page.context().cookies()).filter((c) => c.name.includes("netmirror"));
  t.same([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
  for (const headers of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }]) {
    for (const [path, body] of Object.entries({ ...writes("plan-x"), "/logout": "" })) {
      const r = await fetch(t.url + path, { method: "POST", headers: { ...headers, Cookie: `${cookie.name}=${cookie.value}`, "Content-Type": "application/x-www-form-urlencoded" }, body, redirect: "manual" });
      t.same(r.status, 403, path + " " + JSON.stringify(headers));
    }
  }
  // A form of another site, in this browser: without the cookie, which is strict, and refused all the same.
  const site = createServer((_, res) => res.writeHead(200, { "Content-Type": "text/html" }).end(`<form method="post" action="${t.url}/sessions/phones/delete"></form>`)).listen(0, "127.0.0.2");
  await once(site, "listening");
  try {
    const other = await page.context().newPage();
    await other.goto(`http://127.0.0.2:${site.address().port}/`);
    const [answer] = await Promise.all([other.waitForResponse((r) => r.request().method() === "POST"), other.evaluate(() => document.forms[0].submit())]);
    t.same(answer.status(), 403, "a form of another site");
    t.yes(!(await answer.request().allHeaders()).cookie, "the cookie goes along");
  } finally {
    site.close();
  }
  t.same((await t.api("GET", "/sessions/phones")).status, 200);
  t.same((await fetch(t.url + "/api/v1/sessions", { headers: { Cookie: `${cookie.name}=${cookie.value}` } })).status, 401, "the cookie is no token of the API");
});

check("signing out ends the stream and the sign-in", async (t) => {
  const page = await t.page("viewer", { anew: true });
  await page.locator("#live >> text=Live").waitFor();
  t.expect(/status of 401/); // the page asks whether its sign-in still holds
  const [cookie] = (await page.context().cookies()).filter((c) => c.name.includes("netmirror"));
  const stream = await fetch(t.url + "/events", { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  t.same(stream.status, 200);
  const over = (async () => { for await (const _ of stream.body); return true; })().catch(() => true);
  await page.locator(".me summary").click();
  await page.click("text=Sign out");
  await page.waitForURL(/login/);
  t.yes(await Promise.race([over, new Promise((d) => setTimeout(() => d(false), 5000))]), "the stream goes on");
  const again = await fetch(t.url + "/", { headers: { Cookie: `${cookie.name}=${cookie.value}` }, redirect: "manual" });
  t.same(again.status, 303, "a copy of the cookie");
});

check("a token that is revoked signs its pages out", async (t) => {
  const token = await t.fleet("token", { name: "short", role: "viewer" });
  const page = await t.page(token);
  await t.go(page, "/audit");
  await page.locator("#live >> text=Live").waitFor();
  await page.fill("[name=person]", "somebody");
  t.expect(/status of 401/);
  await t.fleet("revoke", { name: "short" });
  await page.locator("#lost:has-text('Your sign-in has ended')").waitFor({ timeout: 30_000 });
  t.same(await page.inputValue("[name=person]"), "somebody", "what was typed");
  await t.go(page, "/tools");
  t.yes(page.url().includes("/login?next=%2Ftools"), page.url());
});
