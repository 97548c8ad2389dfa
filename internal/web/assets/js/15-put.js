// Putting in place what has changed on a page. What is the same stays the same node, with
// its focus and whether it is open. Nothing moves under the pointer or the focus: a list
// that would be another waits, and a button says how many changes there are.
"use strict";
(() => {
  const keyOf = (n) => n.dataset?.key;
  // A text for a terminal has a box around it here, and none on the page that came.
  const inBox = (have, want) => (have?.matches?.(".cpb") && want.matches?.("pre.code") ? have.firstChild : have);

  const morph = (a, b) => {
    if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) { a.replaceWith(document.importNode(b, true)); return; }
    if (a.nodeType !== Node.ELEMENT_NODE) { if (a.data !== b.data) a.data = b.data; return; }
    if (a.matches("input,select,textarea,dialog")) return; // what is typed stays
    for (const { name } of [...a.attributes]) if (!b.hasAttribute(name) && name !== "open") a.removeAttribute(name);
    for (const { name, value } of b.attributes) if (name !== "open" && a.getAttribute(name) !== value) a.setAttribute(name, value);
    children(a, b);
  };
  // Entries of a list are known by their keys, so that each keeps what it shows; the rest by
  // its place.
  const children = (a, b) => {
    const wanted = new Set([...b.children].map(keyOf)), named = new Map();
    for (const e of [...a.children]) {
      if (keyOf(e) === undefined) continue;
      if (wanted.has(keyOf(e))) named.set(keyOf(e), e); else e.remove();
    }
    let at = a.firstChild;
    for (const want of b.childNodes) {
      const key = keyOf(want);
      if (key === undefined) while (at && keyOf(at) !== undefined && named.get(keyOf(at)) !== at) at = at.nextSibling;
      const have = key === undefined ? (at && keyOf(at) === undefined ? at : null) : named.get(key);
      named.delete(key);
      if (!have) { a.insertBefore(document.importNode(want, true), at); continue; }
      if (have === at) at = at.nextSibling; else a.insertBefore(have, at);
      morph(inBox(have, want), want);
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };

  const keys = (e) => nm.all("[data-key]", e).map(keyOf);
  // changes is how many entries come or go; 1 where they only stand in another order.
  const changes = (part, next) => {
    const is = keys(part), will = keys(next), a = new Set(is), b = new Set(will);
    const n = is.filter((k) => !b.has(k)).length + will.filter((k) => !a.has(k)).length;
    return n || Number(is.join("\n") !== will.join("\n"));
  };

  // The pointer counts while somebody moves it: a page on a wall goes on by itself.
  let moved = 0;
  addEventListener("pointermove", () => { moved = Date.now(); }, { passive: true });
  const below = (part, e) => part.contains(e) || (part.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING && nm.one("main").contains(e));
  const held = (part) => {
    if (nm.one("dialog[open]")) return true;
    const focus = document.activeElement;
    if (focus && focus !== document.body && below(part, focus)) return true;
    const under = Date.now() - moved < 30_000 && part.getAttribute("role") !== "log" && nm.all("[data-part]:hover, main form:hover").at(-1);
    return Boolean(under && below(part, under));
  };

  let latest = null, waiting = 0;
  const note = nm.make("button", { type: "button", className: "btn moved" });
  const tell = (n, first) => {
    waiting = n;
    if (!n) { note.remove(); return; }
    const text = (n === 1 ? "1 change" : n + " changes") + ", update";
    if (note.textContent !== text) note.textContent = text;
    if (first.previousElementSibling !== note) first.before(note);
  };
  nm.put = (page, force = false) => {
    latest = page;
    let n = 0, first = null;
    for (const part of nm.all("[data-part]")) {
      const next = nm.one(`[data-part="${CSS.escape(part.dataset.part)}"]`, page);
      if (!next) continue;
      const some = changes(part, next);
      if (some && !force && held(part)) { n += some; first ||= part; continue; }
      // A banner goes with the next navigation; until then it says that it is over.
      if (part.matches("[data-banner]") && part.firstElementChild && !next.firstElementChild) { over(part); continue; }
      morph(part, next);
      nm.arrived(part);
    }
    tell(n, first);
    nm.title(nm.one("title", page)?.textContent);
    if (!n) latest = null;
  };
  const over = (part) => {
    if (nm.one(".over", part)) return;
    part.firstElementChild.append(nm.make("p", { className: "over" }, nm.make("i", { className: "s ok" }), `Over since ${nm.clock(nm.now())}; what is said here was before.`));
  };
  note.addEventListener("click", () => {
    const page = latest;
    nm.one("main").focus({ preventScroll: true });
    if (page) nm.put(page, true);
  });
  setInterval(() => { if (waiting && latest) nm.put(latest); }, 2000);

  // What happened while nobody looked is counted in the title.
  let title = document.title, unseen = 0;
  nm.title = (text) => {
    title = text ?? title;
    const whole = (unseen ? `(${unseen}) ` : "") + title;
    if (document.title !== whole) document.title = whole;
  };
  nm.unseen = (n) => { unseen = n ? unseen + n : 0; nm.title(); };
})();
