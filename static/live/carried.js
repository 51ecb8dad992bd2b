// What the browser carries of the runs that it shows. A server that knows nothing of a run (it was
// started anew, it is another one, or it has given up on a sleeping laptop) is offered it; so is the
// one that answers after a reload.

const PREFIX = "playground:";

/** @type {Map<string, Carried>} by page and kind of view */
const kept = new Map();
/** @type {Set<import("./view.js").View>} */
const shown = new Set();

/**
 * @param {string} page
 * @param {string} kind
 */
const nameOf = (page, kind) => `${PREFIX}${page}:${kind}`;

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}

/** @param {Row[]} rows */
function flat(rows) {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return new Uint8Array(all.buffer);
}

/**
 * What there is to carry of the run on show, as it is now.
 *
 * @param {import("./view.js").View} view
 */
function keep({ here, kind, id, carried, step, player, history }) {
  if (!carried) return;
  const run = { run: base64(carried), rows: base64(flat(history.rows)), playing: player.playing };
  kept.set(nameOf(here, kind), { view: id, step, run });
}

/** @param {import("./view.js").View} view */
export function watch(view) {
  shown.add(view);
}

/** @param {import("./view.js").View} view */
export function unwatch(view) {
  if (shown.delete(view)) keep(view);
}

/**
 * The run to offer to the server, whose view of this kind has not got it; undefined if there is none.
 *
 * @param {import("./view.js").View} view
 * @param {Message} message
 */
export function offerFor(view, message) {
  if (view.kind === message.kind) keep(view);
  const found = kept.get(nameOf(view.here, message.kind));
  return found && found.view !== message.view ? found : undefined;
}

/** A phone may end a hidden tab without another word. */
function store() {
  for (const view of shown) keep(view);
  for (const [name, run] of kept) {
    try {
      sessionStorage.setItem(name, JSON.stringify(run));
    } catch {
      sessionStorage.removeItem(name); // no room, or forbidden: a reload starts anew then
    }
  }
}

/** A reload goes on with what was there, a link that is opened starts anew. */
function recall() {
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const goesOn =
    entry?.type === "reload" || entry?.type === "back_forward" || /** @type {any} */ (document).wasDiscarded;
  for (const name of Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX))) {
    const text = sessionStorage.getItem(name);
    if (goesOn && text) kept.set(name, JSON.parse(text));
    sessionStorage.removeItem(name);
  }
}

try {
  recall();
} catch {
  kept.clear(); // storage may be forbidden
}
addEventListener("pagehide", store);
addEventListener("visibilitychange", () => document.hidden && store());
