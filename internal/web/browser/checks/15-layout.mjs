// Every page at every width, with the fonts of another system, and with large text.
import { check, pages } from "../world.mjs";

// cutOff lists what of a page is cut off: text that leaves the box which it stands in, or
// that a box with hidden overflow hides.
const cutOff = () => {
  const out = [], scrolls = (s) => /auto|scroll/.test(s.overflowX), hides = (s) => /hidden|clip/.test(s.overflowX + s.overflowY);
  const boxes = ".card, .list, .att, .banner, .truth, .btn, .seg, .bar2, .top, .evs, .errs, .pill, th, td, dialog, fieldset, summary";
  const said = (e) => `${e.localName}.${e.className} "${e.textContent.trim().slice(0, 40)}"`;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let n; (n = walker.nextNode());) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest(".vh, .skip, script, svg, option, .toast, [hidden], details:not([open]) > :not(summary)") || !e.checkVisibility()) continue;
    range.selectNodeContents(n);
    const rects = [...range.getClientRects()].filter((r) => r.width > 1);
    if (!rects.length) continue;
    const left = Math.min(...rects.map((r) => r.left)), right = Math.max(...rects.map((r) => r.right)), bottom = Math.max(...rects.map((r) => r.bottom));
    for (let box = e; box && box !== document.body; box = box.parentElement) {
      const s = getComputedStyle(box);
      if (scrolls(s) || (s.clipPath !== "none" && s.position === "absolute")) break; // the rest is reached, or is for screen readers
      if (s.display === "inline" || s.display === "contents") continue;
      const r = box.getBoundingClientRect();
      const hangs = s.whiteSpace === "pre-wrap" || e.closest("pre") ? 10 : 0; // a space at the end of a line of the device
      const beyond = right > r.right + 1.5 + hangs || left < r.left - 1.5;
      if (s.textOverflow === "ellipsis" && beyond) break; // cut on purpose, and told so
      if ((box.matches(boxes) || hides(s)) && beyond) { out.push(`${said(e)} leaves ${said(box)} by ${Math.round(Math.max(right - r.right, r.left - left))} px`); break; }
      if (hides(s) && bottom > r.bottom + 3) { out.push(`${said(e)} is cut off below in ${said(box)}`); break; }
      if (s.position === "absolute" || s.position === "fixed") break;
    }
  }
  return [...new Set(out)].slice(0, 6);
};

// sized makes the text of a page so many times as large, and leaves the rest.
const sized = (times) => {
  const sizes = [...document.querySelectorAll("body, body *")].map((e) => [e, parseFloat(getComputedStyle(e).fontSize)]);
  for (const [e, size] of sizes) e.style.fontSize = size * times + "px";
};

const fonts = async (page, name) => page.evaluate((name) => {
  const sheet = new CSSStyleSheet();
  if (name) sheet.replaceSync(`* { font-family: "${name}" !important }`);
  document.adoptedStyleSheets = [sheet];
}, name);

check("at every width, with other fonts and at 200 % nothing is cut off and nothing scrolls sideways", async (t) => {
  const page = await t.page("admin");
  await fonts(page, "DejaVu Sans");
  const wide = await page.evaluate(() => { const c = document.createElement("canvas").getContext("2d"); const of = (f) => { c.font = "20px " + f; return c.measureText("Whether copies arrive").width; }; return of('"DejaVu Sans"') !== of('"Liberation Sans", serif'); });
  t.yes(wide, "DejaVu is not installed (make test-deps)");
  for (const [name, path] of Object.entries(pages)) {
    await t.go(page, path);
    await page.evaluate(() => document.querySelectorAll("details.unit:first-of-type, details.op:first-of-type, details.more").forEach((d) => { d.open = true; }));
    // 720 and 512 are 1440 and 1024 at 200 %.
    for (const width of [1440, 1024, 720, 512, 390, 320]) {
      await page.setViewportSize({ width, height: 900 });
      for (const font of ["", "DejaVu Sans"]) {
        await fonts(page, font);
        const by = await t.sideways(page), cut = await page.evaluate(cutOff);
        const at = `${name} at ${width} px${font && " in " + font}`;
        if (by > 0) t.fault(`${at}: ${by} px sideways`);
        for (const c of cut) t.fault(`${at}: ${c}`);
      }
    }
    // Text alone at 200 %, as a browser that enlarges nothing else does it.
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.evaluate(sized, 2);
    const by = await t.sideways(page);
    if (by > 0) t.fault(`${name} with text at 200 %: ${by} px sideways`);
    for (const c of await page.evaluate(cutOff)) t.fault(`${name} with text at 200 %: ${c}`);
  }
});

check("the finder of what is cut off finds some", async (t) => {
  const page = await t.page("viewer");
  await page.evaluate(() => {
    for (const [css, text] of [["width:40px;white-space:nowrap", "longer than its card"], ["height:10px;overflow:hidden", "one two three four five six ".repeat(60)]]) {
      const e = document.createElement("p");
      e.className = "card";
      e.style.cssText = css;
      e.textContent = text;
      document.querySelector("main").append(e);
    }
  });
  const found = (await page.evaluate(cutOff)).join("\n");
  t.has(found, "longer than its card");
  t.has(found, "is cut off below");
});
