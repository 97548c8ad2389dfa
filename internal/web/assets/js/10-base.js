// What every page does beyond being read: clocks, copying, dialogs, keys. Without it each
// page reads and each form works. Text is only ever set as text; what comes as HTML comes
// from this server and passes the one policy below.
"use strict";
const nm = (() => {
  const one = (q, e = document) => e.querySelector(q);
  const all = (q, e = document) => [...e.querySelectorAll(q)];
  const make = (name, props, ...kids) => {
    const e = Object.assign(document.createElement(name), props);
    e.append(...kids);
    return e;
  };
  const own = window.trustedTypes
    ? trustedTypes.createPolicy("netmirror", { createHTML: (text) => text })
    : { createHTML: (text) => text };
  // parse gives a document of a page of ours; scripts in it never run.
  const parse = (text) => new DOMParser().parseFromString(own.createHTML(text), "text/html");
  let toast = 0;
  const say = (text, ms = 4000) => {
    const t = one("#toast");
    if (!t) return;
    t.textContent = text;
    clearTimeout(toast);
    toast = setTimeout(() => { t.textContent = ""; }, ms);
  };
  // now is the server's time: clocks of browsers are wrong.
  const skew = document.body.dataset.now ? Number(document.body.dataset.now) - Date.now() : 0;
  const now = () => Date.now() + skew;
  // clock is the time of day in the zone of the page's other times, which need not be the
  // browser's.
  const zone = Number(document.body.dataset.zone || 0) * 1000;
  const clock = (ms) => new Date(ms + zone).toISOString().slice(11, 19);
  // started hooks are called for each part of a page that came or was put in place anew.
  const hooks = [];
  const onPart = (f) => { hooks.push(f); };
  const arrived = (root) => { for (const f of hooks) f(root); };
  return { one, all, make, parse, say, now, clock, onPart, arrived };
})();

// Ages and leases count here.
(() => {
  const brief = (s) => {
    s = Math.max(0, Math.floor(s));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    if (s < 86400) return m ? `${h} h ${m} min` : `${h} h`;
    const d = Math.floor(s / 86400), rest = h % 24;
    return d < 7 && rest ? `${d} d ${rest} h` : `${d} d`;
  };
  const put = (e, text) => { if (e.textContent !== text) e.textContent = text; };
  const tick = () => {
    const now = nm.now();
    for (const e of nm.all("[data-clock]")) put(e, nm.clock(now));
    for (const e of nm.all("[data-until]")) { // end of a lease
      const s = (Date.parse(e.dataset.until) - now) / 1000;
      put(e, s <= 0 ? "ending" : brief(s));
    }
    for (const e of nm.all("[data-since]")) put(e, `${brief((now - Date.parse(e.dataset.since)) / 1000)} ago`);
  };
  setInterval(tick, 1000);
})();

// Each block of text for a terminal has a button that copies it.
nm.onPart((root) => {
  for (const pre of nm.all("pre.code:not(.cpb > pre)", root)) {
    const button = nm.make("button", { type: "button", className: "btn cpy" }, "Copy"), box = nm.make("div", { className: "cpb" });
    button.setAttribute("aria-label", "Copy: " + pre.textContent.trim().slice(0, 40));
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
      } catch {
        getSelection().selectAllChildren(pre);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      nm.say("Copied.");
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    pre.replaceWith(box);
    box.append(pre, button);
  }
});

// A link with data-dialog leads to a page; with this script its content is shown over the
// page that it is on. A form in it is sent as on its own page.
nm.dialog = async (link) => {
  let page;
  try {
    const got = await fetch(link.href, { headers: { "X-Requested-With": "netmirror" } });
    if (!got.ok && got.status !== 409 && got.status !== 422) throw new Error(String(got.status));
    page = nm.parse(await got.text());
  } catch {
    location.href = link.href; // that page says what is wrong
    return;
  }
  const content = nm.one("[data-dialog-body]", page);
  if (!content) { location.href = link.href; return; }
  const box = nm.make("dialog", {}, document.adoptNode(content));
  const title = nm.one("h1", box);
  if (title) {
    const h2 = nm.make("h2", { id: "dialog-title" }, ...title.childNodes);
    title.replaceWith(h2); // the page has its h1
    box.setAttribute("aria-labelledby", "dialog-title");
  }
  for (const keep of nm.all("[data-keep]", box)) {
    keep.addEventListener("click", (e) => { e.preventDefault(); box.close(); });
  }
  box.addEventListener("close", () => { box.remove(); link.focus(); });
  document.body.append(box);
  nm.arrived(box);
  box.showModal();
  (nm.one("[autofocus]", box) || nm.one("[data-keep]", box))?.focus();
};
document.addEventListener("click", (e) => {
  const link = e.target.closest("a[data-dialog]");
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey || link.getAttribute("aria-disabled") === "true") return;
  e.preventDefault();
  nm.dialog(link);
});

// A form whose answer waits for a device says since when it waits, and how long is usual.
// It is sent once.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (e.defaultPrevented || !form.dataset.wait) return;
  if (nm.one(".wait", form)) { e.preventDefault(); return; }
  const so = nm.make("span", {}, "0 s"), began = Date.now();
  const note = nm.make("p", { className: "wait" }, nm.make("i", { className: "s go" }), nm.make("span", { role: "status" }, form.dataset.wait + ", "), so, " so far; usually a few seconds, at most 20 s");
  form.append(note);
  const timer = setInterval(() => { so.textContent = Math.floor((Date.now() - began) / 1000) + " s"; }, 1000);
  addEventListener("pageshow", () => { clearInterval(timer); note.remove(); }, { once: true }); // back to it
});

// Single keys, which can be turned off (WCAG 2.1.4).
(() => {
  const off = () => localStorage.getItem("netmirror-keys") === "off";
  const list = [["/", "to the filter"], ["j", "next row"], ["k", "previous row"], ["n", "new session"], ["?", "this list"]];
  const show = () => {
    const on = nm.make("input", { type: "checkbox", checked: !off() });
    on.addEventListener("change", () => localStorage.setItem("netmirror-keys", on.checked ? "on" : "off"));
    const box = nm.make("dialog", {}, nm.make("form", { method: "dialog" },
      nm.make("h2", { id: "keys-title" }, "Keyboard shortcuts"),
      nm.make("dl", { className: "keys" }, ...list.flatMap(([k, t]) => [nm.make("dt", {}, nm.make("kbd", {}, k)), nm.make("dd", {}, t)])),
      nm.make("label", { className: "ck" }, on, "Single-key shortcuts are on"),
      nm.make("div", { className: "act" }, nm.make("button", { className: "btn" }, "Close"))));
    box.setAttribute("aria-labelledby", "keys-title");
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  };
  for (const b of nm.all("[data-keys]")) { b.hidden = false; b.addEventListener("click", show); }
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input,select,textarea") || nm.one("dialog[open]")) return;
    if (e.key === "?") { show(); return; }
    if (off()) return;
    const rows = nm.all("[data-row]").filter((r) => r.offsetParent), at = rows.indexOf(document.activeElement);
    switch (e.key) {
      case "/": { const f = nm.one("[aria-keyshortcuts='/']"); if (f) { e.preventDefault(); f.focus(); } break; }
      case "j": rows[Math.min(rows.length - 1, at + 1)]?.focus(); break;
      case "k": rows[Math.max(0, at - 1)]?.focus(); break;
      case "n": location.href = "/new"; break;
    }
  });
})();

addEventListener("beforeprint", () => { for (const d of nm.all("details:not(.same,.me)")) d.open = true; });
addEventListener("DOMContentLoaded", () => {
  nm.arrived(document);
  // An address with the name of a folded part opens it.
  const part = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (part && part.matches("details")) part.open = true;
});
