// Which keys belong to what has the focus; all others are the page's.

const all = () => true;
/** @param {string} key */
const space = (key) => key === " ";
/** @param {string} key */
const arrows = (key) => key.startsWith("Arrow");

const PRESSED = "[type=checkbox], [type=radio], button, summary, [role=button], [role=tab]";
const DIALOG = "dialog, [role=dialog], [data-testid=stPopoverBody]";

/**
 * What each kind of element does with keys of its own.
 *
 * @type {[string, (key: string) => boolean][]}
 */
const OWN = [
  [`${DIALOG}, [role=listbox], [role=menu], [role=combobox][aria-expanded=true]`, all],
  ["input:not([type=checkbox], [type=radio], [type=range], [role=combobox]), textarea, select, [contenteditable]", all],
  // A list that is shut is searched by letters and opened by Space, ↑ and ↓. It keeps the focus
  // after a choice, and has no use for ← and →.
  ["[role=combobox]", (key) => key !== "ArrowLeft" && key !== "ArrowRight"],
  ["[role=slider], [type=range], [role=radiogroup], [role=tablist]", arrows],
  [".nn-pad", (key) => space(key) || arrows(key)],
  [PRESSED, space],
];

/**
 * Whether the element in which a key was pressed has a use for it, or an element around it.
 *
 * @param {KeyboardEvent} event
 */
export function isTaken(event) {
  const [target] = event.composedPath();
  return OWN.some(([kind, uses]) => uses(event.key) && target instanceof Element && target.closest(kind));
}

/**
 * Whether an element has no use for the focus once it was pressed by hand: what opens a list has.
 *
 * @param {Element} node
 */
export function isDone(node) {
  return node.matches(PRESSED) && !node.matches("[aria-haspopup]") && !node.closest(DIALOG);
}

/**
 * Of a table of keys the one that was pressed.
 *
 * @param {KeyboardEvent} event
 * @param {Key[]} table
 */
export function keyOf({ key, shiftKey }, table) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return table.find(({ keys, shift }) => keys.includes(name) && (shift === null || shift === shiftKey));
}
