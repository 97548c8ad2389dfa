// Live: one stream of events a tab. An event makes this page be fetched again, at most once
// a second, and the parts that it concerns are put in place. Nothing moves under the pointer
// or the focus: a list that would be another says so and waits for a click.
"use strict";
(() => {
  const live = nm.one("#live"), lost = nm.one("#lost");
  if (!live || !window.EventSource) return;
  live.hidden = false;
  let source, last = "", since = 0, wait = 1, again = 0, fresh = 0, due = 0, signedOut = false, heardAt = 0;

  // One fetch at a time, so that an older page never comes after a newer one.
  let asking = false, stale = false;
  const fetchNow = async () => {
    fresh = 0;
    if (asking) { stale = true; return; }
    asking = true;
    stale = false;
    due = Date.now() + 1000;
    try {
      const got = await fetch(location.href, { headers: { "X-Requested-With": "netmirror" } });
      if (got.status === 401) { end(); return; }
      if (got.status === 404) gone();
      if (got.ok) nm.put(nm.parse(await got.text()));
    } catch { /* the stream tells that the controller is away */ } finally { asking = false; }
    if (stale) refresh();
  };
  // A page without parts, such as a form that came back with its reasons, stays as it is.
  const refresh = () => { if (!fresh && nm.one("[data-part]")) fresh = setTimeout(fetchNow, Math.max(100, due - Date.now())); };
  nm.refresh = refresh;
  // A session's page is not about what happens to others.
  const own = /^\/sessions\/([^/]+)/.exec(location.pathname);
  const concerns = (e) => {
    if (!own || e.type === "lost") return true;
    try {
      const { session } = JSON.parse(e.data);
      return !session || session === decodeURIComponent(own[1]);
    } catch { return true; }
  };

  const state = (shape, text) => {
    const [i, word] = live.firstElementChild.children;
    i.className = "s " + shape;
    if (word.textContent !== text) word.textContent = text;
  };
  const end = () => {
    signedOut = true;
    source?.close();
    state("no", "Signed out");
    lost.replaceChildren(nm.make("i", { className: "s no" }), "Your sign-in has ended. ", nm.make("a", { href: "/login?next=" + encodeURIComponent(location.pathname + location.search) }, "Sign in"), "; what you typed stays here.");
    lost.hidden = false;
  };
  const gone = () => {
    lost.replaceChildren(nm.make("i", { className: "s wa" }), "What this page shows is not there any more; you see it as it was. ", nm.make("a", { href: "/" }, "To the overview"));
    lost.hidden = false;
  };
  const tell = () => {
    if (signedOut || !since) return;
    const gone = (Date.now() - since) / 1000, next = Math.max(0, Math.ceil((again - Date.now()) / 1000));
    if (gone < 8) return;
    state("wa", "Not live");
    const at = nm.clock(nm.now() - gone * 1000);
    const text = `Not live since ${at}. What you see is from then. `, count = next ? `Trying again in ${next} s. ` : "Trying again. ";
    if (lost.hidden) {
      const b = nm.make("button", { type: "button", className: "lk" }, "Try now");
      b.addEventListener("click", connect);
      lost.replaceChildren(nm.make("i", { className: "s wa" }), nm.make("span", {}, text), nm.make("span", { ariaHidden: "true" }, count), b);
      lost.hidden = false;
    } else if (lost.children.length === 4) {
      lost.children[2].textContent = count;
    }
  };
  setInterval(tell, 1000);

  // What happens from the making of this page on is told, and after a break what happened
  // in it. A new EventSource has no Last-Event-ID of its own; the address carries it.
  const from = new Date(Number(document.body.dataset.now)).toISOString();
  let timer = 0;
  const connect = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/events?" + new URLSearchParams({ since: from, ...(last && { last }) }));
    heardAt = Date.now();
    const heard = () => {
      heardAt = Date.now();
      if (since) { since = 0; wait = 1; lost.hidden = true; state("ok", "Live"); refresh(); }
    };
    source.addEventListener("open", heard);
    const event = (e) => {
      if (e.lastEventId) last = e.lastEventId;
      heard();
      nm.heard(e);
      if (concerns(e)) refresh();
    };
    for (const kind of ["message", "lost"]) source.addEventListener(kind, event);
    source.addEventListener("beat", (e) => { if (e.lastEventId && last) last = e.lastEventId; heard(); });
    source.addEventListener("end", (e) => { if (e.data.includes("unauthenticated")) end(); });
    source.addEventListener("error", broken);
  };
  const broken = async () => {
    source.close();
    if (signedOut) return;
    since ||= Date.now();
    try {
      const got = await fetch("/events?ask=1", { headers: { "X-Requested-With": "netmirror" }, signal: AbortSignal.timeout(5000) });
      if (got.status === 401) { end(); return; }
    } catch { /* away */ }
    wait = Math.min(10, wait * 2);
    again = Date.now() + wait * 1000;
    clearTimeout(timer);
    timer = setTimeout(connect, wait * 1000);
  };
  connect();
  // A connection that was cut in between ends on neither side; the stream gives a sign of
  // life every 10 s.
  setInterval(() => {
    if (!source || signedOut || since || Date.now() - heardAt < 16_000) return;
    since = heardAt;
    broken();
  }, 1000);

  // A tab that nobody looks at for five minutes holds no stream.
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) { hidden = setTimeout(() => { clearTimeout(timer); source?.close(); source = null; }, 300_000); return; }
    if (!source && !signedOut) { connect(); refresh(); }
  });
  // Load is measured, and makes no event; it is asked for while somebody sees it.
  const seen = (e) => { const r = e.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight; };
  setInterval(() => { if (!document.hidden && !since && !signedOut && nm.all("[data-load]").some(seen)) refresh(); }, 10_000);
})();
