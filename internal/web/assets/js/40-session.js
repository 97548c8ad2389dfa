// Renewing: button, command and call say what is chosen.
"use strict";
nm.onPart((root) => {
  const pick = nm.one("[data-renew]", root);
  if (!pick) return;
  const form = pick.closest("form"), button = nm.one("[data-do-button]", form), time = nm.one("[name=time]", pick);
  const say = () => {
    const on = nm.one("[name=to]:checked", pick), lines = nm.all(".same pre.code", form);
    if (!on) return;
    const other = on.value === "other" && time.value;
    if (button) button.textContent = other ? "Renew until " + time.value.replace("T", " ") : on.dataset.do;
    time.hidden = on.value !== "other";
    if (lines.length < 2 || other) return;
    if (on.dataset.cli) lines.at(-2).textContent = on.dataset.cli;
    if (on.dataset.curl) lines.at(-1).textContent = on.dataset.curl;
  };
  pick.addEventListener("change", say);
  time.addEventListener("input", say);
  say();
});
