// The computational graph: nodes with value and gradient, left to right, growing with the trace.

import { figure } from "./numbers.js";
import { GRAPH, graphNode } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH] = [104, 74]; // of a node
const [ACROSS, DOWN] = [132, 96]; // from node to node
const EDGE = 16; // around all
const PASSAGE = 28; // height of a lane in which edges pass and no node stands

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node} [parent]
 */
function make(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  parent?.appendChild(node);
  return node;
}

/**
 * A node as Python sends it: where it stands, when it is computed, small arrays row by row.
 *
 * @typedef {{
 *   operation: string, array: string, name: string, shape: string, column: number, lane: number,
 *   step: number, gradient_step: number | null, arriving: number, wrong: boolean,
 *   value: number[][] | null, gradient: number[][] | null,
 * }} GraphNode
 */

/** @typedef {{ source: number, target: number, step: number, route: [number, number][] }} GraphEdge */

/** @typedef {PanelSpec & { nodes: GraphNode[], edges: GraphEdge[], colours: [string, string] }} GraphSpec */

/** @typedef {{ step: number, picked: number | null, reads: string[], writes: string[] }} GraphState */

export class GraphPanel {
  /** @type {GraphSpec} */
  spec;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-scroll", "nn-graph");
    this.same = "";
    /** @type {SVGPathElement[]} */
    this.edges = [];
    /** @type {Record<"group" | "value" | "gradient", SVGGElement>[]} */
    this.nodes = [];
    /** @type {Map<number, number>} */
    this.middles = new Map(); // of each lane
    /** @type {number | null} */
    this.followed = null; // the step that is in sight
    /** @type {GraphState | null} */
    this.state = null;
  }

  /** @param {GraphSpec} spec */
  async setFigure(spec) {
    // No frame is asked for here, so the server cannot know what is held and sends it again.
    const same = JSON.stringify(spec);
    if (same === this.same) return;
    this.same = same;
    this.spec = spec;
    const lanes = [
      ...spec.nodes.map((node) => node.lane),
      ...spec.edges.flatMap(({ route }) => route.map(([, lane]) => lane)),
    ];
    const columns = spec.nodes.map((node) => node.column);
    const height = this.stack(Math.min(...lanes), Math.max(...lanes));
    const width = (Math.max(...columns) + 1) * ACROSS + 2 * EDGE;
    const svg = make("svg", {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": spec.title,
    });
    this.edges = spec.edges.map((edge) => make("path", { d: this.line(edge), class: "nn-edge" }, svg));
    this.nodes = spec.nodes.map((node, index) => this.node(node, index, svg));
    this.root.replaceChildren(svg);
    this.followed = null;
    if (this.state) this.setState(this.state);
  }

  /**
   * Give each lane its middle, low ones to those without a node; returns the height of all.
   *
   * @param {number} first
   * @param {number} last
   */
  stack(first, last) {
    const held = new Set(this.spec.nodes.map((node) => node.lane));
    this.middles.clear();
    let top = EDGE;
    for (let lane = first; lane <= last; lane += 1) {
      this.middles.set(lane, top + (held.has(lane) ? HIGH : PASSAGE) / 2);
      top += held.has(lane) ? DOWN : PASSAGE;
    }
    return top + EDGE;
  }

  /**
   * The middle of a place, from column and lane.
   *
   * @param {[number, number]} place
   */
  at([column, lane]) {
    return [EDGE + column * ACROSS + WIDE / 2, this.middles.get(lane) ?? 0];
  }

  /** @param {GraphEdge} edge */
  line({ route }) {
    const points = route.map((place) => this.at(place));
    points[0] = [points[0][0] + WIDE / 2, points[0][1]];
    const last = points.length - 1;
    points[last] = [points[last][0] - WIDE / 2, points[last][1]];
    let path = `M${points[0]}`;
    for (let i = 1; i < points.length; i += 1) {
      const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
      const middle = (x0 + x1) / 2;
      path += ` C${middle},${y0} ${middle},${y1} ${x1},${y1}`;
    }
    return path;
  }

  /**
   * @param {GraphNode} given
   * @param {number} index
   * @param {SVGElement} svg
   */
  node(given, index, svg) {
    const [x, y] = this.at([given.column, given.lane]);
    const group = make(
      "g",
      { class: "nn-node", transform: `translate(${x - WIDE / 2} ${y - HIGH / 2})`, tabindex: "0", role: "button" },
      svg,
    );
    make("rect", { width: WIDE, height: HIGH, rx: 10, class: "nn-node-box" }, group);
    const title = make("text", { x: 9, y: 16, class: "nn-node-title" }, group);
    title.textContent = given.array || given.operation;
    if (given.array && !["leaf", "constant"].includes(given.operation)) {
      make("text", { x: WIDE - 9, y: 16, "text-anchor": "end", class: "nn-node-small" }, group).textContent =
        given.operation;
    }
    const value = this.cells(given, given.value, 8, "value", group);
    const gradient = this.cells(given, given.gradient, WIDE / 2 + 4, "gradient", group);
    if (given.wrong) {
      make("text", { x: 9, y: HIGH + 12, class: "nn-node-small nn-node-warning" }, gradient).textContent = GRAPH.wrong;
    }
    if (given.arriving > 1) {
      make("text", { x: WIDE - 9, y: HIGH + 12, "text-anchor": "end", class: "nn-node-small" }, gradient).textContent =
        GRAPH.sum(given.arriving);
    }
    const pick = () => this.view.act("pick", index);
    group.addEventListener("click", pick);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      pick();
    });
    return { group, value, gradient };
  }

  /**
   * A small array as coloured cells, a single number as text, a large one by its shape.
   *
   * @param {GraphNode} given
   * @param {number[][] | null} rows
   * @param {number} left
   * @param {"value" | "gradient"} what
   * @param {Node} parent
   */
  cells(given, rows, left, what, parent) {
    const group = make("g", { class: `nn-node-${what}` }, parent);
    if (rows === null && what === "gradient") return group; // there is none, or it is too large
    make("text", { x: left, y: 30, class: "nn-node-small" }, group).textContent = GRAPH[what];
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
        const cell = make(
          "rect",
          {
            x: left + c * side,
            y: 35 + r * side,
            width: Math.max(side - 1, 1),
            height: Math.max(side - 1, 1),
            rx: 1.5,
            fill: v < 0 ? negative : positive,
            "fill-opacity": 0.12 + 0.88 * Math.min(1, Math.abs(v) / largest),
          },
          group,
        );
        const said = GRAPH.cell(r + 1, c + 1, figure(v));
        make("title", {}, cell).textContent = what === "value" ? said : GRAPH.gradientCell(given.name, said);
      }
    }
    return group;
  }

  /** @param {GraphState} state */
  setState(state) {
    this.state = state;
    if (!this.spec) return;
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
      group.setAttribute(
        "aria-label",
        graphNode(given.array || given.operation, given.shape, known, back, given.wrong),
      );
    }
    for (const [i, path] of this.edges.entries()) {
      const { source, target, step: from } = this.spec.edges[i];
      path.classList.toggle("nn-unknown", from > step);
      const back = [source, target].every((n) => (this.spec.nodes[n].gradient_step ?? Infinity) <= step);
      path.classList.toggle("nn-back", back);
    }
    this.follow(step);
  }

  /**
   * Keep what is new in sight, or what was new last where this step adds nothing.
   *
   * @param {number} step
   */
  follow(step) {
    if (step === this.followed) return;
    const first = this.followed === null;
    this.followed = step;
    /** @param {GraphNode} node */
    const times = (node) => [node.step, node.gradient_step ?? Infinity].filter((time) => time <= step);
    const latest = Math.max(...this.spec.nodes.flatMap(times));
    const svg = this.root.children[0].getBoundingClientRect();
    const places = this.nodes
      .filter((_, i) => times(this.spec.nodes[i]).includes(latest))
      .map(({ group }) => group.children[0].getBoundingClientRect());
    /** @param {(box: DOMRect) => number} side */
    const middle = (side) => places.reduce((sum, place) => sum + side(place) - side(svg), 0) / places.length;
    this.root.scrollTo({
      left: middle(({ left }) => left) + (places[0].width - this.root.clientWidth) / 2,
      top: middle(({ top }) => top) + (places[0].height - this.root.clientHeight) / 2,
      behavior: first ? "auto" : "smooth",
    });
  }

  redraw() {}

  destroy() {}
}
