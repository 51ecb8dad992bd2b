// All that the views say of themselves, in one place so that a translation is a file. Titles, hints and
// sentences of a run come from the server. Some of these stand in attributes of HTML: no straight
// double quotes.

/** @typedef {Record<string, string | ((...values: (string | number)[]) => string)>} Texts  values as they are to be read */

export const CLOSE = "Close"; // any dialog

// ---- the bar --------------------------------------------------------------------------------

/**
 * Of each button: what stands on it, what it is called where that is too short, and what it tells
 * who points at it.
 *
 * @type {Record<string, { label: string, name?: string, title: string }>}
 */
export const BUTTON_TEXTS = {
  toggle: { label: "Play", title: "Play or pause (Space)" },
  batch: { label: "Batch", name: "Step one batch", title: "Step one batch (→)" },
  step: { label: "Step", name: "Step", title: "One step on (→)" },
  epoch: {
    label: "Epoch",
    name: "Step one epoch",
    title: "Step one epoch (Shift + →). Step back one epoch: ←",
  },
  reset: { label: "Reset", name: "Reset to the same start", title: "Reset to the same start (R)" },
  new: {
    label: "New start",
    name: "New start with another seed",
    title: "New start: the next seed (Shift + R)",
  },
  share: { label: "Share", name: "Share this moment", title: "A link and a QR code of what is shown" },
};

/** @satisfies {Texts} */
export const BAR = {
  name: "Training",
  speed: "Speed",
  speedHelp: "How fast to play. It never changes what is learned.",
  pace: "This is as fast as it goes here: larger networks and busier servers are slower. What is learned is the same.",
  progress: "Progress",
};

/** @type {Record<string, string>} */
export const STATUS = {
  ready: "Ready",
  waiting: "Waiting",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  diverging: "Diverging",
  diverged: "Diverged",
  failed: "Failed",
  empty: "Nothing to show",
  opening: "Opening",
};

/** @satisfies {Texts} */
export const RATE = {
  name: "Learning rate",
  help: "Learning rate. Changes the run as you move it. Up and down by a third: + and −",
  number: "Learning rate, as a number",
  limits: (low, high) => `A number from ${low} to ${high}`,
  gauge: (text) => `Learning rate against the critical one: ${text}`,
};

/** @satisfies {Texts} */
export const ROOM = {
  name: "The room",
  lecture: "Lecture mode",
  keys: "All keys",
  whole: "Full screen (F)",
  wholeOf: (title) => `Full screen: ${title}`,
};

/** @satisfies {Texts} */
export const STEPS = {
  back: "Back",
  backHelp: "Back (←)",
  next: "Next",
  nextHelp: "Next (→)",
  share: "Share",
  shareHelp: "A link and a QR code of this page at this step",
  name: "Step",
  at: (step, last) => `step ${step} of ${last}`,
  phaseAt: (phase, step, last) => `${phase}, step ${step} of ${last}`,
};

export const SKIP = "Skip to the picture";

// ---- dialogs --------------------------------------------------------------------------------

/** @satisfies {Texts} */
export const SHARE = {
  title: "Share",
  link: "The link",
  copy: "Copy",
  copied: "Copied.",
  byHand: "Press Ctrl + C (on a phone: hold the link) to copy it.",
  code: "QR code of the link",
  whole: "Code over the whole screen, and back",
  wholeHelp: "Over the whole screen, and back",
};

export const SHEET = "Keys";

/** @satisfies {Texts} */
export const TERM = {
  button: (name) => `What is meant by “${name}”?`,
  guide: "More in the Guide",
};

/** @satisfies {Texts} */
export const REPORT = {
  title: "What happened?",
  table: "The last steps",
  step: "Step",
  fatal: " · fatal",
  loss: "Batch loss",
  size: (part) => `Size of ${part}`,
  weights: "weights W",
  activations: "activations a",
  gradients: "gradient ∂L/∂W",
  infinite: "not finite",
  hint: "Root mean squares of each layer, over that step's batch. The last column is the step that ended the run: a dash where it did not get that far. Redder: grown more since the first column.",
};

// ---- charts ---------------------------------------------------------------------------------

/** @type {Record<string, string>} Plotly's own words, and ours for them */
export const PLOTLY_WORDS = { "Reset axes": "Whole chart" }; // Reset is what the run does

/** @satisfies {Texts} */
export const EPOCHS = {
  axis: "epoch",
  wider: (steps) => `epoch, the last ${steps} steps drawn wider`,
  loss: "loss",
  at: " at epoch %{customdata:.5~g}", // filled in by Plotly
};

/** @satisfies {Texts} */
export const LINES = { focus: (name) => `Let “${name}” stand out` };

/** @satisfies {Texts} */
export const TILES = {
  focus: (name) => `Let ${name} stand out`,
  boundary: (name, verdict) => `Decision boundary of ${name}: ${verdict}`,
};

/** @satisfies {Texts} */
export const NETWORK = {
  name: (columns) => `Network diagram: ${columns}`,
  column: (title, units) => `${title}, ${units}`,
  strongest: (most, total) => `The ${most} strongest of ${total} weights are drawn.`,
  unit: (title, number) => `${title}, unit ${number}`,
  range: (least, most) => `values ${least} to ${most} over the plane`,
  input: (name, range) => `Input ${name}: ${range}`,
  bias: (name, bias, range) => `${name}: bias ${bias}, ${range}`,
  end: (title, number) => `${title} unit ${number}`,
  weight: (from, to, weight) => `${from} → ${to}: weight ${weight}`,
};

/** @satisfies {Texts} */
export const GRAPH = {
  value: "value",
  gradient: "gradient",
  wrong: "wrong gradient",
  sum: (parts) => `Σ of ${parts}`,
  cell: (row, column, value) => `row ${row}, column ${column}: ${value}`,
  gradientCell: (name, cell) => `∂L/∂${name}, ${cell}`,
};

/**
 * A node of the graph as it is spoken.
 *
 * @param {string} name
 * @param {string} shape
 * @param {boolean} known
 * @param {boolean} back  whether its gradient is known too
 * @param {boolean} wrong
 */
export function graphNode(name, shape, known, back, wrong) {
  const gradient = back ? `, gradient known${wrong ? " and wrong" : ""}` : "";
  return `${name}, ${shape}${known ? "" : ", not yet computed"}${gradient}`;
}

/** @satisfies {Texts} */
export const GRID = {
  progress: "Rows done",
  diverged: (epoch) => `diverged in epoch ${epoch}`,
  unknown: "not computed yet",
  loss: (loss) => `final loss ${loss}`,
};

/** @satisfies {Texts} */
export const DETAILS = {
  training: "Training",
  test: "Test",
  corner: "true \\ predicted",
  confused: (percent, truth, said) => `${percent} % of class ${truth} called ${said}`,
};

// ---- digits ---------------------------------------------------------------------------------

/** @satisfies {Texts} */
export const DIGITS = {
  reads: (answer) => `What the network reads: ${answer}`,
  nothing: "nothing to read yet",
  draw: "Draw a digit here",
  drawHelp: "Draw a digit here. By keys: the arrows move the pen, Space lowers and lifts it, Delete clears.",
  clear: "Clear",
  input: (side) => `The network’s input\n${side} × ${side} pixels`,
  send: "Send it through the layers",
  back: "Back",
  backHelp: "Test picture before",
  next: "Next",
  nextHelp: "Next test picture",
  layer: (name, units) => `${name}, ${units} units`,
  picture: (digit, number, count) => `a ${digit} (${number} of ${count})`,
};

// ---- charts for those who do not see them ----------------------------------------------------

/** @satisfies {Texts} */
export const IN_WORDS = {
  nothing: "no value",
  lowestNow: "its lowest",
  lowest: (value, place) => `lowest ${value} at ${place}`,
  line: (name, now, first, lowest) => `${name}: ${now}, from ${first}, ${lowest}`,
  lines: (place, lines) => `At ${place}: ${lines}.`,
  layers: (sizes) => `Now: ${sizes}.`,
  values: (least, most) => `Values over the plane: from ${least} to ${most}.`,
  share: (name, share) => `${name} on ${share}`,
  answers: (shares) => `The network answers ${shares} of the plane.`,
};

// ---- what went wrong ------------------------------------------------------------------------

/** @satisfies {Texts} */
export const ERRORS = {
  view: (reason) => `This view could not be drawn (${reason}). Reload the page to try again.`,
  canvas: "this browser draws no canvas",
  element: (selector) => `nothing is ${selector}`,
  array: (name) => `a frame lacks ${name}`,
};
