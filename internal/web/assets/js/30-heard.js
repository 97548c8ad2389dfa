// What an event means to whoever reads: copies that are lost and relief are announced and
// counted in the title, and an open dialog or form whose ground has changed says so.
"use strict";
(() => {
  const alarms = new Set(["ReliefTaken", "ReliefExhausted", "CopiesNotFlowing", "DestinationUnhealthy"]);
  const degraded = (e) => e.type === "PhaseChanged" && /^\S+ to (Degraded|Failed)\b/.test(e.message);
  let batch = new Map(), due = 0;
  const announce = () => {
    const all = [...batch.values()];
    batch = new Map();
    due = 0;
    const few = all.slice(0, 3).map((e) => `${e.session || e.device || e.object?.name || ""}: ${e.message}`);
    if (all.length > 3) few.push(`${all.length - 3} more.`);
    nm.say(few.join(" "), 12_000);
    if (document.hidden || !document.hasFocus()) nm.unseen(all.length);
  };
  for (const kind of ["focus", "pointermove", "keydown"]) addEventListener(kind, () => nm.unseen(0), { passive: true });

  const changes = new Set(["SessionChanged", "SessionDeleteAccepted", "SessionDeleted", "SessionReleased", "LeaseExpired", "DeviceStored", "DeviceReleased", "DeviceDeleted", "PlanApplied"]);
  const roots = { session: "/sessions/", device: "/devices/", plan: "/plans/" };
  const gone = /Deleted$|DeleteAccepted$|Released$/;
  // about reports whether what is at an address acts on an object.
  const about = (href, { kind, name }) => {
    const at = new URL(href, location.href), own = roots[kind] + encodeURIComponent(name);
    return at.pathname.startsWith(own + "/") || (kind === "session" && at.pathname === "/new" && at.searchParams.get("edit") === name);
  };
  const groundChanged = (e) => {
    const object = e.object ?? (e.session ? { kind: "session", name: e.session } : null);
    if (!object || !roots[object.kind]) return;
    const dialog = nm.one("dialog[open] form[action]"), form = dialog || nm.one("main form[data-make], main .actp form");
    if (!form || !(about(form.getAttribute("action") || location.href, object) || (!dialog && about(location.href, object)))) return;
    const text = `${object.name} ${gone.test(e.type) ? "was taken away" : "was changed"} by ${e.actor} at ${nm.clock(Date.parse(e.at))}, while this is open. What you see is from before: it is refused, and what you typed stays.`;
    const said = nm.one(".ground", form);
    if (said) { said.lastChild.data = text; return; }
    form.append(nm.make("p", { className: "bar2 b-wa ground", role: "status" }, nm.make("i", { className: "s wa" }), text));
  };

  nm.heard = (message) => {
    let e;
    try { e = JSON.parse(message.data); } catch { return; }
    if (alarms.has(e.type) || degraded(e)) {
      const key = e.session || e.device || e.message;
      if (!batch.has(key) || alarms.has(e.type)) batch.set(key, e);
      due ||= setTimeout(announce, 1000);
    }
    if (changes.has(e.type)) groundChanged(e);
  };
})();
