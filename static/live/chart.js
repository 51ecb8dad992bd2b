// One Plotly chart that is made once and then only changed, with an optional canvas under its marks.
//
// Views and Plotly draw over many turns of the event loop, and a view is destroyed between any two
// of them. So all that is asked of Plotly goes through a Chart: one that is not there does nothing,
// and one that is destroyed lets Plotly end what it has begun.

import { contextOf, element, pixelRatio, resize } from "./dom.js";
import { enlarged } from "./enlarge.js";
import { readTheme } from "./palette.js";
import { PLOTLY_WORDS } from "./words.js";

const AWAKE = 400; // ms into a run until a hidden heatmap is taken out for good

// Without a mouse: a finger that moves over a chart scrolls the page, and a tap shows the values.
const TOUCH = matchMedia("(hover: none)").matches;

const CONFIG = {
  displaylogo: false,
  responsive: false,
  scrollZoom: false,
  displayModeBar: TOUCH ? false : "hover", // it would always be there, over the first row of a map
  showSendToCloud: false, // nothing on this page leaves the machine
  locales: { "en-US": { dictionary: PLOTLY_WORDS } },
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};

/**
 * A server-made layout in the colours of the page.
 *
 * @param {any} layout
 * @param {Theme} theme
 */
export function themedLayout(layout, theme) {
  const grid = theme.dark ? "rgba(255,255,255,0.09)" : "rgba(20,24,40,0.08)";
  /** @param {any} given */
  const axis = (given) => ({
    gridcolor: grid,
    zerolinecolor: grid,
    linecolor: theme.border,
    tickcolor: theme.border,
    ...given,
  });
  /** @type {any} */
  const themed = {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { ...layout.font, family: theme.font, color: theme.text },
    hoverlabel: {
      bgcolor: theme.surface,
      bordercolor: theme.border,
      font: { color: theme.text, family: theme.font },
    },
    ...(TOUCH && { dragmode: false }),
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.text, activecolor: theme.accent },
  };
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(name)) themed[name] = axis(layout[name]);
  }
  return themed;
}

/**
 * Draws on a canvas that lies under a chart's marks, given Plotly's full layout.
 *
 * @typedef {(context: CanvasRenderingContext2D, full: any, ratio: number) => void} Painter
 */

export class Chart {
  /**
   * `root` is the element to draw in; `underlay` asks for a canvas beneath the marks.
   *
   * @param {HTMLElement} root
   */
  constructor(root, { underlay = false } = {}) {
    this.root = root;
    /** @type {any} */ // Plotly puts its own methods on it
    this.node = element("div", "nn-plot");
    this.node.dataset.builds = "0";
    root.appendChild(this.node);
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    if (underlay) {
      this.canvas = element("canvas", "nn-underlay");
      this.canvas.setAttribute("aria-hidden", "true");
      root.insertBefore(this.canvas, this.node);
    }
    this.source = document.createElement("canvas");
    /** @type {Painter | null} */
    this.painter = null; // draws onto the canvas itself
    /** @type {Painter | null} */
    this.over = null; // draws onto what is placed there
    /** @type {{ x0: number, x1: number, y0: number, y1: number, smooth: boolean } | null} */
    this.placement = null;
    this.ready = false; // from the first drawing until it is destroyed
    this.dead = false;
    this.drawing = 0; // calls of Plotly that have not ended
    this.resting = false; // whether the heatmap is shown
    this.size = [0, 0];
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(root);
  }

  get theme() {
    return readTheme(this.root);
  }

  /**
   * Draw `traces` and `layout`: the first time makes the chart, later times only change it.
   *
   * @param {any[]} traces
   * @param {any} layout
   */
  async show(traces, layout) {
    if (this.dead) return;
    this.resting = false; // the traces bring the heatmap hidden
    const box = this.root.getBoundingClientRect();
    this.size = [Math.round(box.width), Math.round(box.height)];
    const { scale } = this.theme;
    const full = { ...enlarged(layout, scale), width: this.size[0], height: this.size[1], autosize: false };
    const marks = traces.map((trace) => enlarged(trace, scale));
    if (this.ready) {
      await this.plotly("react", marks, full, CONFIG);
    } else {
      this.ready = true;
      await this.plotly("newPlot", marks, full, CONFIG);
      this.node.dataset.builds = String(Number(this.node.dataset.builds) + 1);
      if (this.canvas) this.on("plotly_afterplot", () => this.repaint());
    }
    // The mode bar ends where the plot does: beside it stands a colour bar.
    this.node.style.setProperty("--beside", `${this.node._fullLayout?._size.r ?? 0}px`);
    this.repaint();
  }

  /**
   * Plotly's function `name` on this chart; a promise of its end.
   *
   * @param {string} name
   * @param {...any} given
   */
  async plotly(name, ...given) {
    if (!this.ready) return;
    this.drawing += 1;
    try {
      await window.Plotly[name](this.node, ...given);
    } finally {
      this.drawing -= 1;
      this.purge();
    }
  }

  /**
   * @param {any} update
   * @param {number[]} [traces]
   */
  restyle(update, traces) {
    return this.plotly("restyle", update, traces);
  }

  /** @param {any} update */
  relayout(update) {
    return this.plotly("relayout", update);
  }

  /**
   * @param {any} data
   * @param {any} layout
   */
  update(data, layout) {
    return this.plotly("update", data, layout);
  }

  /** @type {(event: string, handler: (data: any) => void) => void} */
  on(event, handler) {
    if (this.ready) this.node.on(event, handler);
  }

  resize() {
    if (!this.ready || this.root.offsetParent === null) return;
    const box = this.root.getBoundingClientRect();
    const size = [Math.round(box.width), Math.round(box.height)];
    if (size[0] < 40 || size[1] < 40) return;
    if (size[0] === this.size[0] && size[1] === this.size[1]) return;
    this.size = size;
    this.relayout({ width: size[0], height: size[1] });
  }

  /**
   * Lay `source` over the data rectangle [x0, x1] x [y0, y1] under the marks.
   *
   * @param {number} x0
   * @param {number} x1
   * @param {number} y0
   * @param {number} y1
   * @param {boolean} smooth
   */
  place(x0, x1, y0, y1, smooth) {
    this.placement = { x0, x1, y0, y1, smooth };
    this.repaint();
  }

  /**
   * At rest: the first trace, a heatmap, with `update` in it, over the canvas.
   *
   * @param {any} update
   */
  showMap(update) {
    if (!this.ready) return;
    this.resting = true;
    this.root.classList.remove("nn-moving");
    this.restyle({ ...update, visible: true }, [0]);
  }

  /** In motion: off with the heatmap, at once to the eye, and to hovering when there is time. */
  dropMap() {
    if (!this.resting) return;
    this.resting = false;
    this.root.classList.add("nn-moving");
    setTimeout(() => {
      if (!this.resting) this.restyle({ visible: false }, [0]);
    }, AWAKE);
  }

  hideUnderlay() {
    this.placement = null;
    this.repaint();
  }

  repaint() {
    const full = this.node._fullLayout;
    if (!this.canvas || !full?.xaxis) return;
    const { xaxis, yaxis } = full;
    const width = Math.max(1, Math.round(xaxis._length));
    const height = Math.max(1, Math.round(yaxis._length));
    const ratio = pixelRatio();
    if (resize(this.canvas, Math.round(width * ratio), Math.round(height * ratio))) {
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.canvas.style.left = `${xaxis._offset}px`;
    this.canvas.style.top = `${yaxis._offset}px`;
    const context = contextOf(this.canvas);
    if (this.painter) {
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.painter(context, full, ratio);
      return;
    }
    if (!this.placement) {
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.over?.(context, full, ratio);
      return;
    }
    const { x0, x1, y0, y1, smooth } = this.placement;
    const left = xaxis.d2p(x0) * ratio;
    const right = xaxis.d2p(x1) * ratio;
    const top = yaxis.d2p(y1) * ratio;
    const bottom = yaxis.d2p(y0) * ratio;
    const covers = left <= 0 && top <= 0 && right >= this.canvas.width && bottom >= this.canvas.height;
    if (!covers || this.over) context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "medium";
    context.drawImage(this.source, left, top, right - left, bottom - top);
    this.over?.(context, full, ratio);
  }

  destroy() {
    this.resizer.disconnect();
    this.ready = this.resting = false;
    this.dead = true;
    this.root.replaceChildren();
    this.purge();
  }

  /** Free what a destroyed chart held, once Plotly needs it no more. */
  purge() {
    if (this.dead && this.drawing === 0) window.Plotly?.purge(this.node);
  }
}
