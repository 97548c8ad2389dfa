// Live: one stream of events a tab. An event makes this page be fetched again, at most once
// a second, and the parts that it concerns are put in place. Nothing moves under the pointer
// or the focus: a list that would be another says so and waits for a click.
"use strict";
(() => {
  const live = nm.one("#live"), lost = nm.one("#lost");
  if (!live || !window.EventSource) return;
  live.hidden = false;
  let source, last = "", since = 0, wait = 1, again = 0, fresh = 0, due = 0, signedOut = false;

  // morph makes a of b in place: what is the same stays the same node, with its focus.
  const morph = (a, b) => {
    if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) { a.replaceWith(document.importNode(b, true)); return; }
    if (a.nodeType !== Node.ELEMENT_NODE) { if (a.data !== b.data) a.data = b.data; return; }
    if (a.matches("input,select,textarea,dialog")) return; // what is typed stays
    for (const { name } of [...a.attributes]) if (!b.hasAttribute(name) && name !== "open") a.removeAttribute(name);
    for (const { name, value } of b.attributes) if (name !== "open" && a.getAttribute(name) !== value) a.setAttribute(name, value);
    if (a.matches(".cpb")) a = a.firstChild;
    const from = [...a.childNodes], to = [...b.childNodes];
    for (let i = 0; i < to.length; i++) {
      const there = from[i] && from[i].matches?.(".cpb") && to[i].matches?.("pre.code") ? from[i].firstChild : from[i];
      if (there) morph(there, to[i]); else a.append(document.importNode(to[i], true));
    }
    for (const extra of from.slice(to.length)) extra.remove();
  };
  const keys = (e) => nm.all("[data-key]", e).map((x) => x.dataset.key).join("\n");
  const busy = (e) => e.matches(":hover") || e.contains(document.activeElement) || nm.one("dialog[open]");

  const put = (page) => {
    for (const part of nm.all("[data-part]")) {
      const next = nm.one(`[data-part="${CSS.escape(part.dataset.part)}"]`, page);
      if (!next) continue;
      const other = keys(part) !== keys(next);
      if (other && busy(part)) {
        let note = nm.one(".moved", part.parentNode);
        if (!note) {
          note = nm.make("button", { type: "button", className: "lk moved" });
          note.addEventListener("click", () => { note.remove(); morph(part, next); nm.arrived(part); });
          part.before(note);
        }
        note.textContent = "The list has changed, update";
        continue;
      }
      if (other) nm.one(".moved", part.parentNode)?.remove();
      morph(part, next);
      nm.arrived(part);
    }
    const title = nm.one("title", page);
    if (title) document.title = title.textContent;
  };
  const fetchNow = async () => {
    fresh = 0;
    due = Date.now() + 1000;
    try {
      const got = await fetch(location.href, { headers: { "X-Requested-With": "netmirror" } });
      if (got.status === 401) { end(); return; }
      if (got.status === 404) gone();
      if (got.ok) put(nm.parse(await got.text()));
    } catch { /* the stream tells that the controller is away */ }
  };
  // A page without parts, such as a form that came back with its reasons, stays as it is.
  const refresh = () => { if (!fresh && nm.one("[data-part]")) fresh = setTimeout(fetchNow, Math.max(100, due - Date.now())); };
  nm.refresh = refresh;

  const state = (shape, text) => {
    const [i, word] = live.firstElementChild.children;
    i.className = "s " + shape;
    if (word.textContent !== text) word.textContent = text;
  };
  const end = () => {
    signedOut = true;
    source?.close();
    state("no", "Signed out");
    lost.replaceChildren("Your sign-in has ended. ", nm.make("a", { href: "/login?next=" + encodeURIComponent(location.pathname + location.search) }, "Sign in"), "; what you typed stays here.");
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
    const at = new Date(nm.now() - gone * 1000).toTimeString().slice(0, 8);
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

  let timer = 0;
  const connect = () => {
    clearTimeout(timer);
    source?.close();
    // A new EventSource has no Last-Event-ID of its own; the address carries it.
    source = new EventSource("/events" + (last ? "?last=" + encodeURIComponent(last) : ""));
    const heard = () => {
      if (since) { since = 0; wait = 1; lost.hidden = true; state("ok", "Live"); refresh(); }
    };
    source.addEventListener("open", heard);
    const event = (e) => { if (e.lastEventId) last = e.lastEventId; heard(); nm.heard?.(e); refresh(); };
    for (const kind of ["message", "lost"]) source.addEventListener(kind, event);
    source.addEventListener("event", event);
    source.addEventListener("end", (e) => { if (e.data.includes("unauthenticated")) end(); });
    source.addEventListener("error", async () => {
      source.close();
      if (signedOut) return;
      since ||= Date.now();
      try {
        const got = await fetch("/events?ask=1", { headers: { "X-Requested-With": "netmirror" } });
        if (got.status === 401) { end(); return; }
      } catch { /* away */ }
      wait = Math.min(10, wait * 2);
      again = Date.now() + wait * 1000;
      clearTimeout(timer);
      timer = setTimeout(connect, wait * 1000);
    });
  };
  connect();

  // A tab that nobody looks at for five minutes holds no stream.
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) { hidden = setTimeout(() => { clearTimeout(timer); source?.close(); source = null; }, 300_000); return; }
    if (!source && !signedOut) { connect(); refresh(); }
  });
  // Load is measured, and makes no event.
  setInterval(() => { if (!document.hidden && !since && !signedOut && nm.one("[data-load]")) refresh(); }, 10_000);
})();
