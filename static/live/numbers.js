// Numbers as the page writes them.

/**
 * A number with three significant digits.
 *
 * @param {number | null | undefined} value
 */
export function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
