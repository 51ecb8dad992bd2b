// Streamlit's entry: which view takes a message, and when a view is at its end.

import { unwatch } from "./carried.js";
import { nextPicture } from "./dom.js";
import { readHeader } from "./protocol.js";
import { View } from "./view.js";

const SETTLED = 1500; // ms that Streamlit has to lay its page out around the first picture
const GRACE = 1000; // ms that a view which was taken off the page has to come back

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap();
/** @type {Set<View>} */
const away = new Set();
/** @type {View | null} */
let early = null; // the view that the page's HTML brought, until Streamlit shows its own

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
  const view = views.get(parentElement) ?? returning(component) ?? opened(component) ?? new View(component, plotly);
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

/**
 * Show what the page's HTML brought of its view (playground/opening.py), before Streamlit is there.
 *
 * @param {Promise<void>} plotly
 */
export function open(plotly) {
  const outline = document.getElementById("opening");
  const place = outline?.querySelector("main");
  const text = document.getElementById("opening-message")?.textContent;
  if (!outline || !place || !text) return;
  const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  outline.dataset.view = "opening";
  early = new View({ parentElement: place, data, setTriggerValue: () => {} }, plotly);
  unwatch(early); // there is nothing to carry
  early.root.dataset.testid = "opening";
  early.receive(data);
}

/**
 * The view that the page opened with, for Streamlit's first message about it. It stays in the outline
 * until the place that Streamlit has for it is the one it stands at.
 *
 * @param {Component} component
 */
function opened(component) {
  const view = early;
  early = null;
  if (!view?.host.isConnected || view.here !== location.pathname) return;
  view.begin(component);
  handOver(view, component.parentElement);
  return view;
}

/** @type {(view: View, place: HTMLElement) => Promise<void>} */
async function handOver(view, place) {
  const outline = view.host.closest("#opening");
  const due = performance.now() + SETTLED;
  while (!isAt(view.host, place) && performance.now() < due) await nextPicture();
  if (view.dead) return;
  view.root.dataset.testid = "live";
  place.append(view.host);
  view.bar.room.place();
  outline?.remove();
}

/** @type {(host: HTMLElement, place: HTMLElement) => boolean} */
function isAt(host, place) {
  const [here, there] = [host, place].map((each) => each.getBoundingClientRect());
  const sides = /** @type {const} */ (["left", "top", "width"]);
  return sides.every((side) => Math.abs(here[side] - there[side]) < 1);
}
