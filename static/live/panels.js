// The kinds of panels that a view is made of, and the card around each.

import { BoundaryPanel } from "./boundary.js";
import { ConfusionPanel, FactsPanel, MeasuresPanel, WeightsPanel } from "./details.js";
import { element, find } from "./dom.js";
import { DrawPanel } from "./draw.js";
import { GraphPanel } from "./graph.js";
import { GridPanel } from "./grid.js";
import { LayersPanel } from "./layer_map.js";
import { BarsPanel, RidgesPanel } from "./layers.js";
import { LinesPanel } from "./lines.js";
import { NetworkPanel } from "./network.js";
import { PathPanel } from "./path.js";
import { PicturesPanel } from "./pictures.js";
import { wholeButton } from "./room.js";
import { SignalsPanel } from "./signals.js";
import { StepsPanel } from "./steps.js";
import { StillPanel } from "./still.js";
import { TablePanel } from "./table.js";
import { termButton } from "./terms.js";
import { TilesPanel } from "./tiles.js";
import { ROOM } from "./words.js";

/** @type {Record<string, new (box: HTMLElement, view: PanelHost) => Panel>} */
const PANELS = {
  bars: BarsPanel,
  boundary: BoundaryPanel,
  confusion: ConfusionPanel,
  draw: DrawPanel,
  facts: FactsPanel,
  graph: GraphPanel,
  grid: GridPanel,
  layers: LayersPanel,
  lines: LinesPanel,
  measures: MeasuresPanel,
  network: NetworkPanel,
  path: PathPanel,
  pictures: PicturesPanel,
  ridges: RidgesPanel,
  signals: SignalsPanel,
  steps: StepsPanel,
  still: StillPanel,
  table: TablePanel,
  tiles: TilesPanel,
  weights: WeightsPanel,
};

const TOUCH = matchMedia("(hover: none)").matches; // nothing can be pointed at

/** @typedef {Panel & { id: string, kind: string, card: Card, box: HTMLElement, inSight: boolean }} Placed */

/**
 * A panel for `spec`, in a card of its own that is not on the page yet.
 *
 * @param {PanelSpec} spec
 * @param {PanelHost} view
 * @returns {Placed}
 */
export function makePanel(spec, view) {
  const { id, kind } = spec;
  const card = new Card(spec, (name, on) => {
    panel.choose?.(name, on);
    view.act("view", { [name]: on });
  });
  const box = find(card.node, ".nn-plotbox");
  const panel = new PANELS[kind](box, view);
  return Object.assign(panel, { id, kind, card, box, inSight: false });
}

/** The frame of a panel: title, hint and switches, and a box to draw in. */
class Card {
  /**
   * @param {PanelSpec} spec
   * @param {(name: string, on: boolean) => void} onSwitch
   */
  constructor({ id, kind, folded, box }, onSwitch) {
    this.onSwitch = onSwitch;
    this.node = element(folded ? "details" : "section", `nn-card nn-panel nn-panel-${kind}`);
    this.node.dataset.panel = id;
    const head = folded ? "summary" : "header";
    this.node.innerHTML = `<${head}><h3></h3><span class="nn-hint"></span></${head}><div class="nn-plotbox" data-chart="${id}"></div>`;
    this.head = find(this.node, head);
    if (!folded && box !== "below" && kind !== "steps") this.node.append(wholeButton());
  }

  /** @param {PanelSpec} spec */
  setSpec({ title, hint = "", touch_hint, span, height, switches = [], terms = [] }) {
    find(this.head, "h3").textContent = title;
    this.node.querySelector(".nn-whole-button")?.setAttribute("aria-label", ROOM.wholeOf(title));
    find(this.head, ".nn-hint").textContent = (TOUCH && touch_hint) || hint;
    if (span) this.node.style.setProperty("--span", String(span));
    if (height) this.node.style.setProperty("--height", height);
    for (const old of this.head.querySelectorAll(".nn-check, .nn-term")) old.remove();
    find(this.head, ".nn-hint").after(...terms.map(termButton));
    this.head.append(...switches.map((each) => this.switch(each)));
  }

  /** @param {Switch} given */
  switch({ name, label, help, on, dot }) {
    const node = element("label", "nn-check");
    node.title = help;
    const box = Object.assign(element("input"), { type: "checkbox", checked: on });
    box.addEventListener("change", () => this.onSwitch(name, box.checked));
    node.append(box, " ");
    if (dot) node.append(element("i", `nn-dot nn-dot-${dot}`));
    node.append(label);
    return node;
  }
}
