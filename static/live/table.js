// A table whose rows come with the messages: texts, and buttons that ask the server for something.

export class TablePanel {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-scroll");
    root.tabIndex = 0; // wider than a phone: the arrow keys scroll it
    this.table = document.createElement("table");
    this.table.className = "nn-table nn-rows";
    root.appendChild(this.table);
  }

  async setFigure(spec) {
    this.spec = spec;
    this.told = null;
    const head = document.createElement("tr");
    for (const [title, help] of spec.columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = title;
      if (help) cell.title = help;
      head.append(cell);
    }
    this.body = document.createElement("tbody");
    const top = document.createElement("thead");
    top.append(head);
    this.table.replaceChildren(top, this.body);
    this.table.setAttribute("aria-label", spec.title);
  }

  /** `rows` holds lists of cells: a text, or {text, kind, colour, title, actions: [[command, value, label]...]}. */
  setState({ rows }) {
    const told = JSON.stringify(rows);
    if (told === this.told) return;
    this.told = told;
    const present = [...this.body.children];
    rows.forEach((cells, index) => {
      const row = present[index] ?? this.body.appendChild(this.row(index));
      const key = JSON.stringify(cells);
      if (row.dataset.key === key) return; // a button stays under the finger that presses it
      row.dataset.key = key;
      row.replaceChildren(...cells.map((cell, i) => this.cell(cell, i === 0 ? "th" : "td")));
    });
    for (const row of present.slice(rows.length)) row.remove();
  }

  row(index) {
    const row = document.createElement("tr");
    row.addEventListener("click", (event) => {
      if (!event.target.closest("button")) this.view.focus(index);
    });
    return row;
  }

  cell(given, tag) {
    const { text = "", kind, colour, title, actions = [] } = typeof given === "string" ? { text: given } : given;
    const cell = document.createElement(tag);
    if (tag === "th") cell.scope = "row";
    if (title) cell.title = title;
    if (colour) {
      const key = document.createElement("i");
      key.className = "nn-swatch";
      key.style.background = colour;
      cell.append(key);
    }
    if (kind) {
      const badge = document.createElement("span");
      badge.className = "nn-badge";
      badge.dataset.kind = kind;
      badge.textContent = text;
      cell.append(badge);
    } else cell.append(text);
    for (const [command, value, label] of actions) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "nn-button nn-small";
      button.textContent = label;
      button.addEventListener("click", () => this.view.act(command, value));
      cell.append(button);
    }
    return cell;
  }

  focus(index) {
    for (const [i, row] of [...this.body.children].entries()) row.classList.toggle("nn-dim", index !== null && i !== index);
  }

  redraw() {}

  destroy() {}
}
