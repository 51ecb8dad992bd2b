// The kinds of panels that a view is made of, and the card around each.
//
// Each has setFigure, redraw and destroy; those that move have frame(frame, rows, player), those
// with a rest form have rest(), and setState takes what changes with a message. One that `asks` is
// sent its state only while it is in sight; choose takes a switch in its head, widen the last steps
// of a run that diverged, and focus the one of several that is to stand out.

import { BoundaryPanel } from "./boundary.js";
import { ConfusionPanel, FactsPanel, MeasuresPanel, WeightsPanel } from "./details.js";
import { GraphPanel } from "./graph.js";
import { GridPanel } from "./grid.js";
import { LayersPanel } from "./layer_map.js";
import { BarsPanel, RidgesPanel } from "./layers.js";
import { LinesPanel } from "./lines.js";
import { NetworkPanel } from "./network.js";
import { PathPanel } from "./path.js";
import { StepsPanel } from "./steps.js";
import { StillPanel } from "./still.js";
import { TablePanel } from "./table.js";
import { TilesPanel } from "./tiles.js";

const PANELS = {
  bars: BarsPanel,
  boundary: BoundaryPanel,
  confusion: ConfusionPanel,
  facts: FactsPanel,
  graph: GraphPanel,
  grid: GridPanel,
  layers: LayersPanel,
  lines: LinesPanel,
  measures: MeasuresPanel,
  network: NetworkPanel,
  path: PathPanel,
  ridges: RidgesPanel,
  steps: StepsPanel,
  still: StillPanel,
  table: TablePanel,
  tiles: TilesPanel,
  weights: WeightsPanel,
};

/** A panel for `spec` {id, kind, folded}, in a card of its own that is not on the page yet. */
export function makePanel(spec, view) {
  const card = new Card(spec);
  const box = card.node.querySelector(".nn-plotbox");
  const panel = new PANELS[spec.kind](box, view);
  Object.assign(panel, { id: spec.id, kind: spec.kind, card, box, inSight: false });
  card.onswitch = (name, on) => {
    panel.choose(name, on);
    view.act("view", { [name]: on });
  };
  return panel;
}

/** The frame of a panel: title, hint and switches, and a box to draw in. */
class Card {
  constructor({ id, kind, folded }) {
    this.node = document.createElement(folded ? "details" : "section");
    this.node.className = `nn-card nn-panel nn-panel-${kind}`;
    this.node.dataset.panel = id;
    const head = folded ? "summary" : "header";
    this.node.innerHTML = `<${head}><h3></h3><span class="nn-hint"></span></${head}><div class="nn-plotbox" data-chart="${id}"></div>`;
    this.head = this.node.firstChild;
  }

  setSpec({ title, hint = "", span, height, switches = [] }) {
    this.node.querySelector("h3").textContent = title;
    this.node.querySelector(".nn-hint").textContent = hint;
    if (span) this.node.style.setProperty("--span", String(span));
    if (height) this.node.style.setProperty("--height", height);
    for (const old of this.head.querySelectorAll(".nn-check")) old.remove();
    this.head.append(...switches.map((each) => this.switch(each)));
  }

  switch({ name, label, help, on, dot }) {
    const node = document.createElement("label");
    node.className = "nn-check";
    node.title = help;
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: on });
    box.addEventListener("change", () => this.onswitch(name, box.checked));
    node.append(box, " ");
    if (dot) node.append(Object.assign(document.createElement("i"), { className: `nn-dot nn-dot-${dot}` }));
    node.append(label);
    return node;
  }
}
