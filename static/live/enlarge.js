// Type, marks and margins of a Plotly figure made larger, for those who sit far away.

/** @type {Record<string, string[]>} of what, which numbers are lengths on the screen */
const LENGTHS = {
  font: ["size"],
  tickfont: ["size"],
  textfont: ["size"],
  margin: ["l", "r", "t", "b"],
  marker: ["size"],
  line: ["width"],
  colorbar: ["thickness"],
};

/**
 * A trace or a layout with its lengths so many times as large; lists of data are left as they are.
 *
 * @template T
 * @param {T} figure
 * @param {number} scale
 * @returns {T}
 */
export function enlarged(figure, scale, of = "") {
  if (scale === 1 || typeof figure !== "object" || figure === null) return figure;
  if (Array.isArray(figure)) {
    return of === "annotations" ? /** @type {any} */ (figure.map((each) => enlarged(each, scale))) : figure;
  }
  if (Object.getPrototypeOf(figure) !== Object.prototype) return figure;
  const entries = Object.entries(figure).map(([name, value]) => [
    name,
    typeof value === "number" && LENGTHS[of]?.includes(name) ? value * scale : enlarged(value, scale, name),
  ]);
  return Object.fromEntries(entries);
}
