// A first visit explains itself in three short steps, in the free end of the row of page links: over
// no chart, and without moving anything. page.js loads this on a Playground that was never opened in
// this browser; "done" in localStorage keeps it away from then on, and the server hears nothing.

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
const ROOM = 195; // pixels that the words take; where less is free they lie over the row of links
const STEPS = [
  { text: WORDS.play, mark: ".nn-bar .nn-primary" },
  { text: WORDS.rate, mark: ".nn-rate" },
  { text: WORDS.lessons, mark: "a[href=lessons]" },
];
const STYLE = `
.playground-welcome { position: fixed; top: 0.35rem; height: 3.05rem; z-index: 999992; display: flex; align-items: center; gap: 0.2rem; box-sizing: border-box; padding: 0 0.2rem 0 0.7rem; border-radius: 0.6rem; color: #fff; background: #5b4fcf; }
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

  function show() {
    for (const node of document.querySelectorAll(".playground-marked")) node.classList.remove("playground-marked");
    const { text, mark } = STEPS[step];
    const shown = [...document.querySelectorAll(mark)].find((node) => node.getClientRects().length > 0);
    shown?.classList.add("playground-marked");
    words.textContent = `${step + 1}/${STEPS.length} ${text}`;
    next.textContent = step + 1 < STEPS.length ? WORDS.next : WORDS.done;
  }
  /** Right of the last link, or over the links where nothing is free. */
  function place() {
    if (location.pathname !== here || !row) return end();
    const links = row.querySelectorAll("a");
    const own = row.getBoundingClientRect();
    const free = own.right - (links[links.length - 1]?.getBoundingClientRect().right ?? own.right) - 16;
    const width = Math.min(free >= ROOM ? free : own.width, 400);
    box.style.width = `${width}px`;
    box.style.left = `${free >= ROOM ? own.right - width : own.left}px`;
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
  next.addEventListener("click", () => {
    step += 1;
    if (step < STEPS.length) show();
    else done();
  });
  close.addEventListener("click", done);
  const here = location.pathname;
  document.body.append(box);
  show();
  const watch = setInterval(place, 300); // windows, sidebars and pages change
  place();
}
