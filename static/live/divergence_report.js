// "What happened?": the last finite steps of a run that diverged, in a dialog.

import { element, openDialog } from "./dom.js";
import { figure } from "./numbers.js";
import { REPORT } from "./words.js";

/** @typedef {"weights" | "activations" | "gradients"} Part */

/** @type {Part[]} */
const PARTS = ["weights", "activations", "gradients"];

/**
 * Show the report in a dialog of the view `root`.
 *
 * @param {HTMLElement} root
 * @param {DivergenceReport} data
 */
export function showReport(root, data) {
  const said = [element("p", "", data.sentence)];
  if (data.culprit) {
    const { layer, operation } = data.culprit;
    said.push(element("p", "nn-culprit", element("b", "", layer), `: ${operation}`));
  }
  const dialog = openDialog(root, "", data.title ?? REPORT.title, ...said, ...steps(data));
  dialog.ariaLabel = REPORT.title;
}

/** @param {DivergenceReport} report */
function steps({ layers, rows, failed }) {
  const columns = [...rows, failed];
  const table = element("table", "nn-table nn-divergence");
  const names = columns.map((row) => element("th", "", row.step.toLocaleString("en")));
  names[names.length - 1].append(REPORT.fatal);
  table.append(line(REPORT.step, names));
  table.append(
    line(
      REPORT.loss,
      columns.map((row) => cell(row, failed, row.loss, brokenLoss(failed))),
    ),
  );
  for (const key of PARTS) {
    const part = element("th", "nn-part", REPORT.size(REPORT[key]));
    part.colSpan = columns.length + 1;
    table.append(element("tr", "", part));
    layers.forEach((name, i) => {
      const values = columns.map((row) => row[key][i]);
      const first = values.find((v) => v !== null && v > 0) ?? 1;
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
  const hint = element("p", "nn-hint", REPORT.hint);
  const box = element("div", "nn-scroll", table);
  Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: REPORT.table }); // the arrow keys scroll it
  return [box, hint];
}

/**
 * @param {string} name
 * @param {HTMLTableCellElement[]} cells
 */
function line(name, cells) {
  cells[cells.length - 1].classList.add("nn-fatal");
  return element("tr", "", element("th", "", name), ...cells);
}

/**
 * A number; in the fatal step it may be the one that left the finite, or lie behind that one.
 *
 * @param {ReportedStep} row
 * @param {ReportedStep} failed
 * @param {number | null} value
 * @param {boolean} broken
 */
function cell(row, failed, value, broken) {
  if (value !== null) return element("td", "", figure(value));
  const node = element("td", "", row !== failed || broken ? REPORT.infinite : "–");
  node.classList.toggle("nn-broken", row !== failed || broken);
  return node;
}

/**
 * A step computes activations from the first layer on, the loss, and gradients from the last layer
 * back. The first of these that is missing is the one that was not finite.
 *
 * @param {ReportedStep} failed
 * @param {Part} key
 * @param {number} i
 */
function isBroken(failed, key, i) {
  if (key === "activations") return failed.activations.indexOf(null) === i;
  if (key === "gradients") return isForwardFinite(failed) && failed.gradients.lastIndexOf(null) === i;
  return true;
}

/** @param {ReportedStep} failed */
const brokenLoss = (failed) => !failed.activations.includes(null);
/** @param {ReportedStep} failed */
const isForwardFinite = (failed) => brokenLoss(failed) && failed.loss !== null;
