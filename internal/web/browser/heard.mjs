// What a screen reader gets of a page.

// heard is the tree that a screen reader gets, as nested lists of { role, name, kids }.
export const heard = async (page) => {
  const cdp = await page.context().newCDPSession(page);
  const { nodes } = await cdp.send("Accessibility.getFullAXTree");
  await cdp.detach();
  const by = new Map(nodes.map((n) => [n.nodeId, n]));
  const build = (n) => {
    const kids = (n.childIds || []).map((id) => by.get(id)).filter(Boolean).flatMap(build);
    if (n.ignored || ["generic", "none", "InlineTextBox"].includes(n.role?.value)) return kids;
    const of = Object.fromEntries((n.properties || []).map((p) => [p.name, p.value.value]));
    return [{ role: n.role.value, name: n.name?.value ?? "", live: of.live, id: n.backendDOMNodeId, kids }];
  };
  return build(nodes[0])[0];
};
export const every = (node, role, out = []) => {
  if ([role].flat().includes(node.role)) out.push(node);
  for (const k of node.kids) every(k, role, out);
  return out;
};
export const said = (node) => (node.role === "StaticText" ? node.name : node.kids.map(said).filter(Boolean).join(" ") || node.name);
