// "What happened?": the last finite steps of a run that diverged, in a dialog.

import { figure } from "./network.js";

const PARTS = [
  ["weights", "weights W"],
  ["activations", "activations a"],
  ["gradients", "gradient ∂L/∂W"],
];

/** `data`: {title, sentence, culprit, layers, rows: [{step, epoch, loss, weights, activations, gradients}]}. */
export function showAutopsy(root, data) {
  let dialog = root.querySelector(":scope > .nn-dialog");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "nn-dialog";
    dialog.setAttribute("aria-label", "What happened?");
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    root.appendChild(dialog);
  }
  const title = element("h3", data.title ?? "What happened?");
  const sentence = element("p", data.sentence);
  const close = element("button", "Close");
  close.type = "button";
  close.className = "nn-button nn-small";
  close.addEventListener("click", () => dialog.close());
  const head = element("header");
  head.append(title, close);
  const parts = [head, sentence];
  if (data.culprit) {
    const culprit = element("p");
    culprit.className = "nn-culprit";
    culprit.append(element("b", data.culprit.layer), `: ${data.culprit.operation}`);
    parts.push(culprit);
  }
  if (data.rows.length > 0) parts.push(...steps(data));
  dialog.replaceChildren(...parts);
  if (!dialog.open) dialog.showModal();
}

function steps({ layers, rows }) {
  const box = element("div");
  box.className = "nn-scroll";
  const table = element("table");
  table.className = "nn-table nn-autopsy";
  const names = element("tr");
  names.append(element("th", "Step"), ...rows.map(({ step }) => element("th", step.toLocaleString("en"))));
  table.append(names);
  const loss = element("tr");
  loss.append(element("th", "Batch loss"), ...rows.map((row) => element("td", number(row.loss))));
  table.append(loss);
  for (const [key, label] of PARTS) {
    const head = element("tr");
    const cell = element("th", `Size of ${label}`);
    cell.colSpan = rows.length + 1;
    cell.className = "nn-part";
    head.append(cell);
    table.append(head);
    layers.forEach((name, i) => {
      const line = element("tr");
      line.append(element("th", name));
      const values = rows.map((row) => row[key][i]);
      const first = values.find((v) => v > 0) ?? 1;
      for (const v of values) {
        const td = element("td", number(v));
        // The more a size has grown since the first of these steps, the redder: a factor of 1000 is full.
        const growth = v === null ? 1 : Math.min(1, Math.max(0, Math.log10(v / first) / 3));
        td.style.setProperty("--share", String(growth));
        line.append(td);
      }
      table.append(line);
    });
  }
  box.append(table);
  const hint = element("p", "Root mean squares of each layer, over that step's batch; the last column is the last step whose numbers are all finite. Redder: grown more since the first column.");
  hint.className = "nn-hint";
  return [box, hint];
}

const number = (value) => (value === null ? "not finite" : figure(value));

function element(tag, text) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return node;
}
