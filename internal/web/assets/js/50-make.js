// The form of a session: rows come and go in place, ports are suggested once a device is
// named, and the forecast is reckoned again on each change. Each of them is a button of the
// form, too: this only presses it without loading the page.
"use strict";
(() => {
  const send = async (form, what) => {
    const body = new URLSearchParams(new FormData(form));
    body.set("do", what);
    const got = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "X-Requested-With": "netmirror" } });
    if (!got.ok && got.status !== 422) throw new Error(String(got.status));
    return nm.parse(await got.text());
  };

  let due = 0, turn = 0;
  const forecast = (form) => {
    const aside = nm.one("#forecast > div");
    const mine = ++turn;
    aside.setAttribute("aria-busy", "true");
    send(form, "forecast").then((page) => {
      if (mine !== turn || !form.isConnected) return; // a newer one is on its way
      const next = nm.one("#forecast > div", page);
      if (next) aside.replaceChildren(...document.adoptNode(next).childNodes);
      const rates = nm.all("[data-rate]", page), rows = nm.all("[data-rate]", form);
      const kept = nm.all("[name=src-port]", form).map((e, i) => ({ e, out: rows[i] })).filter((r) => r.e.value.trim() || r.e.closest("tr").querySelector("[name=src-device]").value.trim());
      kept.forEach((r, i) => { r.out.textContent = rates[i] ? rates[i].textContent : ""; });
    }).catch(() => { /* Preview tells what is wrong */ }).finally(() => { if (mine === turn) aside.removeAttribute("aria-busy"); });
  };
  const soon = (form) => { clearTimeout(due); due = setTimeout(() => forecast(form), 500); };

  const suggest = async (input) => {
    const row = input.closest("tr, .plc"), port = nm.one("[data-port]", row), device = input.value.trim();
    if (!device || !port) return;
    port.setAttribute("list", "ports-" + device);
    if (document.getElementById("ports-" + device)) return;
    try {
      const got = await fetch("/new/ports?device=" + encodeURIComponent(device), { headers: { "X-Requested-With": "netmirror" } });
      const list = got.ok && nm.one("datalist", nm.parse(await got.text()));
      if (list) nm.one("[data-ports]").append(document.adoptNode(list));
    } catch { /* a device can be named that nobody knows yet */ }
  };

  // Buttons that add or take out a row, or fill in how copies travel.
  const inPlace = async (form, button) => {
    const part = button.closest("fieldset").id, what = button.value;
    const page = await send(form, what);
    for (const id of ["rows", "f-to"]) {
      const next = nm.one("#" + id, page), here = document.getElementById(id);
      if (next && here) here.replaceWith(document.adoptNode(next));
    }
    nm.arrived(form);
    const proposed = what === "way" && document.getElementById("way");
    if (proposed) { proposed.focus(); soon(form); return; }
    const fields = nm.all(what.startsWith("add-place") ? "[name=dst-device]" : "[name=src-device]", form);
    (what.startsWith("add-") && fields.length ? fields[fields.length - 1] : nm.one("#" + part + " button"))?.focus();
    soon(form);
  };

  nm.onPart((root) => {
    const form = root === document ? nm.one("form[data-make]") : null;
    if (!form) return;
    form.addEventListener("input", (e) => {
      if (e.target.matches("[data-device]")) return; // when it is whole
      if (e.target.name === "lease-other") nm.one("[name=lease][value=other]", form).checked = true;
      if (!e.target.matches("#f-reason,#f-ticket,#f-description,[name=lease],[name=lease-other]")) soon(form);
    });
    form.addEventListener("change", (e) => {
      if (e.target.matches("[data-device]")) { suggest(e.target); soon(form); }
    });
    form.addEventListener("submit", (e) => {
      const b = e.submitter;
      if (!b || !b.matches("[data-in-place]")) return;
      e.preventDefault();
      inPlace(form, b).catch(() => { b.removeAttribute("data-in-place"); b.click(); });
    });
    if (!nm.one("#forecast .vd")) forecast(form);
  });

  // A plan: printed, and its text for a ticket copied.
  nm.onPart((root) => {
    for (const b of nm.all("[data-print]", root)) { b.hidden = false; b.onclick = () => print(); }
  });
  document.addEventListener("click", async (e) => {
    const link = e.target.closest("a[data-copy-text]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || !navigator.clipboard) return;
    e.preventDefault();
    try {
      const got = await fetch(link.href, { headers: { "X-Requested-With": "netmirror" } });
      if (!got.ok) throw new Error(String(got.status));
      await navigator.clipboard.writeText(await got.text());
      nm.say("The plan is copied as text.");
    } catch { location.href = link.href; }
  });
})();
