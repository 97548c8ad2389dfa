// The picture that the README shows: a fleet that needs somebody.
import { check } from "../world.mjs";

check("picture for the README", async (t) => {
  if (!process.env.CHECK_PICTURES) return;
  const put = (path, body) => t.api("PUT", path, body, { Prefer: "wait=20" });
  await put("/sessions/lobby-printer", { description: "printer in the lobby", purpose: { reason: "prints twice", ticket: "INC-4655" }, lease: { duration: "20m" }, sources: [{ device: "leaf-1", interface: "Et7", direction: "rx" }], destinations: [{ device: "leaf-1", interface: "Et48" }] });
  await put("/sessions/server-5", { ...(await t.api("GET", "/sessions/server-5")).json.spec, description: "backup server, to the recorder", purpose: { reason: "slow at night", ticket: "CHG-2251" } });
  await t.fleet("silent", { device: "dist-1", on: "true" });
  await t.until("its copies stop", async () => (await t.api("GET", "/sessions/server-5")).json.status.phase === "Degraded", 60);
  for (const [name, path] of [["page-overview", "/"], ["page-session", "/sessions/server-5"]]) {
    const page = await t.page("operator", { viewport: { width: 1280, height: name === "page-overview" ? 720 : 900 } });
    await t.go(page, path);
    await page.locator("#live >> text=Live").waitFor();
    await page.screenshot({ path: `${process.env.CHECK_PICTURES}/${name}.png` });
  }
  await t.fleet("silent", { device: "dist-1", on: "false" });
});
