// The transport bar, the line of words under it, and the keyboard.

import { element, find, smallButton } from "./dom.js";
import { Gauge } from "./gauge.js";
import { isDone, isTaken, keyOf } from "./keys.js";
import { figure } from "./numbers.js";
import { Rate } from "./rate.js";
import { Room } from "./room.js";
import { address } from "./share.js";
import { skipLink } from "./skip.js";
import { BAR, BUTTON_TEXTS, STATUS } from "./words.js";

/** @param {string} path */
const icon = (path) =>
  `<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${path}"/></svg>`;
const ICONS = {
  play: icon("M8 5.2v13.6a.8.8 0 0 0 1.2.7l10.6-6.8a.8.8 0 0 0 0-1.4L9.2 4.5A.8.8 0 0 0 8 5.2z"),
  pause: icon("M7 5h3.5v14H7zM13.5 5H17v14h-3.5z"),
  batch: icon("M6 5.5v13l8.5-6.5zM16 5.5h2.5v13H16z"),
  epoch: icon("M3.5 5.5v13L11 12zM11.5 5.5v13L19 12zM19.2 5.5h2.3v13h-2.3z"),
  reset: icon("M12 5V1.8L6.8 6 12 10.2V7a5.5 5.5 0 1 1-5.5 5.5h-2A7.5 7.5 0 1 0 12 5z"),
  share: icon(
    "M18 15.4a3 3 0 0 0-2.1.9l-6.6-3.9a3 3 0 0 0 0-.8l6.5-3.8A3 3 0 1 0 15 5.6l.1.8-6.5 3.8a3 3 0 1 0 0 3.6l6.6 3.9A2.8 2.8 0 1 0 18 15.4z",
  ),
  fresh: icon(
    "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm3 3.4A1.6 1.6 0 1 0 8 9.6a1.6 1.6 0 0 0 0-3.2zm4 4A1.6 1.6 0 1 0 12 13.6a1.6 1.6 0 0 0 0-3.2zm4 4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z",
  ),
};

/**
 * By name: its picture, its class and its key.
 *
 * @type {Record<string, [keyof typeof ICONS, string, string]>}
 */
const BUTTONS = {
  toggle: ["play", "nn-primary", "Space"],
  batch: ["batch", "", "ArrowRight"],
  step: ["batch", "", "ArrowRight"],
  epoch: ["epoch", "", "Shift+ArrowRight"],
  reset: ["reset", "", "R"],
  new: ["fresh", "", ""],
  share: ["share", "", ""],
};
/** @type {Record<string, CommandName>} */
const COMMANDS = { batch: "step" };
const HELD = new Set(["step", "epoch", "back", "faster", "slower"]); // what a key that is held down does again

const TEMPLATE = `
<div class="nn-bar" role="toolbar" aria-label="${BAR.name}">
  <span class="nn-buttons"></span>
  <label class="nn-speed" title="${BAR.speedHelp}"><span>${BAR.speed}</span><select data-cmd="speed" aria-label="${BAR.speed}"></select></label>
</div>
<div class="nn-line" data-kind="info"><span class="nn-chip" data-read="status">${STATUS.ready}</span><span class="nn-pace" title="${BAR.pace}"></span><span class="nn-say"><span class="nn-words"></span><span class="nn-actions"></span></span><dl class="nn-readouts"></dl></div>
<div class="nn-quiet" role="status" aria-live="polite"></div>`;

const attribute = (/** @type {string} */ name, value = "") => value && ` ${name}="${value}"`;

/** @param {string} name */
function button(name) {
  const [picture, kind, key] = BUTTONS[name];
  const { label, name: called, title } = BUTTON_TEXTS[name];
  const rest = attribute("aria-keyshortcuts", key) + attribute("aria-label", called) + attribute("title", title);
  return `<button type="button" class="nn-button ${kind}" data-cmd="${COMMANDS[name] ?? name}"${rest}>${ICONS[picture]}<span>${label}</span></button>`;
}

const TOUCHED = matchMedia("(hover: none) and (pointer: coarse)"); // no keys
const ANNOUNCE = 5000; // ms between two spoken reports while a run goes on

/** @type {(node: HTMLElement, text: string) => void} */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {number} share */
function bar(share) {
  const found = element("progress", "nn-progress");
  return Object.assign(found, { value: share, ariaLabel: BAR.progress });
}

export class Bar {
  /**
   * In the element `top` of the view `root`. `act(command, value, held)` of `view` is called for every
   * button, key and choice; a key may be held down.
   *
   * @param {HTMLElement} root
   * @param {HTMLElement} top
   * @param {import("./view.js").View} view
   */
  constructor(root, top, view) {
    this.root = root;
    this.view = view;
    /** @type {PanelHost["act"]} */
    const act = (...asked) => view.act(...asked);
    this.act = act;
    /** @type {Rate | null} */
    this.rate = null;
    /** @type {Gauge | null} */
    this.gauge = null;
    top.innerHTML = TEMPLATE;
    this.bar = find(root, ".nn-bar");
    this.line = find(root, ".nn-line");
    this.words = find(root, ".nn-words");
    this.actions = find(root, ".nn-actions");
    this.quiet = find(root, ".nn-quiet");
    this.buttons = find(root, ".nn-buttons");
    this.readouts = find(root, ".nn-readouts");
    this.pace = find(root, ".nn-pace");
    this.status = find(root, "[data-read=status]");
    /** @type {Record<string, HTMLElement>} */
    this.reads = {};
    /** @type {Readout[]} */
    this.specs = [];
    this.unit = ""; // what a row's place is counted in
    /** @type {HTMLElement | null} */
    this.toggle = null;
    this.shown = false; // whether it is shown as playing
    this.typed = false; // whether the speed is chosen by keys
    this.html = this.said = this.halt = "";
    this.spoken = 0;
    /** @type {Key[]} */
    this.keys = [];
    this.byHand = false; // whether it was no key that was pressed last
    this.room = new Room(root, view);
    /** @type {HTMLElement | null} */
    this.skip = null;
    this.speed = /** @type {HTMLSelectElement} */ (find(root, "select"));
    this.speed.addEventListener("keydown", () => {
      this.typed = true;
    });
    this.speed.addEventListener("pointerdown", () => {
      this.typed = false;
    });
    this.speed.addEventListener("change", () => {
      act("speed", this.speed.value);
      if (!this.typed) this.speed.blur(); // chosen by hand: the arrows are the run's again
    });
    this.buttons.addEventListener("click", ({ target }) => {
      const command = target instanceof Element && target.closest("button")?.dataset.cmd;
      if (command) act(/** @type {CommandName} */ (command), command === "share" ? address() : undefined);
    });
    this.onPointer = () => {
      this.byHand = true;
    };
    this.onClick = () => this.letGo();
    /** @param {KeyboardEvent} event */
    this.onKey = (event) => this.key(event);
    // Of the whole page, and before Streamlit's own buttons keep one to themselves.
    window.addEventListener("pointerdown", this.onPointer, true);
    window.addEventListener("click", this.onClick, true);
    window.addEventListener("keydown", this.onKey, true);
    this.onSettings = () => this.heed();
    window.addEventListener("playground-settings", this.onSettings);
  }

  /**
   * `buttons` by name, and what the one that ends playing says.
   *
   * @param {Figures} figures
   */
  setFigures({ buttons, halt, readouts, rated, unit, keys, layouts }) {
    this.halt = halt;
    this.keys = keys;
    this.room.setFigures(layouts, keys);
    if (buttons.length > 0) this.skip ??= skipLink(() => this.toggle?.focus());
    this.root.classList.toggle("nn-bare", buttons.length === 0);
    const html = buttons.map(button).join("\n");
    if (html !== this.html) {
      this.buttons.innerHTML = this.html = html;
      this.toggle = this.buttons.querySelector('[data-cmd="toggle"]');
      this.shown = false;
    }
    if (rated && !this.rate) this.addRate();
    if (rated) this.rate?.setLimits(rated);
    if (this.rate) this.rate.node.hidden = !rated;
    this.readouts.innerHTML = readouts
      .map(({ name, label }) => `<div><dt>${label}</dt><dd data-read="${name}">–</dd></div>`)
      .join("");
    const nodes = this.readouts.querySelectorAll("dd");
    this.specs = readouts;
    this.unit = unit;
    this.reads = Object.fromEntries(readouts.map(({ name }, i) => [name, nodes[i]]));
  }

  /** What was pressed by hand, anywhere, gives the focus back: Space and the arrows are the run's again. */
  letGo() {
    const { activeElement } = document;
    if (!this.byHand || !this.root.isConnected || !(activeElement instanceof HTMLElement)) return;
    if (isDone(activeElement)) activeElement.blur();
  }

  /**
   * The keys of the view's table, unless what has the focus uses them itself.
   *
   * @param {KeyboardEvent} event
   */
  key(event) {
    this.byHand = false;
    if (event.ctrlKey || event.metaKey || event.altKey || !this.root.isConnected) return;
    if (this.root.querySelector("dialog[open]")) {
      event.stopPropagation(); // in a dialog keys do what they do anywhere, and nothing to the run
      return;
    }
    const does = keyOf(event, this.keys)?.does;
    if (!does || does === "go" || isTaken(event)) return; // the way through steps has keys of its own
    if (does === "leave" && !this.room.whole) return;
    if (does === "whole" && !this.room.pointedAt()) return; // the charts are another view's
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat && !HELD.has(does)) return;
    if (does === "faster" || does === "slower") this.rate?.nudge(does === "faster" ? 1 : -1);
    else if (!this.room.act(does)) this.act(/** @type {CommandName} */ (does), undefined, event.repeat);
  }

  addRate() {
    const { player } = this.view;
    this.rate = new Rate(
      find(this.root, ".nn-speed"),
      (rate, resting) => {
        if (resting) player.ask({ cmd: "rate", value: { rate } });
        else player.divert({ cmd: "steer", value: { rate, plays: player.playing } });
      },
      () => player.awaits("steer") || player.awaits("rate"),
    );
  }

  /** Settings have changed elsewhere on the page: what plays takes them up at once, unasked it would in time. */
  heed() {
    const { player } = this.view;
    if (!player.playing || !("steer" in (this.view.figures?.commands ?? {}))) return;
    if (this.rate?.hasJustRested) return; // it was itself that changed them
    player.divert({ cmd: "steer", value: { rate: null, plays: true } });
  }

  /**
   * The learning rate, and how it stands to the critical one.
   *
   * @param {Message} message
   */
  showRate({ rate, gauge, critical, critical_was }) {
    if (rate !== null) this.rate?.show(rate);
    if (critical !== undefined) this.rate?.showCritical(critical, critical_was);
    if (gauge === undefined) return;
    this.gauge ??= new Gauge(this.readouts, (this.view.figures?.rated || null)?.terms ?? []);
    this.gauge.show(gauge);
  }

  /**
   * @param {[string, string][]} speeds  values and labels
   * @param {string} chosen
   */
  setSpeeds(speeds, chosen) {
    find(this.root, ".nn-speed").hidden = speeds.length === 0;
    if (this.speed.options.length !== speeds.length) {
      this.speed.replaceChildren(...speeds.map(([value, label]) => new Option(label, value)));
    }
    if (document.activeElement !== this.speed || this.speed.value !== chosen) this.speed.value = chosen;
  }

  /**
   * How fast it really goes, in words, where that is far below the chosen speed; else empty.
   *
   * @param {string} pace
   */
  setPace(pace) {
    this.pace.textContent = pace;
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    if (this.shown === playing || !this.toggle) return;
    this.shown = playing;
    this.toggle.innerHTML = `${playing ? ICONS.pause : ICONS.play}<span>${playing ? this.halt : BUTTON_TEXTS.toggle.label}</span>`;
  }

  /**
   * All numbers of a frame; in motion those who do not see them are told now and then.
   *
   * @param {Row} row
   * @param {boolean} moving
   */
  readAll(row, moving) {
    for (const each of this.specs) this.read(each, row[each.column], moving);
    if (!moving || !this.unit) return;
    const [, ...numbers] = this.specs.map(({ label, column }) => `${label.toLowerCase()} ${figure(row[column])}`);
    const place = `${this.unit[0].toUpperCase()}${this.unit.slice(1)} ${Math.floor(row[0])}`;
    this.announce(`${[place, ...numbers].join(", ")}.`);
  }

  /**
   * One of the numbers; parts of the first, an epoch, are shown when they can be read, at rest.
   *
   * @param {Readout} readout
   * @param {number} value
   * @param {boolean} moving
   */
  read({ name, column }, value, moving) {
    const node = this.reads[name];
    if (column > 0) {
      write(node, Number.isFinite(value) ? figure(value) : "–");
      return;
    }
    const whole = Math.floor(value + 1e-9);
    const part = value - whole;
    const rest = !moving && part > 1e-6 ? part.toFixed(2).slice(1) : "";
    write(node, whole.toLocaleString("en") + rest);
  }

  /**
   * The server's words on the run.
   *
   * @param {string} status
   * @param {Notice} notice
   */
  say(status, notice) {
    write(this.status, STATUS[status] ?? status);
    this.bar.dataset.state = STATUS[status] ?? status; // the bar of a phone, which stays in sight, says what is bad
    this.line.dataset.kind = notice.kind;
    const key = JSON.stringify(notice);
    if (key === this.said) return;
    this.said = key;
    const text = (TOUCHED.matches && notice.touch) || notice.text;
    this.words.textContent = this.words.title = text; // a long one is cut, so that the charts stay where they are
    if (typeof notice.progress === "number") this.words.append(bar(notice.progress));
    this.actions.replaceChildren(
      ...notice.actions.map(([command, label, value]) => smallButton(label, () => this.act(command, value))),
    );
    this.announce(`${STATUS[status] ?? status}. ${text}`, typeof notice.progress !== "number");
  }

  /**
   * Tell screen readers, politely: at once on a change, else every few seconds.
   *
   * @param {string} text
   */
  announce(text, urgent = false) {
    const now = performance.now();
    if (!urgent && now - this.spoken < ANNOUNCE) return;
    this.spoken = now;
    this.quiet.textContent = text;
  }

  destroy() {
    window.removeEventListener("pointerdown", this.onPointer, true);
    window.removeEventListener("click", this.onClick, true);
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("playground-settings", this.onSettings);
    this.rate?.destroy();
    this.room.destroy();
    this.skip?.remove();
  }
}
