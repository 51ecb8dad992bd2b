// Which panels stand where on a view's page.

import { element } from "./dom.js";
import { makePanel } from "./panels.js";

/**
 * Panels of the same name and kind stay as they are on the page and only take their new figures.
 *
 * @param {import("./view.js").View} view
 * @param {PanelSpec[]} specs
 */
export function arrange(view, specs) {
  const { panels: before, box, eye } = view;
  const panels = specs.map(
    (spec) => before.find(({ id, kind }) => id === spec.id && kind === spec.kind) ?? makePanel(spec, view),
  );
  for (const panel of before) if (!panels.includes(panel)) drop(panel, eye);
  for (const panel of panels) if (!before.includes(panel)) eye.observe(panel.box);
  if (before.length === panels.length && before.every((panel, i) => panel === panels[i])) return panels;
  box.replaceChildren();
  for (const [i, { card }] of panels.entries()) {
    const name = `nn-${specs[i].box ?? "panels"}`;
    if (box.lastElementChild?.className !== name) box.append(element("div", name));
    box.lastElementChild?.append(card.node);
  }
  return panels;
}

/**
 * @param {import("./panels.js").Placed} panel
 * @param {IntersectionObserver} eye
 */
function drop(panel, eye) {
  eye.unobserve(panel.box);
  panel.destroy();
  panel.card.node.remove();
}
