// Streamlit's entry: which view takes a message, and when a view is at its end.

import { readHeader } from "./protocol.js";
import { View } from "./view.js";

const GRACE = 1000; // ms that a view which was taken off the page has to come back

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap();
/** @type {Set<View>} */
const away = new Set();

/**
 * Called with a new message and with a new theme. What it returns is called at the end, but also for
 * a call that another overtook while the modules came: that ends nothing.
 *
 * The end may not be one. Of a run of the whole page, whose last word is still to be sent when the
 * fragment of the view starts again, Streamlit drops what belongs to that fragment: the browser finds
 * the view to be gone from the page, and a moment later to be there again, in another place.
 *
 * @param {Component} component
 * @param {Promise<void>} plotly
 */
export function mount(component, plotly) {
  const { parentElement, data } = component;
  const view = views.get(parentElement) ?? returning(component) ?? new View(component, plotly);
  views.set(parentElement, view);
  view.component = component;
  view.receive(data);
  return () => {
    if (view.component !== component) return;
    views.delete(parentElement);
    view.leave();
    away.add(view);
    setTimeout(() => {
      if (view.component !== component || !away.delete(view)) return;
      view.destroy();
    }, GRACE);
  };
}

/**
 * The view that is away and whose message this is, in its new place.
 *
 * @param {Component} component
 */
function returning(component) {
  if (away.size === 0 || !component.data) return;
  const [header] = readHeader(component.data);
  const view = [...away].find(({ id, here }) => id === header.view && here === location.pathname);
  if (!view) return;
  away.delete(view);
  view.comeBack(component);
  return view;
}
