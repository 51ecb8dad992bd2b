// A view's figures on the page: the bar for them, a card for each panel, and its first picture.

import { arrange } from "./arrange.js";
import { nextPicture } from "./dom.js";
import { readTheme } from "./palette.js";

/** @typedef {import("./view.js").View} View */

/**
 * What can be shown before plotly.js is there: bar and cards, and what a panel draws by itself.
 *
 * @param {View} view
 * @param {Message} message
 */
export function sketch(view, message) {
  const { figures, frames, state } = message;
  const frame = frames.at(-1);
  if (!figures || !frame || view.panels.length > 0) return;
  place(view, figures);
  view.bar.setSpeeds(message.speeds, message.speed);
  view.bar.room.measure();
  for (const [i, panel] of view.panels.entries()) {
    const spec = figures.panels[i];
    panel.card.setSpec(spec);
    panel.sketch?.(spec, frame, state?.[panel.id]);
  }
  view.bar.readAll(frame.row, false);
  view.saying(message);
}

/**
 * A message that nobody asked for brings the figures again: only others are drawn.
 *
 * @param {View} view
 * @param {Message} message
 */
export async function showFigures(view, { figures, frames, state }) {
  if (!figures) return;
  const drawn = JSON.stringify(figures);
  if (drawn === view.drawn) return;
  view.drawn = drawn;
  view.focused = null; // new lines, tiles and rows all stand out
  view.themeKey = readTheme(view.root).key;
  place(view, figures);
  const [frame] = frames;
  for (const [i, panel] of view.panels.entries()) {
    const spec = figures.panels[i];
    panel.card.setSpec(spec);
    await panel.setFigure(spec, frame, state?.[panel.id]);
    if (i > 0 || !frame || view.dead) continue;
    // The first panel with its picture, the others a moment later.
    if (state?.[panel.id]) panel.setState?.(state[panel.id]);
    panel.frame?.(frame, []);
    await nextPicture();
  }
}

/**
 * @param {View} view
 * @param {Figures} figures
 */
function place(view, figures) {
  view.figures = figures;
  view.root.setAttribute("aria-label", figures.label);
  view.bar.setFigures(figures);
  view.panels = arrange(view, figures.panels);
}
