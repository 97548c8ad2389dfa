// What a check has: pages of a browser for each role, and the fleet behind them.
export const checks = [];
export const check = (name, run) => checks.push({ name, run });

const url = process.env.CHECK_URL, control = process.env.CHECK_CONTROL;
const tokens = JSON.parse(process.env.CHECK_TOKENS);

export class World {
  constructor(browser, axe) {
    this.browser = browser;
    this.axe = axe;
    this.cookies = new Map(); // of each role that has signed in
  }
  begin() { return new Trial(this); }
}

// A Trial is one check. Whatever a page of it says on its console is a fault unless the
// check expects it.
class Trial {
  constructor(world) {
    this.world = world;
    this.url = url;
    this.contexts = [];
    this.faults = [];
    this.told = [];
    this.asAdmin = { Authorization: "Bearer " + tokens.admin };
    this.expected = [/Password forms should have/]; // a hint for sites with accounts
  }

  // page is a new page of a browser of its own, at an address ("" = at none yet) and signed in
  // with a role's token ("" = not). A role signs in once for all checks, but those that ask for
  // it anew.
  async page(role = "admin", { at = "/", anew = false, ...options } = {}) {
    const context = await this.world.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    this.listen(page);
    const { cookies } = this.world;
    if (!anew && cookies.has(role)) {
      await context.addCookies(cookies.get(role));
      if (!at) return page;
      await page.goto(url + at);
      if (new URL(page.url()).pathname !== "/login") return page;
    }
    if (!role) return page;
    await this.signIn(page, role);
    if (!anew && role in tokens) cookies.set(role, await context.cookies());
    if (at && at !== "/") await page.goto(url + at);
    return page;
  }

  listen(page) {
    page.on("console", (m) => this.fault(`${page.url()} console ${m.type()}: ${m.text()}`));
    page.on("pageerror", (e) => this.fault(`${page.url()} error: ${e}`));
    page.on("request", (r) => { if (!r.url().startsWith(url) && !/^(data|blob|about):/.test(r.url())) this.fault(`asks elsewhere: ${r.url()}`); });
  }

  fault(text) { this.faults.push(text); }
  // tell is for figures that a run shall print.
  tell(text) { this.told.push(text); }
  expect(pattern) { this.expected.push(pattern); }

  async signIn(page, role) {
    await page.goto(url + "/login");
    await page.fill("[name=token]", tokens[role] ?? role);
    await page.click("main button.pri");
    await page.waitForURL((u) => !u.pathname.startsWith("/login"));
  }

  async go(page, path) {
    const answer = await page.goto(url + path);
    return answer.status();
  }

  // api is a call of the API as an admin: the answer's status, headers and JSON.
  async api(method, path, body, headers = {}) {
    const answer = await fetch(url + "/api/v1" + path, { method, headers: { ...this.asAdmin, "Content-Type": "application/json", ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text && /json/.test(answer.headers.get("content-type")) ? JSON.parse(text) : null };
  }

  // remove deletes a session, once no page of the check is there any more that would ask for it.
  async remove(session) {
    for (const c of this.contexts.splice(0)) await c.close();
    return this.api("DELETE", "/sessions/" + session, undefined, { Prefer: "wait=20" });
  }

  // fleet asks the control of the test: kill, start, fault, exec, config, token.
  async fleet(what, query = {}, body = "") {
    const answer = await fetch(control + "/" + what + "?" + new URLSearchParams(query), { method: "POST", body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${what}: ${text}`);
    return text;
  }

  yes(value, what) { if (!value) throw new Error(what); }
  same(got, want, what = "") { if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what} got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`); }
  has(text, part) { if (!text.includes(part)) throw new Error(`${JSON.stringify(part)} is not in ${JSON.stringify(text.slice(0, 4000))}`); }

  // until waits for a condition; seconds bound it.
  async until(what, condition, seconds = 30) {
    const end = Date.now() + seconds * 1000;
    for (let last; ;) {
      try { last = await condition(); } catch (e) { last = undefined; if (Date.now() > end) throw e; }
      if (last) return last;
      if (Date.now() > end) throw new Error("not within " + seconds + " s: " + what);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  // settled waits until a page is what it stays: nothing of it is being counted or moves to
  // where it will be.
  async settled(page) {
    await this.until("the page settles", () => page.evaluate(async () => {
      await document.fonts.ready;
      return !document.querySelector("[aria-busy=true]") && document.getAnimations().every((a) => a.playState === "finished" || a.effect.getTiming().iterations === Infinity);
    }), 20);
  }

  // axe finds faults of accessibility on a page as it is now; only is a rule, "" = all.
  async axe(page, where, only = "") {
    // By the debugger, which the page's policy does not bind.
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(this.world.axe);
    const found = await page.evaluate(async (only) => (await axe.run(document, { resultTypes: ["violations"], ...(only && { runOnly: [only] }) })).violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; ")}`), only);
    for (const f of found) this.fault(`axe at ${where}: ${f}`);
  }

  // sideways is by how many pixels a page scrolls sideways.
  sideways(page) { return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth); }

  async end() {
    for (const c of this.contexts) await c.close();
    return this.faults.filter((f) => !this.expected.some((e) => e.test(f)));
  }
}

// pages are all pages of the fleet of the test, by the name of their pictures.
export const pages = {
  overview: "/", session: "/sessions/phones", "session-far": "/sessions/server-5", "session-off": "/sessions/off", devices: "/devices", tools: "/tools",
  new: "/new", edit: "/new?edit=phones", audit: "/audit", renew: "/sessions/phones/renew", delete: "/sessions/phones/delete",
};
