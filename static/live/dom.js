// Elements of the page, made and found.

import { CLOSE, ERRORS } from "./words.js";

/**
 * A new element with its class, and with nodes or texts in it.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {...(Node | string)} content
 */
export function element(tag, className = "", ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content);
  return node;
}

/**
 * A small button that does something.
 *
 * @param {string} text
 * @param {() => void} act
 */
export function smallButton(text, act) {
  const node = element("button", "nn-button nn-small", text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

/**
 * A dialog of the view `root`, opened in place of any other. Its head closes it, and so does a press
 * beside it.
 *
 * @param {HTMLElement} root
 * @param {string} kind  its class
 * @param {string} title
 * @param {...HTMLElement} content
 */
export function openDialog(root, kind, title, ...content) {
  for (const old of root.querySelectorAll("dialog")) old.remove();
  const dialog = element("dialog", `nn-dialog ${kind}`);
  dialog.ariaLabel = title;
  const close = smallButton(CLOSE, () => dialog.close());
  dialog.append(element("header", "", element("h3", "", title), close), ...content);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * The element in `root` that is known to be there.
 *
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(root, selector) {
  const node = root.querySelector(selector);
  if (!(node instanceof HTMLElement)) throw new Error(ERRORS.element(selector));
  return node;
}

/**
 * The head of the card around a panel's box.
 *
 * @param {HTMLElement} box
 */
export const headOf = (box) => find(/** @type {HTMLElement} */ (box.parentElement), "header");

/** @param {HTMLCanvasElement} canvas */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error(ERRORS.canvas);
  return context;
}

/** Dots of the screen for one of the page's, two at most: more cost time and are not seen. */
export const pixelRatio = () => Math.min(window.devicePixelRatio || 1, 2);

/** A canvas that is as large as this many dots; whether it was not.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height) {
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

/** When the browser has painted what was drawn so far; soon in any case, a hidden tab paints never. */
export const nextPicture = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
