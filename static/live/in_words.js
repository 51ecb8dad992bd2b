// What a chart shows, in words and numbers, for those who do not see it: told at rest.

import { element } from "./dom.js";
import { figure } from "./numbers.js";
import { IN_WORDS } from "./words.js";

const MOST = 16; // lines, layers or networks that are told one by one

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * Each line: where it is, where it began and its lowest.
 *
 * @param {any} panel  a LinesPanel
 */
function lines({ spec, rows }) {
  if (rows.length === 0) return "";
  const told = spec.series.slice(0, MOST).map((/** @type {{ name: string, column: number }} */ { name, column }) => {
    const seen = rows.filter((/** @type {Row} */ row) => Number.isFinite(row[column]));
    if (seen.length === 0) return `${name}: ${IN_WORDS.nothing}`;
    const [first, last] = [seen[0], seen.at(-1)];
    const low = seen.reduce((/** @type {Row} */ a, /** @type {Row} */ b) => (b[column] < a[column] ? b : a));
    const least = low === last ? IN_WORDS.lowestNow : IN_WORDS.lowest(figure(low[column]), figure(low[0]));
    return IN_WORDS.line(name, figure(last[column]), figure(first[column]), least);
  });
  return IN_WORDS.lines(figure(rows.at(-1)[0]), told.join("; "));
}

/**
 * The size of each layer now.
 *
 * @param {any} panel  a LayerMapPanel
 * @param {Row} row
 */
function layers({ spec }, row) {
  const { tickvals, ticktext } = spec.figure.layout.yaxis;
  const sizes = Array.from({ length: Math.min(spec.layers, MOST) }, (_, i) => {
    const log = row[spec.offset + i];
    return `${ticktext[tickvals.indexOf(i)] ?? i + 1}: ${Number.isFinite(log) ? figure(10 ** log) : IN_WORDS.nothing}`;
  });
  return IN_WORDS.layers(sizes.join(", "));
}

/**
 * How much of the plane is answered how.
 *
 * @param {any} panel  a BoundaryPanel
 */
function boundary({ spec, fine }) {
  if (!fine) return "";
  const { kind, levels } = spec.shading;
  /** @type {number[]} */
  const counts = [];
  const classes = spec.legend.length;
  if (classes === 0) {
    const values = Array.from(fine.values);
    return IN_WORDS.values(figure(Math.min(...values)), figure(Math.max(...values)));
  }
  for (const code of fine.codes) {
    const c = kind === "two" ? Number(code > 127) : Math.min(Math.floor(code / levels), classes - 1);
    counts[c] = (counts[c] ?? 0) + 1;
  }
  const told = spec.legend.map((/** @type {[string]} */ [name], /** @type {number} */ c) =>
    IN_WORDS.share(name, percent((counts[c] ?? 0) / fine.codes.length)),
  );
  return IN_WORDS.answers(told.join(", "));
}

/** @type {Record<string, (panel: any, row: Row) => string>} */
const WORDS = { lines, layers, boundary };

/**
 * Let panels stand still, and tell behind each one's picture what it shows, where only screen readers
 * find it.
 *
 * @param {import("./panels.js").Placed[]} panels
 * @param {Row} [row]  on show
 */
export function rest(panels, row) {
  for (const panel of panels) {
    panel.rest?.();
    tell(panel, row);
  }
}

/** @type {(panel: import("./panels.js").Placed & { spec?: PanelSpec }, row?: Row) => void} */
function tell(panel, row) {
  const say = panel.spec && WORDS[panel.spec.kind];
  if (!say || !row) return;
  let words = panel.box.parentElement?.querySelector(".nn-in-words");
  if (!words) {
    words = element("p", "nn-quiet nn-in-words");
    panel.box.after(words);
  }
  const text = say(panel, row);
  if (words.textContent !== text) words.textContent = text;
}
