// A Plotly chart that the server sends whole and that does not move, with a legend where it has one.

import { Chart, themedLayout } from "./chart.js";

export class StillPanel {
  constructor(root) {
    this.chart = new Chart(root);
    this.legend = document.createElement("span");
    this.legend.className = "nn-legend";
    root.parentElement.querySelector("header").appendChild(this.legend);
  }

  async setFigure(spec) {
    this.spec = spec;
    this.legend.replaceChildren(
      ...(spec.legend ?? []).map(({ name, colour }) => {
        const entry = document.createElement("span");
        entry.append(Object.assign(document.createElement("i"), { className: "nn-key" }), name);
        entry.firstChild.style.borderTopColor = colour;
        return entry;
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
