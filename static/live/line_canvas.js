// Lines on a canvas; of many, what keeps them apart: smoothed courses, and names at their ends.

const WINDOW = 1 / 30; // of the rows, over which a line is smoothed
export const FAINT = 0.25; // of a raw line behind its smoothed one
const GAP = 13; // px from one name to the next

/**
 * Values, one for each row, as a line with gaps where they are not finite; a single one is a dot.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} ratio
 * @param {Row[]} rows
 * @param {number[]} values
 * @param {(value: number) => number} px
 * @param {(value: number) => number} py
 * @param {{ colour: string, dash?: "solid" | "dash" | "dot", width: number, alpha: number }} style
 */
export function strokeLine(context, ratio, rows, values, px, py, { colour, dash, width, alpha }) {
  context.globalAlpha = alpha;
  context.strokeStyle = context.fillStyle = colour;
  context.lineJoin = "round";
  context.lineWidth = width * ratio;
  context.setLineDash(dash === "dash" ? [7 * ratio, 5 * ratio] : dash === "dot" ? [2 * ratio, 4 * ratio] : []);
  context.beginPath();
  let pen = false;
  for (const [i, v] of values.entries()) {
    if (Number.isFinite(v)) {
      if (pen) context.lineTo(px(rows[i][0]), py(v));
      else context.moveTo(px(rows[i][0]), py(v));
    }
    pen = Number.isFinite(v);
  }
  context.stroke();
  context.setLineDash([]);
  if (values.length > 1 || !pen) return;
  context.beginPath();
  context.arc(px(rows[0][0]), py(values[0]), 3 * ratio, 0, 7);
  context.fill();
}

/** @type {(context: CanvasRenderingContext2D, ratio: number, x: number, y: number, colour: string, alpha: number) => void} */
export function strokeCross(context, ratio, x, y, colour, alpha) {
  const r = 5 * ratio;
  const [cx, cy] = [Math.max(x, 1.4 * r), Math.max(y, 1.4 * r)];
  context.lineWidth = 2.6 * ratio;
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(cx - r, cy - r);
  context.lineTo(cx + r, cy + r);
  context.moveTo(cx - r, cy + r);
  context.lineTo(cx + r, cy - r);
  context.stroke();
}

/**
 * An exponential moving average, by the logarithm on a logarithmic axis; NaN where the line has a gap.
 *
 * @param {number[]} values
 * @param {boolean} log
 * @returns {number[]}
 */
export function smoothed(values, log) {
  const keep = 1 - 2 / (1 + Math.max(values.length * WINDOW, 1));
  let mean = Number.NaN;
  return values.map((given) => {
    const value = log ? Math.log(given) : given;
    if (!Number.isFinite(value)) mean = Number.NaN;
    else mean = Number.isNaN(mean) ? value : keep * mean + (1 - keep) * value;
    return log ? Math.exp(mean) : mean;
  });
}

/**
 * Heights at which names stand that belong at these: in the same order, none within `gap` of the next,
 * all between 0 and `height` where there is room.
 *
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} height
 */
export function apart(wanted, gap, height) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const placed = wanted.slice();
  let free = gap / 2;
  for (const i of order) {
    placed[i] = Math.max(placed[i], free);
    free = placed[i] + gap;
  }
  let roof = height - gap / 2;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i], roof);
    roof = placed[i] - gap;
  }
  return placed;
}

/**
 * Write names where their lines have got to, in the lines' colours.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} ratio
 * @param {{ name: string, colour: string, x: number, y: number, strong: boolean }[]} ends
 * @param {{ width: number, height: number, font: string, background: string }} box
 */
export function writeEnds(context, ratio, ends, { width, height, font, background }) {
  context.font = `600 ${11.5 * ratio}px ${font}`;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3.5 * ratio;
  context.strokeStyle = background;
  const heights = apart(
    ends.map(({ y }) => y),
    GAP * ratio,
    height,
  );
  for (const [i, { name, colour, x, strong }] of ends.entries()) {
    const left = Math.min(x + 7 * ratio, width - context.measureText(name).width - 3 * ratio);
    context.globalAlpha = strong ? 1 : 0.3;
    context.strokeText(name, left, heights[i]);
    context.fillStyle = colour;
    context.fillText(name, left, heights[i]);
  }
  context.globalAlpha = 1;
}
