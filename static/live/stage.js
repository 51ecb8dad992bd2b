// The stage: any moving scene as a grid of panels, mounted once and fed with frames.

import { Bar, barTemplate } from "./bar.js";
import { History } from "./curves.js";
import { figure } from "./network.js";
import { readTheme } from "./palette.js";
import { PANELS } from "./panels.js";
import { entry } from "./mount.js";
import { Player } from "./player.js";
import { showAutopsy } from "./autopsy.js";
import { decode, undoDifferences } from "./wire.js";

const TEMPLATE = `
<section class="nn-live nn-stage" data-testid="stage" data-step="0" data-frames="0" data-status="ready" aria-label="The moving picture">
  ${barTemplate(["toggle", "step", "reset"], [])}
  <div class="nn-panels"></div>
</section>`;

const COMMANDS = new Set(["toggle", "step", "reset", "speed", "open", "explain", "pick"]);
const STILL = new Set(["step", "reset"]); // after these the picture stands still
const DECISIVE = new Set(["play", "pause", ...STILL]);

class Stage {
  constructor(parent, component, plotly) {
    this.plotly = plotly;
    this.host = document.createElement("div");
    this.host.innerHTML = TEMPLATE;
    parent.appendChild(this.host);
    this.root = this.host.querySelector(".nn-stage");
    this.component = component;
    this.box = this.root.querySelector(".nn-panels");
    this.panels = [];
    this.history = new History();
    this.run = null;
    this.figures = null;
    this.frames = 0;
    this.step = 0;
    this.chain = Promise.resolve();
    this.bar = new Bar(this.root, (...asked) => this.act(...asked));
    this.player = new Player({ send: (r) => this.send(r), draw: (f) => this.drawFrame(f), step: () => this.step });
  }

  // ---- what the person does -------------------------------------------------------------

  act(command, value, held = false) {
    if (!this.figures || !COMMANDS.has(command)) return;
    if (held && this.player.waiting.length > 0) return; // a key held down goes as fast as it is answered
    if (this.figures.bare && command !== "pick") return;
    if (command === "toggle") {
      this.toggle();
      return;
    }
    if (STILL.has(command) && this.player.playing) {
      this.player.stop();
      this.bar.setPlaying(false);
    }
    this.player.ask(value === undefined ? { cmd: command } : { cmd: command, value });
  }

  toggle() {
    const play = !this.player.playing;
    if (play) this.player.start();
    else this.player.stop();
    this.bar.setPlaying(play);
    this.setStatus(play ? "running" : "paused");
    this.player.ask({ cmd: play ? "play" : "pause" });
  }

  /** Let one of several lines, tiles and rows stand out; null for none. */
  focus(index) {
    this.focused = this.focused === index ? null : index;
    for (const panel of this.panels) panel.focus?.(this.focused);
  }

  // ---- to the server and back -----------------------------------------------------------

  send(request) {
    this.component.setTriggerValue("request", {
      ...request,
      have: { figures: this.figures?.version ?? -1, run: this.run ?? -1, generation: this.history.generation, rows: this.history.rows.length },
    });
  }

  receive(bytes) {
    if (!bytes || bytes === this.latest) {
      this.retheme();
      return;
    }
    this.latest = bytes;
    this.chain = this.chain.then(() => this.take(bytes)).catch((error) => {
      console.error(error);
      this.bar.say("failed", {
        kind: "bad",
        text: `This view could not be drawn (${error.message}). Reload the page to try again.`,
        actions: [],
      });
    });
  }

  async take(bytes) {
    const message = await decode(bytes);
    if (this.dead || message.seq <= (this.seq ?? -1)) return;
    this.seq = message.seq;
    this.player.answered(message.answers);
    await this.plotly;
    if (this.dead) return;
    if (!message.figures && this.figures?.version !== message.version) {
      this.player.ask({ cmd: "look" });
      return;
    }
    await this.showFigures(message.figures);
    if (this.dead) return; // the person has left while the panels were drawn
    if (message.run !== this.run) this.newRun(message.run);
    this.bar.setSpeeds(message.speeds, message.speed);
    this.bar.setPace(message.pace);
    const { arrays } = message;
    if (arrays.history) this.history.take(message.history.generation, message.history.start, arrays.history);
    this.player.lead = message.lead;
    if (message.autopsy) showAutopsy(this.root, message.autopsy);
    const { pending } = this.player;
    if (pending && DECISIVE.has(pending.cmd) && pending.n > message.answers) return;
    if (message.playing && !this.player.playing) this.player.start();
    const frames = this.unpack(arrays);
    const ending = !message.playing && this.player.playing && frames.length > 1;
    if (message.playing || ending) {
      for (const frame of frames) frame.state = message.state;
      this.player.enqueue(frames, message.interval);
    } else if (frames.length > 0) {
      this.setState(message.state);
      this.drawFrame(frames.at(-1));
    }
    if (ending) this.player.drained = () => this.settle(message);
    else if (message.playing) this.saying(message);
    else this.settle(message);
    this.retheme();
  }

  unpack(arrays) {
    if (!arrays.rows) return [];
    const [count, width] = arrays.rows.shape;
    const parts = [];
    for (const [name, array] of Object.entries(arrays)) {
      const [kind, id] = name.split(":");
      if (id === undefined) continue;
      if (kind === "image") undoDifferences(array);
      const shape = array.shape.slice(1);
      parts.push([id, array.data, shape, shape.reduce((a, b) => a * b, 1)]);
    }
    return Array.from({ length: count }, (_, i) => ({
      step: arrays.steps.data[i],
      row: arrays.rows.data.subarray(i * width, (i + 1) * width),
      parts: new Map(parts.map(([id, data, shape, size]) => [id, { data: data.subarray(i * size, (i + 1) * size), shape }])),
    }));
  }

  saying(message) {
    this.setStatus(message.status);
    this.bar.setPlaying(this.player.playing);
    this.bar.say(message.status, message.notice);
  }

  /** Nothing moves: what is on show becomes true Plotly marks, with values on hover. */
  settle(message) {
    this.player.stop();
    this.saying(message);
    this.setState(message.state);
    for (const panel of this.panels) panel.rest?.();
  }

  setState(state) {
    if (!state || state === this.state) return;
    this.state = state;
    for (const panel of this.panels) if (state[panel.id] !== undefined) panel.setState?.(state[panel.id]);
  }

  setStatus(status) {
    this.root.dataset.status = status;
  }

  newRun(run) {
    this.run = run;
    this.history.clear();
    this.shown = null;
    this.state = null;
    this.player.queue = [];
    for (const panel of this.panels) panel.reset?.();
  }

  /** A message that nobody asked for brings the figures again: only others are drawn. */
  async showFigures(figures) {
    if (!figures) return;
    const drawn = JSON.stringify(figures);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    await this.setFigures(figures);
  }

  /** Panels of the same names stay as they are on the page and only take their new figures. */
  async setFigures(figures) {
    this.figures = figures;
    this.focused = null; // new lines, tiles and rows all stand out
    this.themeKey = readTheme(this.root).key;
    this.bar.setReadouts(figures.readouts.map(({ name, label }) => [name, label]));
    this.root.classList.toggle("nn-bare", figures.bare);
    this.bar.off = figures.bare;
    this.bar.halt = figures.halt;
    this.root.querySelector('[data-cmd="step"]').hidden = !figures.steps;
    const same = this.panels.length === figures.panels.length && this.panels.every((panel, i) => panel.id === figures.panels[i].id && panel.kind === figures.panels[i].kind);
    if (!same) {
      for (const panel of this.panels) panel.destroy();
      this.box.replaceChildren();
      this.panels = figures.panels.map((spec) => this.makePanel(spec));
    }
    for (const [i, panel] of this.panels.entries()) {
      const spec = figures.panels[i];
      panel.card.querySelector("h3").textContent = spec.title;
      panel.card.querySelector(".nn-hint").textContent = spec.hint ?? "";
      await panel.setFigure(spec);
    }
  }

  makePanel(spec) {
    const card = document.createElement("section");
    card.className = `nn-card nn-panel nn-panel-${spec.kind}`;
    card.style.setProperty("--span", String(spec.span));
    if (spec.height) card.style.setProperty("--height", spec.height);
    card.dataset.panel = spec.id;
    card.innerHTML = `<header><h3></h3><span class="nn-hint"></span></header><div class="nn-plotbox" data-chart="${spec.id}"></div>`;
    this.box.appendChild(card);
    const panel = new PANELS[spec.kind](card.querySelector(".nn-plotbox"), this);
    panel.id = spec.id;
    panel.kind = spec.kind;
    panel.card = card;
    return panel;
  }

  // ---- drawing --------------------------------------------------------------------------

  drawFrame(frame) {
    if (frame.state) this.setState(frame.state);
    this.shown = frame;
    this.step = frame.step;
    this.frames += 1;
    this.root.dataset.frames = String(this.frames);
    this.root.dataset.step = String(frame.step);
    const rows = this.history.until(frame.row[0]);
    for (const panel of this.panels) panel.frame?.(frame, rows);
    for (const { name, column } of this.figures.readouts) {
      const value = frame.row[column];
      this.bar.write(name, column === 0 ? Math.round(value).toLocaleString("en") : Number.isFinite(value) ? figure(value) : "–");
    }
    if (this.player.playing) this.bar.announce(`${this.figures.unit} ${Math.round(frame.row[0])}.`);
  }

  /** Streamlit calls again when its theme changes; the charts take the new colours. */
  retheme() {
    const { key } = readTheme(this.root);
    if (!this.figures || key === this.themeKey) return;
    this.themeKey = key;
    for (const panel of this.panels) panel.redraw();
  }

  destroy() {
    this.dead = true;
    this.player.stop();
    this.bar.destroy();
    for (const panel of this.panels) panel.destroy();
    this.host.remove();
  }
}

export const mount = entry(Stage);
