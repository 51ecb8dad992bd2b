// A Plotly chart that the server sends whole and that does not move.

import { Chart, themedLayout } from "./chart.js";

export class StillPanel {
  constructor(root) {
    this.chart = new Chart(root);
  }

  async setFigure(spec) {
    this.spec = spec;
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
