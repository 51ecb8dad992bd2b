// "What happened?": the last finite steps of a run that diverged, in a dialog.

import { figure } from "./numbers.js";

const PARTS = [
  ["weights", "weights W"],
  ["activations", "activations a"],
  ["gradients", "gradient ∂L/∂W"],
];

/**
 * `data`: {title, sentence, culprit, layers, rows, failed}; `rows` are the last finite steps and
 * `failed` the fatal one, each {step, epoch, loss, weights, activations, gradients}.
 */
export function showReport(root, data) {
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
  parts.push(...steps(data));
  dialog.replaceChildren(...parts);
  if (!dialog.open) dialog.showModal();
}

function steps({ layers, rows, failed }) {
  const columns = [...rows, failed];
  const box = element("div");
  box.className = "nn-scroll";
  const table = element("table");
  table.className = "nn-table nn-divergence";
  const names = columns.map((row) => element("th", row.step.toLocaleString("en")));
  names.at(-1).append(" · fatal");
  table.append(line("Step", names));
  table.append(line("Batch loss", columns.map((row) => cell(row, failed, row.loss, brokenLoss(failed)))));
  for (const [key, label] of PARTS) {
    const head = element("tr");
    const part = element("th", `Size of ${label}`);
    part.colSpan = columns.length + 1;
    part.className = "nn-part";
    head.append(part);
    table.append(head);
    layers.forEach((name, i) => {
      const values = columns.map((row) => row[key][i]);
      const first = values.find((v) => v > 0) ?? 1;
      const cells = values.map((v, k) => {
        const td = cell(columns[k], failed, v, isBroken(failed, key, i));
        // The more a size has grown since the first of these steps, the redder: a factor of 1000 is full.
        const growth = v === null ? 0 : Math.min(1, Math.max(0, Math.log10(v / first) / 3));
        td.style.setProperty("--share", String(growth));
        return td;
      });
      table.append(line(name, cells));
    });
  }
  box.append(table);
  const hint = element("p", "Root mean squares of each layer, over that step's batch. The last column is the step that ended the run: a dash where it did not get that far. Redder: grown more since the first column.");
  hint.className = "nn-hint";
  return [box, hint];
}

function line(name, cells) {
  cells.at(-1).classList.add("nn-fatal");
  const node = element("tr");
  node.append(element("th", name), ...cells);
  return node;
}

/** A number; in the fatal step it may be the one that left the finite, or lie behind that one. */
function cell(row, failed, value, broken) {
  if (value !== null) return element("td", figure(value));
  const node = element("td", row !== failed || broken ? "not finite" : "–");
  node.classList.toggle("nn-broken", row !== failed || broken);
  return node;
}

// A step computes activations from the first layer on, the loss, and gradients from the last layer
// back. The first of these that is missing is the one that was not finite.
function isBroken(failed, key, i) {
  if (key === "activations") return failed.activations.indexOf(null) === i;
  if (key === "gradients") return isForwardFinite(failed) && failed.gradients.lastIndexOf(null) === i;
  return true;
}

const brokenLoss = (failed) => !failed.activations.includes(null);
const isForwardFinite = (failed) => brokenLoss(failed) && failed.loss !== null;

function element(tag, text) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return node;
}
