// A first visit explains itself in three short steps, in the free end of the row of page links, or at the
// foot of the window: over no control, and without moving anything. What was done needs no Next. page.js
// loads this on a Playground that was never opened in this browser; "done" in localStorage keeps it away
// from then on, and the server hears nothing.

// All that is said here, in one place so that a translation is a file.
const WORDS = {
  name: "First steps",
  close: "Close first steps",
  play: "Press Play and watch it learn.",
  rate: "Move the learning rate while it runs.",
  lessons: "Lessons let you predict first.",
  next: "Next",
  done: "Got it",
};

const KEPT = "playground.welcome";
const ROOM = 195; // pixels that the words take; where less is free they stand at the foot of the window
const rate = () => /** @type {HTMLInputElement | null} */ (document.querySelector(".nn-rate [type=range]"))?.value;
/** What is said, where, and by what it can be seen that it was done; `before` is the rate when it was said. */
const STEPS = [
  {
    text: WORDS.play,
    mark: ".nn-bar .nn-primary",
    done: () => document.querySelector("[data-testid=live][data-status=running]") !== null,
  },
  { text: WORDS.rate, mark: ".nn-rate", done: (/** @type {string} */ before) => (rate() ?? before) !== before },
  { text: WORDS.lessons, mark: ".page-menu, a[href=lessons]", done: () => location.pathname.endsWith("/lessons") },
];
const STYLE = `
.playground-welcome { position: fixed; height: 3.05rem; z-index: 999992; display: flex; align-items: center; gap: 0.2rem; box-sizing: border-box; padding: 0 0.2rem 0 0.7rem; border-radius: 0.6rem; color: #fff; background: #5b4fcf; }
.playground-welcome p { margin: 0; flex: 1; font-size: 0.82rem; line-height: 1.25; }
.playground-welcome button { flex: none; font: inherit; font-size: 0.85rem; font-weight: 600; color: inherit; background: none; border: 0; border-radius: 0.4rem; min-width: 1.75rem; min-height: 2rem; padding: 0 0.35rem; cursor: pointer; }
.playground-welcome button:is(:hover, :focus-visible) { background: rgb(255 255 255 / 22%); outline: 2px solid #fff; }
html[data-lecture] .playground-welcome { display: none; }
.playground-marked { outline: 3px solid #dd6b20 !important; outline-offset: 2px; border-radius: 0.5rem; }`;

export function welcome() {
  const row = document.querySelector(".st-key-page-links");
  if (!row || document.querySelector(".playground-welcome")) return;
  const box = document.createElement("section");
  box.className = "playground-welcome";
  box.setAttribute("aria-label", WORDS.name);
  const words = document.createElement("p");
  words.setAttribute("aria-live", "polite");
  const next = document.createElement("button");
  const close = Object.assign(document.createElement("button"), { textContent: "✕", ariaLabel: WORDS.close });
  next.type = close.type = "button";
  const style = Object.assign(document.createElement("style"), { textContent: STYLE });
  box.append(style, words, next, close);
  let step = 0;
  let before = "";

  function show() {
    for (const node of document.querySelectorAll(".playground-marked")) node.classList.remove("playground-marked");
    const { text, mark } = STEPS[step];
    before = rate() ?? "";
    const shown = [...document.querySelectorAll(mark)].find((node) => node.getClientRects().length > 0);
    shown?.classList.add("playground-marked");
    words.textContent = `${step + 1}/${STEPS.length} ${text}`;
    next.textContent = step + 1 < STEPS.length ? WORDS.next : WORDS.done;
  }
  function follow() {
    before ||= rate() ?? ""; // it may come later than the words
    if (STEPS[step].done(before)) goOn();
    else if (location.pathname !== here) end();
    else place();
  }
  /** Right of the last link; where nothing is free below the charts, over a bar that is pinned there. */
  function place() {
    const bar = document.querySelector(".nn-bar");
    const view = bar?.closest("[data-testid=live]");
    if (!row || !bar || !view) return;
    const own = row.getBoundingClientRect();
    const links = [...row.querySelectorAll("a, .page-menu")];
    const free = own.right - Math.max(...links.map((link) => link.getBoundingClientRect().right)) - 16;
    const below = view.getBoundingClientRect();
    const width = Math.min(free >= ROOM ? free : below.width, 400);
    const pinned = getComputedStyle(bar).position === "fixed";
    const foot = pinned ? innerHeight - bar.getBoundingClientRect().top : 0;
    box.style.width = `${width}px`;
    box.style.left = `${free >= ROOM ? own.right - width : below.left + (below.width - width) / 2}px`;
    box.style.top = free >= ROOM ? "0.35rem" : "auto";
    box.style.bottom = free >= ROOM ? "auto" : `${foot + 6}px`;
    box.style.visibility = getComputedStyle(row).visibility; // a phone's sidebar lies over the row
  }
  function end() {
    clearInterval(watch);
    for (const node of document.querySelectorAll(".playground-marked")) node.classList.remove("playground-marked");
    box.remove();
  }
  function done() {
    try {
      localStorage.setItem(KEPT, "done");
    } catch {
      // it comes back with the next visit
    }
    end();
  }
  function goOn() {
    step += 1;
    if (step < STEPS.length) show();
    else done();
  }
  next.addEventListener("click", goOn);
  close.addEventListener("click", done);
  const here = location.pathname;
  document.body.append(box);
  show();
  const watch = setInterval(follow, 300); // windows, sidebars and pages change
  place();
}
