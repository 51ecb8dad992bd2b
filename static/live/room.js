// How much room each thing on the page has: the layout of the charts, one of them on the whole
// screen, lecture mode. Layout and lecture are settings, and so the link's.

import { element } from "./dom.js";
import { showSheet } from "./sheet.js";
import { ROOM } from "./words.js";

/** @param {string} body */
const drawing = (body) =>
  `<svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round" aria-hidden="true">${body}</svg>`;

/** @type {Record<string, string>} what stands on a button */
const PICTURES = {
  all: drawing('<path d="M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z"/>'),
  boundary: drawing('<path d="M3 3h14v14H3z"/><path d="M3 17C4 9 16 12 17 3v14z" fill="currentColor"/>'),
  curves: drawing('<path d="M3 2.5V17h14.5"/><path d="M5.5 4.5c1.5 7 4 8.5 11 9"/>'),
  network: drawing(
    '<path d="M6 5.5 13.5 9.5M6 14.5l7.5-4"/><circle cx="4.5" cy="5" r="2"/><circle cx="4.5" cy="15" r="2"/><circle cx="15.5" cy="10" r="2"/>',
  ),
  lecture: drawing('<path d="M2 3.5h16M3.5 3.5v9h13v-9M10 12.5v2M6.5 17.5l3.5-3 3.5 3"/>'),
  sheet: "?",
  whole: drawing('<path d="M3 7.5V3h4.5M12.5 3H17v4.5M17 12.5V17h-4.5M7.5 17H3v-4.5"/>'),
};

const WIDE = matchMedia("(min-width: 1200px)"); // beside the row of page links there is room

/**
 * What lecture mode hides is a rule of the page's styles, by this attribute: page.py sets it before the
 * first view comes, and it stays when a view goes.
 *
 * @param {boolean} on
 * @param {string[]} hide  parts of the page
 */
function showLecture(on, hide) {
  const { dataset } = document.documentElement;
  if (on) dataset.lecture = hide.join(" ");
  else delete dataset.lecture;
}

/** A button in a card's head; its clicks are the room's. */
export function wholeButton() {
  const node = Object.assign(element("button", "nn-whole-button"), { type: "button", title: ROOM.whole });
  node.innerHTML = PICTURES.whole;
  return node;
}

export class Room {
  /**
   * @param {HTMLElement} root
   * @param {import("./view.js").View} view
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    /** @type {Key[]} */
    this.keys = [];
    /** @type {Record<string, string>} */
    this.layouts = {};
    /** @type {RoomSettings} */
    this.now = { layout: "", lecture: false, hide: [] };
    this.asked = 0; // the request that asked for the room of now
    /** @type {HTMLElement | null} */
    this.whole = null; // the card on the whole screen
    this.entered = false; // whether the browser fills the screen for it
    this.tools = element("div", "nn-tools");
    Object.assign(this.tools, { role: "toolbar", ariaLabel: ROOM.name });
    this.tools.addEventListener("click", ({ target }) => {
      const does = target instanceof Element && target.closest("button")?.dataset.does;
      if (does) this.act(does);
    });
    root.addEventListener("click", ({ target }) => {
      const card = target instanceof Element && target.closest(".nn-whole-button")?.parentElement;
      if (card) this.toggleWhole(card);
    });
    this.place = () => {
      const at = WIDE.matches ? root.parentElement : root.querySelector(".nn-bar");
      at?.append(this.tools);
    };
    WIDE.addEventListener("change", this.place);
    this.place();
    this.onScreen = () => {
      if (!document.fullscreenElement && this.entered) this.leave();
    };
    document.addEventListener("fullscreenchange", this.onScreen);
    this.sizer = new ResizeObserver(() => this.measure());
    const page = root.closest("[data-testid=stMainBlockContainer]"); // what is above it comes and goes
    for (const node of [page ?? root, root, ...root.querySelectorAll(".nn-bar, .nn-line")]) this.sizer.observe(node);
  }

  /**
   * @param {Record<string, string>} layouts  names and labels
   * @param {Key[]} keys
   */
  setFigures(layouts, keys) {
    this.layouts = layouts;
    this.keys = keys;
    const layoutButtons = Object.entries(layouts).map(([name, label]) => this.button(name, label));
    this.tools.replaceChildren(...layoutButtons, this.button("lecture", ROOM.lecture), this.button("sheet", ROOM.keys));
    this.press();
  }

  /**
   * @param {string} does
   * @param {string} label
   */
  button(does, label) {
    const key = this.keys.find((each) => each.does === does)?.shown;
    const node = Object.assign(element("button", "nn-tool"), { type: "button", title: `${label} (${key})` });
    node.innerHTML = PICTURES[does];
    node.dataset.does = does;
    node.ariaLabel = label;
    if (key) node.setAttribute("aria-keyshortcuts", key);
    return node;
  }

  /** Which of the buttons are pressed. */
  press() {
    for (const node of this.tools.querySelectorAll("button")) {
      const { does } = node.dataset;
      if (does === "sheet") continue;
      node.ariaPressed = String(does === "lecture" ? this.now.lecture : does === this.now.layout);
    }
  }

  /**
   * What the server says, unless the person has chosen since.
   *
   * @param {Pick<Message, "room" | "answers">} message
   */
  show({ room, answers }) {
    if (this.whole && !this.whole.closest(".nn-with-whole")) this.leave(); // other panels have come
    if (answers >= this.asked) this.apply(room);
  }

  /** @param {RoomSettings} room */
  apply(room) {
    const { lecture } = this.now;
    this.now = room;
    this.root.dataset.layout = room.layout;
    this.root.classList.toggle("nn-lecture", room.lecture);
    showLecture(room.lecture, room.hide);
    this.press();
    this.measure();
    if (lecture !== room.lecture) this.view.retheme(); // type and lines have another size
  }

  /** What lies above the charts takes from their height, so that they end where the window does. */
  measure() {
    const charts = this.root.querySelector(".nn-charts, .nn-panels");
    if (!charts || this.whole) return;
    const scrolled = charts.closest("[data-testid=stMain]")?.scrollTop ?? 0;
    this.root.style.setProperty("--above", `${Math.round(charts.getBoundingClientRect().top + scrolled)}px`);
  }

  /**
   * Do what a key or a button of the room says; whether it is one.
   *
   * @param {string} does
   */
  act(does) {
    if (does in this.layouts) this.choose({ layout: does });
    else if (does === "lecture") this.choose({ lecture: !this.now.lecture });
    else if (does === "whole") this.toggleWhole(this.pointedAt());
    else if (does === "leave") this.leave();
    else if (does === "sheet") showSheet(this.root, this.keys);
    else return false;
    return true;
  }

  /** @param {Partial<RoomSettings>} change */
  choose(change) {
    this.leave();
    this.apply({ ...this.now, ...change });
    this.view.act("view", change);
    this.asked = this.view.player.number;
  }

  // ---- a chart on the whole screen ------------------------------------------------------

  /** The card under the pointer, or else with the focus, or else the first. */
  pointedAt() {
    const cards = [...this.root.querySelectorAll(".nn-whole-button")].map((node) => node.parentElement);
    const found = ["hover", "focus-within"].map((how) => cards.find((card) => card?.matches(`:${how}`)));
    return found.find(Boolean) ?? cards[0] ?? null;
  }

  /** @param {HTMLElement | null} card */
  toggleWhole(card) {
    if (this.whole || !card) {
      this.leave();
      return;
    }
    this.whole = card;
    this.mark(true);
    // Where the browser cannot, or the screen is full already, the window is filled.
    if (document.fullscreenElement || !document.documentElement.requestFullscreen) return;
    document.documentElement.requestFullscreen({ navigationUI: "hide" }).then(
      () => {
        this.entered = true;
        if (!this.whole) this.leave(); // it was too slow for the person
      },
      () => {},
    );
  }

  /** Back among the others. */
  leave() {
    if (this.whole) this.mark(false);
    this.whole = null;
    if (!this.entered) return;
    this.entered = false;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }

  /** @param {boolean} on */
  mark(on) {
    this.root.classList.toggle("nn-full", on);
    this.whole?.classList.toggle("nn-whole", on);
    for (const box of this.root.querySelectorAll(".nn-with-whole")) box.classList.remove("nn-with-whole");
    if (on) this.whole?.parentElement?.classList.add("nn-with-whole");
    const button = this.whole?.querySelector(".nn-whole-button");
    if (button) button.ariaPressed = String(on);
  }

  destroy() {
    this.leave();
    this.sizer.disconnect();
    WIDE.removeEventListener("change", this.place);
    document.removeEventListener("fullscreenchange", this.onScreen);
  }
}
