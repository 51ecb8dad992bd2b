// A table whose rows come with the messages: texts, and buttons that ask the server for something.

import { element, smallButton } from "./dom.js";

/**
 * A text, or one with a mark, a colour, a title and buttons (command, value, label).
 *
 * @typedef {string | {
 *   text?: string, kind?: string, colour?: string, title?: string, actions?: [CommandName, any, string][],
 * }} Cell
 */

export class TablePanel {
  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.view = view;
    root.classList.add("nn-scroll");
    root.tabIndex = 0; // wider than a phone: the arrow keys scroll it
    this.body = element("tbody");
    this.table = element("table", "nn-table nn-rows");
    root.append(this.table);
    this.told = "";
  }

  /** @param {PanelSpec & { columns: [string, string][] }} spec  columns: title and help */
  async setFigure({ title, columns }) {
    this.told = "";
    const cells = columns.map(([name, help]) => Object.assign(element("th", "", name), { scope: "col", title: help }));
    this.body = element("tbody");
    this.table.replaceChildren(element("thead", "", element("tr", "", ...cells)), this.body);
    this.table.setAttribute("aria-label", title);
  }

  /** @param {{ rows: Cell[][] }} state */
  setState({ rows }) {
    const told = JSON.stringify(rows);
    if (told === this.told) return;
    this.told = told;
    const present = [...this.body.rows];
    rows.forEach((cells, index) => {
      const row = present[index] ?? this.body.appendChild(this.row(index));
      const key = JSON.stringify(cells);
      if (row.dataset.key === key) return; // a button stays under the finger that presses it
      row.dataset.key = key;
      row.replaceChildren(...cells.map((cell, i) => this.cell(cell, i === 0 ? "th" : "td")));
    });
    for (const row of present.slice(rows.length)) row.remove();
  }

  /** @param {number} index */
  row(index) {
    const row = element("tr");
    row.addEventListener("click", ({ target }) => {
      if (target instanceof Element && !target.closest("button")) this.view.focus(index);
    });
    return row;
  }

  /**
   * @param {Cell} given
   * @param {"th" | "td"} tag
   */
  cell(given, tag) {
    const { text = "", kind, colour, title, actions = [] } = typeof given === "string" ? { text: given } : given;
    const cell = element(tag);
    if (tag === "th") cell.scope = "row";
    if (title) cell.title = title;
    if (colour) {
      const key = element("i", "nn-swatch");
      key.style.background = colour;
      cell.append(key);
    }
    if (kind) {
      const badge = element("span", "nn-badge", text);
      badge.dataset.kind = kind;
      cell.append(badge);
    } else cell.append(text);
    cell.append(...actions.map(([command, value, label]) => smallButton(label, () => this.view.act(command, value))));
    return cell;
  }

  /** @param {number | null} index */
  focus(index) {
    for (const [i, row] of [...this.body.rows].entries()) row.classList.toggle("nn-dim", index !== null && i !== index);
  }

  redraw() {}

  destroy() {}
}
