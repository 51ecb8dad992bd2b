// The half of a lesson that stays in the browser: what is predicted, whether the answer is revealed,
// and the keys. All of it is kept in localStorage; the server hears nothing of it.
//
// Streamlit may run this module anew with every message, so what outlives one lies in the page: the
// style that shows revealed answers, and one listener for keys.

/**
 * @typedef {{choice?: number, shown?: boolean}} Kept
 * @typedef {{name: string, question: string, choices: string[], right: number}} Lesson
 * @typedef {{names: string[]}} List
 */

// All that is said here, in one place so that a translation is a file.
const WORDS = {
  group: "Your prediction",
  again: "Predict again",
  unpredicted: "Reveal without predicting",
  reveal: "Reveal",
  /** @type {(number: number, choice: string) => string} */
  answer: (number, choice) => `It is ${number}: ${choice}.`,
  /** @type {(answer: string) => string} */
  right: (answer) => `You were right. ${answer}`,
  /** @type {(number: number, answer: string) => string} */
  wrong: (number, answer) => `You expected ${number}. ${answer}`,
  ask: "What do you expect? It stays in this browser.",
  /** @type {(number: number) => string} */
  expected: (number) => `You expect ${number}. Now try it, then reveal.`,
  done: "✓ done",
  begun: "predicted",
  forget: "Forget my answers",
  /** @type {(done: number, all: number) => string} */
  count: (done, all) => `${done} of ${all} done.`,
};

const KEPT = "playground.lessons";

/** @returns {Record<string, Kept>} */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {}; // a browser that keeps nothing, or something else under this name
  }
}

/**
 * @param {string} name
 * @param {Kept} own
 */
function keep(name, own) {
  window.playgroundPredictions = { ...kept(), ...window.playgroundPredictions, [name]: own };
  try {
    localStorage.setItem(KEPT, JSON.stringify(window.playgroundPredictions));
  } catch {
    // where nothing may be kept, it holds until the page is left
  }
}

/**
 * @param {string} name
 * @returns {Kept}
 */
const ownOf = (name) => ({ ...kept(), ...window.playgroundPredictions })[name] ?? {};

/** Write the rules that depend on what is kept: an answer is shown, a card is marked. */
function style(/** @type {string} */ rules) {
  const id = "playground-lessons";
  const node = document.getElementById(id) ?? document.head.appendChild(document.createElement("style"));
  node.id = id;
  if (node.textContent !== rules) node.textContent = rules;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} name
 * @param {string} text
 */
function made(tag, name, text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

/**
 * One lesson's question. Made once for each lesson, then only changed: what has the focus keeps it.
 *
 * @param {HTMLElement} root
 * @param {Lesson} lesson
 */
function ask(root, { name, question, choices, right }) {
  const group = made("div", "lesson-choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", WORDS.group);
  const buttons = choices.map((text, i) => {
    const button = made("button", "lesson-choice");
    button.type = "button";
    button.append(made("kbd", "", `${i + 1}`), made("span", "", text));
    button.addEventListener("click", () => pick(i));
    return button;
  });
  group.append(...buttons);
  const reveal = made("button", "lesson-reveal");
  reveal.type = "button";
  reveal.addEventListener("click", () => show(!ownOf(name).shown));
  const verdict = made("p", "lesson-verdict");
  verdict.setAttribute("role", "status");
  root.replaceChildren(made("p", "lesson-question", question), group, verdict, reveal);
  let turned = false; // back to the question: a lecture has room for either

  function pick(/** @type {number} */ choice) {
    if (choice >= choices.length || ownOf(name).shown) return;
    keep(name, { choice });
    draw();
  }
  function show(/** @type {boolean} */ shown) {
    turned = false;
    keep(name, shown ? { ...ownOf(name), shown } : {});
    draw();
    if (!shown) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const answer = document.querySelector(`.st-key-lesson-answer-${name}`);
    answer?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "nearest" });
  }
  function draw() {
    const { choice, shown } = ownOf(name);
    root.dataset.side = shown && !turned ? "answer" : "question";
    style(shown ? `.st-key-lesson-answer-${name}.st-key-lesson-answer-${name} { display: flex; }` : "");
    for (const [i, button] of buttons.entries()) {
      button.setAttribute("aria-pressed", `${i === choice}`);
      button.disabled = shown === true;
      button.dataset.fate = !shown ? "" : i === right ? "right" : i === choice ? "wrong" : "";
    }
    reveal.textContent = shown ? WORDS.again : choice === undefined ? WORDS.unpredicted : WORDS.reveal;
    reveal.dataset.ready = `${choice !== undefined && !shown}`;
    const answer = WORDS.answer(right + 1, choices[right]);
    if (shown && choice === right) verdict.textContent = WORDS.right(answer);
    else if (shown) verdict.textContent = choice === undefined ? answer : WORDS.wrong(choice + 1, answer);
    else if (choice === undefined) verdict.textContent = WORDS.ask;
    else verdict.textContent = WORDS.expected(choice + 1);
  }
  function turn() {
    turned = !turned;
    draw();
  }
  draw();
  return { pick, reveal: () => (ownOf(name).shown ? turn() : show(true)) };
}

/**
 * Above the list: how much of it has been done.
 *
 * @param {HTMLElement} root
 * @param {List} list
 */
function count(root, { names }) {
  const done = names.filter((name) => ownOf(name).shown);
  const begun = names.filter((name) => ownOf(name).choice !== undefined && !ownOf(name).shown);
  const mark = (/** @type {string[]} */ which, /** @type {string} */ text) =>
    which.map((name) => `.st-key-lesson-card-${name}::after { content: "${text}"; }`).join("\n");
  style(`${mark(done, WORDS.done)}\n${mark(begun, WORDS.begun)}`);
  const forget = made("button", "lesson-forget", WORDS.forget);
  forget.type = "button";
  forget.addEventListener("click", () => {
    localStorage.removeItem(KEPT);
    window.playgroundPredictions = {};
    count(root, { names });
  });
  const words = made("span", "", WORDS.count(done.length, names.length));
  root.replaceChildren(...(done.length + begun.length > 0 ? [words, forget] : []));
}

/** @param {string} key */
const press = (key) => {
  const button = document.querySelector(`.st-key-${key} button`);
  if (button instanceof HTMLElement) button.click();
};
const KEYS = { ArrowRight: "lesson_next", ArrowLeft: "lesson_previous", Escape: "lesson_all" };

/** @param {KeyboardEvent} event */
function onKey(event) {
  const asked = window.playgroundLesson;
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [role=menu]");
  if (!asked?.root.isConnected || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (/^[1-9]$/.test(key)) asked.pick(Number(key) - 1);
  else if (key === "r") asked.reveal();
  else if (/^[a-d]$/.test(key)) press(`lesson_open_${key}`);
  else if (key in KEYS) press(KEYS[/** @type {keyof typeof KEYS} */ (key)]);
  else return;
  // Streamlit has keys of its own, R and C among them.
  event.stopImmediatePropagation();
  event.preventDefault();
}

/** @param {{parentElement: HTMLElement, data: Lesson | List}} mounted */
export default ({ parentElement, data }) => {
  let root = /** @type {HTMLElement | null} */ (parentElement.querySelector(":scope > .lesson-browser"));
  root ??= parentElement.appendChild(made("div", "lesson-browser"));
  if ("names" in data) {
    count(root, data);
    return;
  }
  if (window.playgroundLesson?.root !== root || root.dataset.lesson !== data.name) {
    root.dataset.lesson = data.name;
    window.playgroundLesson = { root, ...ask(root, data) };
  }
  if (!window.playgroundLessonKeys) {
    window.playgroundLessonKeys = true;
    addEventListener("keydown", onKey, { capture: true });
  }
};
