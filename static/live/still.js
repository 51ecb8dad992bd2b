// A Plotly chart that the server sends whole and that does not move, with a legend where it has one.

import { Chart, themedLayout } from "./chart.js";
import { element, headOf } from "./dom.js";

export class StillPanel {
  /** @type {Figured & { legend?: { name: string, colour: string }[] }} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.chart = new Chart(root);
    this.legend = element("span", "nn-legend");
    headOf(root).append(this.legend);
  }

  /** @param {StillPanel["spec"]} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.legend.replaceChildren(
      ...(spec.legend ?? []).map(({ name, colour }) => {
        const key = element("i", "nn-key");
        key.style.borderTopColor = colour;
        return element("span", "", key, name);
      }),
    );
    await this.redraw();
  }

  async redraw() {
    if (!this.spec) return;
    const { theme } = this.chart;
    const { data, layout } = this.spec.figure;
    await this.chart.show(data, themedLayout(layout, theme));
  }

  destroy() {
    this.chart.destroy();
  }
}
