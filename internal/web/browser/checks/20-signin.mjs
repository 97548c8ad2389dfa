// Who may what, and for how long.
import { check } from "../world.mjs";

check("a viewer changes nothing, by page or by hand", async (t) => {
  const page = await t.page("viewer");
  for (const path of ["/", "/sessions/phones", "/devices", "/tools", "/audit"]) {
    t.same(await t.go(page, path), 200, path);
    const live = await page.locator("main form[method=post] button:not([disabled])").allInnerTexts();
    t.same(live, [], `${path}: buttons that a viewer may press`);
  }
  t.expect(/status of 403/);
  const before = (await t.api("GET", "/sessions/phones")).json.spec;
  const status = await page.evaluate(async () => (await fetch("/sessions/phones/delete", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "" })).status);
  t.same(status, 403, "a request made by hand");
  t.same((await t.api("GET", "/sessions/phones")).json.spec, before);
});

check("no script and no other site reads the cookie or uses it", async (t) => {
  const page = await t.page("admin");
  t.same(await page.evaluate(() => document.cookie), "");
  const [cookie] = (await page.context().cookies()).filter((c) => c.name.includes("netmirror"));
  t.same([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
  for (const headers of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }]) {
    const r = await fetch(t.url + "/sessions/phones/delete", { method: "POST", headers: { ...headers, Cookie: `${cookie.name}=${cookie.value}`, "Content-Type": "application/x-www-form-urlencoded" }, body: "x=y", redirect: "manual" });
    t.same(r.status, 403, JSON.stringify(headers));
  }
  t.same((await fetch(t.url + "/api/v1/sessions", { headers: { Cookie: `${cookie.name}=${cookie.value}` } })).status, 401, "the cookie is no token of the API");
});

check("signing out ends the stream and the sign-in", async (t) => {
  const page = await t.page("viewer");
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
  await page.locator("#live >> text=Live").waitFor();
  t.expect(/status of 401/);
  await t.fleet("revoke", { name: "short" });
  await page.locator("#lost:has-text('Your sign-in has ended')").waitFor({ timeout: 30_000 });
  await t.go(page, "/tools");
  t.yes(page.url().includes("/login?next=%2Ftools"), page.url());
});
