// Small decision boundaries side by side, one for each network of a race.

import { boundaryTable, css, mix, paint, readTheme, rgb } from "./palette.js";

export class TilesPanel {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-tiles");
    this.source = document.createElement("canvas");
    this.sizer = new ResizeObserver(() => this.redraw());
    this.sizer.observe(root);
  }

  reset() {
    this.grids = null;
  }

  async setFigure(spec) {
    this.spec = spec;
    this.grids = null;
    this.dots = null;
    this.tiles = spec.tiles.map((tile, index) => this.make(tile, index));
    this.root.style.setProperty("--tile", spec.tiles.length > 9 ? "clamp(72px, 7.5cqw, 104px)" : "clamp(84px, 11cqw, 150px)");
    this.root.replaceChildren(...this.tiles.map(({ node }) => node));
    this.redraw();
  }

  make({ label, colour }, index) {
    const node = document.createElement("button");
    node.type = "button";
    node.className = "nn-tile";
    node.title = `Let ${label} stand out`;
    node.style.setProperty("--colour", colour);
    node.innerHTML = `<canvas role="img"></canvas><span class="nn-tile-label"><i></i><b></b><em></em></span>`;
    node.querySelector("b").textContent = label;
    node.addEventListener("click", () => this.view.focus(index));
    return { node, canvas: node.querySelector("canvas"), verdict: node.querySelector("em"), label };
  }

  setState({ verdicts }) {
    for (const [i, { kind, text }] of verdicts.entries()) {
      const { node, verdict, canvas, label } = this.tiles[i];
      node.dataset.kind = kind;
      verdict.textContent = text;
      canvas.setAttribute("aria-label", `Decision boundary of ${label}: ${text}`);
    }
  }

  focus(index) {
    for (const [i, { node }] of this.tiles.entries()) node.classList.toggle("nn-dim", index !== null && i !== index);
  }

  frame(frame) {
    this.grids = frame.parts.get(this.id);
    this.draw();
  }

  redraw() {
    if (!this.spec) return;
    this.theme = readTheme(this.root);
    this.table = boundaryTable(this.spec.shading, this.theme, false);
    this.dots = null;
    if (this.grids) this.draw();
  }

  draw() {
    const { data, shape } = this.grids;
    const [, height, width] = shape;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const side = Math.max(40, Math.round(this.tiles[0].canvas.clientWidth * ratio));
    if (this.dots?.width !== side) this.dots = this.drawDots(side, ratio);
    for (const [i, { canvas }] of this.tiles.entries()) {
      if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
      const context = canvas.getContext("2d");
      paint(this.source, data.subarray(i * height * width, (i + 1) * height * width), width, height, this.table);
      context.imageSmoothingEnabled = true;
      context.drawImage(this.source, 0, 0, side, side);
      context.drawImage(this.dots, 0, 0);
    }
  }

  /** The training points, drawn once and laid over every tile. */
  drawDots(side, ratio) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const { points, extent } = this.spec;
    const r = Math.max(1, side / 110);
    context.lineWidth = 0.5 * ratio;
    context.strokeStyle = this.theme.dark ? "rgba(255,255,255,0.65)" : "rgba(255,255,255,0.9)";
    for (const [x, y, colour] of points) {
      context.fillStyle = css(mix(rgb(colour), [0, 0, 0], 0.1));
      context.beginPath();
      context.arc(((x + extent) / (2 * extent)) * side, ((extent - y) / (2 * extent)) * side, r, 0, 7);
      context.fill();
      context.stroke();
    }
    return canvas;
  }

  destroy() {
    this.sizer.disconnect();
  }
}
