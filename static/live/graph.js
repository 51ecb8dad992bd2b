// The computational graph: nodes with value and gradient, left to right, growing with the trace.

import { figure } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH] = [104, 74]; // of a node
const [ACROSS, DOWN] = [132, 96]; // from node to node
const EDGE = 16; // around all
const PASSAGE = 28; // height of a lane in which edges pass and no node stands

function make(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent?.appendChild(node);
  return node;
}

export class GraphPanel {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-scroll", "nn-graph");
  }

  async setFigure(spec) {
    // No frame is asked for here, so the server cannot know what is held and sends it again.
    const same = JSON.stringify(spec);
    if (same === this.same) return;
    this.same = same;
    this.spec = spec;
    const lanes = [...spec.nodes.map((node) => node.lane), ...spec.edges.flatMap(({ route }) => route.map(([, lane]) => lane))];
    const columns = spec.nodes.map((node) => node.column);
    const height = this.stack(Math.min(...lanes), Math.max(...lanes));
    const width = (Math.max(...columns) + 1) * ACROSS + 2 * EDGE;
    const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": spec.title });
    this.edges = spec.edges.map((edge) => make("path", { d: this.line(edge), class: "nn-edge" }, svg));
    this.nodes = spec.nodes.map((node, index) => this.node(node, index, svg));
    this.root.replaceChildren(svg);
    this.followed = undefined;
    if (this.state) this.setState(this.state);
  }

  /** Give each lane its middle, low ones to those without a node; returns the height of all. */
  stack(first, last) {
    const held = new Set(this.spec.nodes.map((node) => node.lane));
    this.middles = new Map();
    let top = EDGE;
    for (let lane = first; lane <= last; lane += 1) {
      this.middles.set(lane, top + (held.has(lane) ? HIGH : PASSAGE) / 2);
      top += held.has(lane) ? DOWN : PASSAGE;
    }
    return top + EDGE;
  }

  /** The middle of a place, from column and lane. */
  at([column, lane]) {
    return [EDGE + column * ACROSS + WIDE / 2, this.middles.get(lane)];
  }

  line({ route }) {
    const points = route.map((place) => this.at(place));
    points[0] = [points[0][0] + WIDE / 2, points[0][1]];
    points[points.length - 1] = [points.at(-1)[0] - WIDE / 2, points.at(-1)[1]];
    let path = `M${points[0]}`;
    for (let i = 1; i < points.length; i += 1) {
      const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
      const middle = (x0 + x1) / 2;
      path += ` C${middle},${y0} ${middle},${y1} ${x1},${y1}`;
    }
    return path;
  }

  node(given, index, svg) {
    const [x, y] = this.at([given.column, given.lane]);
    const group = make("g", { class: "nn-node", transform: `translate(${x - WIDE / 2} ${y - HIGH / 2})`, tabindex: "0", role: "button" }, svg);
    make("rect", { width: WIDE, height: HIGH, rx: 10, class: "nn-node-box" }, group);
    const title = make("text", { x: 9, y: 16, class: "nn-node-title" }, group);
    title.textContent = given.array || given.operation;
    if (given.array && !["leaf", "constant"].includes(given.operation)) {
      make("text", { x: WIDE - 9, y: 16, "text-anchor": "end", class: "nn-node-small" }, group).textContent = given.operation;
    }
    const parts = { group };
    parts.value = this.cells(given, given.value, 8, "value", group);
    parts.gradient = this.cells(given, given.gradient, WIDE / 2 + 4, "gradient", group);
    if (given.wrong) {
      make("text", { x: 9, y: HIGH + 12, class: "nn-node-small nn-node-warning" }, parts.gradient).textContent = "wrong gradient";
    }
    if (given.arriving > 1) {
      make("text", { x: WIDE - 9, y: HIGH + 12, "text-anchor": "end", class: "nn-node-small" }, parts.gradient).textContent = `Σ of ${given.arriving}`;
    }
    const pick = () => this.view.act("pick", index);
    group.addEventListener("click", pick);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      pick();
    });
    return parts;
  }

  /** A small array as coloured cells, a single number as text, a large one by its shape. */
  cells(given, rows, left, what, parent) {
    const group = make("g", { class: `nn-node-${what}` }, parent);
    if (rows === null && what === "gradient") return group; // there is none, or it is too large
    make("text", { x: left, y: 30, class: "nn-node-small" }, group).textContent = what;
    if (rows === null) {
      make("text", { x: left, y: 48, class: "nn-node-small" }, group).textContent = given.shape;
      return group;
    }
    if (rows.length === 1 && rows[0].length === 1) {
      make("text", { x: left, y: 50, class: "nn-node-number" }, group).textContent = figure(rows[0][0]);
      return group;
    }
    const [room, tall] = [WIDE / 2 - 12, HIGH - 42];
    const side = Math.min(room / rows[0].length, tall / rows.length, 14);
    const largest = Math.max(...rows.flat().map(Math.abs), 1e-300);
    const [negative, positive] = this.spec.colours;
    for (const [r, row] of rows.entries()) {
      for (const [c, v] of row.entries()) {
        const cell = make("rect", { x: left + c * side, y: 35 + r * side, width: Math.max(side - 1, 1), height: Math.max(side - 1, 1), rx: 1.5, fill: v < 0 ? negative : positive, "fill-opacity": 0.12 + 0.88 * Math.min(1, Math.abs(v) / largest) }, group);
        make("title", {}, cell).textContent = `${what === "value" ? "" : `∂L/∂${given.name}, `}row ${r + 1}, column ${c + 1}: ${figure(v)}`;
      }
    }
    return group;
  }

  setState(state) {
    this.state = state;
    if (!this.nodes) return;
    const { step, picked, reads, writes } = state;
    for (const [i, { group, value, gradient }] of this.nodes.entries()) {
      const given = this.spec.nodes[i];
      const known = given.step <= step;
      const back = given.gradient_step !== null && given.gradient_step <= step;
      group.classList.toggle("nn-unknown", !known);
      value.style.visibility = known ? "visible" : "hidden";
      gradient.style.visibility = back && known ? "visible" : "hidden";
      const fresh = (given.step === step && step > 0) || given.gradient_step === step;
      group.dataset.part = writes.includes(given.array) || fresh ? "write" : reads.includes(given.array) ? "read" : "";
      group.classList.toggle("nn-wrong", back && given.wrong);
      group.classList.toggle("nn-picked", picked === i);
      group.setAttribute("aria-pressed", String(picked === i));
      group.setAttribute("aria-label", `${given.array || given.operation}, ${given.shape}${known ? "" : ", not yet computed"}${back ? `, gradient known${given.wrong ? " and wrong" : ""}` : ""}`);
    }
    for (const [i, path] of this.edges.entries()) {
      const { source, target, step: from } = this.spec.edges[i];
      path.classList.toggle("nn-unknown", from > step);
      const back = [source, target].every((n) => (this.spec.nodes[n].gradient_step ?? Infinity) <= step);
      path.classList.toggle("nn-back", back);
    }
    this.follow(step);
  }

  /** Keep what is new in sight, or what was new last where this step adds nothing. */
  follow(step) {
    if (step === this.followed) return;
    const first = this.followed === undefined;
    this.followed = step;
    const times = (node) => [node.step, node.gradient_step].filter((time) => time !== null && time <= step);
    const latest = Math.max(...this.spec.nodes.flatMap(times));
    const places = this.spec.nodes.filter((node) => times(node).includes(latest)).map((node) => this.at([node.column, node.lane])[0]);
    const middle = places.reduce((a, b) => a + b, 0) / places.length;
    this.root.scrollTo({ left: middle - this.root.clientWidth / 2, behavior: first ? "auto" : "smooth" });
  }

  redraw() {}

  destroy() {}
}
