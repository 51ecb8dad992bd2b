// The live view: mounts once, takes the server's messages, and keeps everything on screen current.

import { Bar, barTemplate } from "./bar.js";
import { Boundary } from "./boundary.js";
import { GradientChart, History, LossChart } from "./curves.js";
import { drawConfusion, drawFacts, drawMeasures, WeightGradients } from "./details.js";
import { Gauge } from "./gauge.js";
import { entry } from "./mount.js";
import { NetworkDiagram } from "./network.js";
import { readTheme } from "./palette.js";
import { Player } from "./player.js";
import { decode, undoDifferences } from "./wire.js";

const READOUTS = [["epoch", "Epoch"], ["train", "Training loss"], ["test", "Test loss"], ["rate", "Learning rate"]];

const TEMPLATE = `
<section class="nn-live" data-testid="live" data-epoch="0" data-frames="0" data-status="ready" aria-label="The network learning">
  ${barTemplate(["toggle", "batch", "epoch", "reset", "new"], READOUTS)}
  <div class="nn-charts">
    <section class="nn-card nn-boundary"><header><h3 data-read="title">Decision boundary</h3><span class="nn-legend"></span>
      <label class="nn-check" title="Show the class the network picks, without shades of certainty"><input type="checkbox" data-option="discretize"> Discretise</label>
      <label class="nn-check" title="Show the points the network never trains on, as open diamonds"><input type="checkbox" data-option="show_test"><i class="nn-dot nn-dot-test"></i>Test points</label></header>
      <div class="nn-plotbox" data-chart="boundary"></div></section>
    <section class="nn-card nn-loss"><header><h3>Loss</h3><span class="nn-legend"><i class="nn-key nn-key-train"></i>training<i class="nn-key nn-key-test"></i>test</span>
      <label class="nn-check" title="A logarithmic axis gives each factor of ten the same height"><input type="checkbox" data-option="log_loss"> Log axis</label></header>
      <div class="nn-plotbox" data-chart="loss"></div></section>
    <section class="nn-card nn-gradient"><header><h3>Gradient size by layer</h3><span class="nn-hint">root mean square of ∂L/∂W, log scale</span></header>
      <div class="nn-plotbox" data-chart="gradient"></div></section>
  </div>
  <section class="nn-card nn-network"><header><h3>The network</h3><span class="nn-hint">each square: what a unit answers over the input plane · solid: positive weight, dashed: negative</span><span class="nn-hint nn-caption"></span></header>
    <div class="nn-diagram"></div></section>
  <div class="nn-below">
    <section class="nn-card"><header><h3>How good is it?</h3></header><table class="nn-table" data-table="measures"></table></section>
    <section class="nn-card" data-table="confusion" hidden><header><h3>Confusion matrix</h3><span class="nn-hint">test points</span></header><table class="nn-table nn-confusion"></table></section>
    <section class="nn-card"><header><h3>The run</h3></header><dl class="nn-facts" data-table="facts"></dl></section>
  </div>
  <details class="nn-card nn-weights"><summary><h3>Gradient of every weight now</h3><span class="nn-hint">|∂L/∂W| in the shape of each layer's weights</span></summary>
    <div class="nn-plotbox" data-chart="weights"></div></details>
</section>`;

// Commands after which an answer to an older request must not move the picture any more.
const DECISIVE = new Set(["play", "pause", "step", "epoch", "back", "reset", "new", "rewind", "halve"]);

/** When the browser has painted what was drawn so far; soon in any case, a hidden tab paints never. */
const nextPicture = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });

class LiveView {
  constructor(parent, component, plotly) {
    this.plotly = plotly; // a promise of the library, which the charts use as window.Plotly
    this.host = document.createElement("div");
    this.host.innerHTML = TEMPLATE;
    parent.appendChild(this.host);
    this.root = this.host.querySelector(".nn-live");
    this.component = component;
    this.find = (selector) => this.root.querySelector(selector);
    this.history = new History();
    this.run = null;
    this.figures = null;
    this.step = 0;
    this.frames = 0;
    this.chain = Promise.resolve();
    this.bar = new Bar(this.root, (...asked) => this.act(...asked));
    this.gauge = new Gauge(this.find(".nn-line"));
    this.player = new Player({ send: (r) => this.send(r), draw: (f) => this.drawFrame(f), step: () => this.step });
    this.boundary = new Boundary(this.find('[data-chart="boundary"]'));
    this.loss = new LossChart(this.find('[data-chart="loss"]'));
    this.gradient = new GradientChart(this.find('[data-chart="gradient"]'));
    this.network = new NetworkDiagram(this.find(".nn-diagram"), this.find(".nn-caption"));
    this.weights = new WeightGradients(this.find('[data-chart="weights"]'));
    this.watchVisible();
    for (const box of this.root.querySelectorAll("[data-option]")) {
      box.addEventListener("change", () => this.choose(box.dataset.option, box.checked));
    }
    this.find(".nn-weights").addEventListener("toggle", () => {
      if (this.find(".nn-weights").open && !this.player.playing) this.request({ cmd: "look" });
    });
  }

  /** Nothing is asked of the server, or drawn, for what is off screen. */
  watchVisible() {
    this.visible = { network: false, below: false };
    const parts = new Map([
      [this.find(".nn-network"), "network"],
      [this.find(".nn-below"), "below"],
    ]);
    this.eye = new IntersectionObserver((entries) => {
      const before = { ...this.visible };
      for (const entry of entries) this.visible[parts.get(entry.target)] = entry.isIntersecting;
      const appeared = Object.keys(before).some((part) => this.visible[part] && !before[part]);
      if (appeared && this.run !== null && !this.player.playing) this.request({ cmd: "look" });
    }, { rootMargin: "80px" });
    for (const part of parts.keys()) this.eye.observe(part);
  }

  // ---- what the person does -------------------------------------------------------------

  act(command, value, held = false) {
    if (!this.figures) return;
    if (held && this.player.waiting.length > 0) return; // a key held down goes as fast as it is answered
    if (command === "toggle") {
      if (this.player.playing) this.pause();
      else this.play();
      return;
    }
    if (command === "speed") {
      this.request({ cmd: "speed", value });
      return;
    }
    if (this.player.playing) {
      this.player.stop();
      this.bar.setPlaying(false);
    }
    this.request({ cmd: command });
  }

  play() {
    this.player.start();
    this.bar.setPlaying(true);
    this.setStatus("running");
    this.request({ cmd: "play" });
  }

  /** What is on show is what is kept: the server goes back to the step of the frame shown. */
  pause() {
    this.player.stop();
    this.bar.setPlaying(false);
    this.setStatus("paused");
    this.request({ cmd: "pause" });
  }

  choose(option, on) {
    this.applyOption(option, on);
    this.request({ cmd: "view", value: { [option]: on } });
  }

  applyOption(option, on) {
    if (option === "discretize") this.boundary.setOptions({ discretize: on });
    if (option === "show_test") this.boundary.setOptions({ showTest: on });
    if (option === "log_loss") {
      this.loss.setScale(on ? "log" : "linear");
      if (this.shown) this.drawLoss();
    }
  }

  // ---- to the server and back -----------------------------------------------------------

  request(request) {
    this.player.ask(request);
  }

  send(request) {
    this.component.setTriggerValue("request", {
      ...request,
      have: { figures: this.figures?.version ?? -1, run: this.run ?? -1, generation: this.history.generation, rows: this.history.rows.length },
      want: { network: this.visible.network, measures: this.visible.below || !this.player.playing, weights: this.find(".nn-weights").open },
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
        text: `This page could not be drawn (${error.message}). Reload it to try again.`,
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
      this.request({ cmd: "look" });
      return;
    }
    if (message.run !== this.run) this.newRun(message.run, !message.figures);
    if (message.figures) await this.setFigures(message);
    if (this.dead) return; // the person has left while the charts were drawn
    this.bar.setSpeeds(message.speeds, message.speed);
    const { arrays } = message;
    if (arrays.history) this.history.take(message.history.generation, message.history.start, arrays.history);
    this.takeClimb(arrays.climb);
    this.player.lead = message.lead;
    // A message that was under way when the person pressed Pause must not start the picture again.
    const { pending } = this.player;
    if (pending && DECISIVE.has(pending.cmd) && pending.n > message.answers) return;
    if (message.playing && !this.player.playing) this.player.start();
    const ending = !message.playing && this.player.playing && (arrays.epochs?.data.length ?? 0) > 1;
    if (arrays.epochs) this.takeFrames(message, ending);
    if (ending) this.player.drained = () => this.settle(message);
    else if (message.playing) this.saying(message);
    else this.settle(message);
    this.retheme();
    if (arrays.maps) this.takeNetwork(arrays);
    if (arrays.gradients) this.weights.update(arrays.gradients.data);
    if (message.measures) {
      drawMeasures(this.find('[data-table="measures"]'), message.measures);
      drawConfusion(this.find('[data-table="confusion"]'), message.confusion);
    }
    if (message.facts) drawFacts(this.find('[data-table="facts"]'), message.facts);
    if (message.autopsy) await this.explain(message.autopsy);
  }

  /** Few runs diverge, and of few of those is asked why: the dialog is loaded when it is needed. */
  async explain(autopsy) {
    const { showAutopsy } = await import("./autopsy.js");
    if (!this.dead) showAutopsy(this.root, autopsy);
  }

  saying(message) {
    const status = message.playing && message.diverging ? "diverging" : message.status;
    this.setStatus(message.status, message.diverging);
    this.bar.setPlaying(this.player.playing);
    this.bar.say(status, message.notice);
    this.gauge.show(message.gauge);
  }

  takeFrames(message, ending) {
    const { epochs, steps, losses, layers, codes } = message.arrays;
    undoDifferences(codes);
    const [count, side] = codes.shape;
    const width = layers.shape[1];
    const frames = Array.from({ length: count }, (_, i) => ({
      epoch: epochs.data[i],
      step: steps.data[i],
      train: losses.data[2 * i],
      test: losses.data[2 * i + 1],
      gradient: layers.data.subarray(i * width, (i + 1) * width),
      codes: codes.data.subarray(i * side * side, (i + 1) * side * side),
      side,
      rate: message.rate,
    }));
    if (message.playing || ending) this.player.enqueue(frames, message.interval);
    else if (frames.length > 0) this.drawFrame(frames.at(-1));
  }

  /** The run stands still: show exactly where the server is, and the finer boundary. */
  settle(message) {
    this.player.stop();
    this.saying(message);
    const { fine, values } = message.arrays;
    if (fine) this.boundary.rest(fine.data, values.data, fine.shape[0]);
    if (this.shown) {
      this.drawLoss();
      this.gradient.rest();
    }
    // A message that came unasked, or was asked for while playing, lacks what is shown at rest.
    const lacking = (this.visible.network && !message.arrays.maps) || !message.measures;
    if (lacking && !this.player.pending) this.request({ cmd: "look" });
  }

  /** The last steps of a run that diverged have room of their own, in motion and at rest. */
  takeClimb(climb) {
    this.history.takeClimb(climb);
    this.loss.axis.widen(this.history.climb);
    this.gradient.axis.widen(this.history.climb);
  }

  newRun(run, redraw) {
    this.run = run;
    this.history.clear();
    this.loss.reset();
    this.gradient.reset();
    this.shown = null;
    this.player.queue = [];
    if (!redraw) return;
    this.loss.redraw();
    this.gradient.redraw();
  }

  /** The boundary first and with its picture, the other charts a moment later. */
  async setFigures({ figures, options, arrays }) {
    this.figures = figures;
    for (const box of this.root.querySelectorAll("[data-option]")) box.checked = Boolean(options[box.dataset.option]);
    this.boundary.options = { discretize: options.discretize, showTest: options.show_test };
    this.loss.setScale(options.log_loss ? "log" : null);
    this.find('[data-read="title"]').textContent = figures.title;
    this.legend(figures.legend);
    this.find('[data-table="confusion"]').hidden = figures.legend.length === 0; // a regression
    this.themeKey = readTheme(this.root).key;
    this.boundary.grid = null;
    await this.boundary.setFigure(figures.boundary, figures.shading, figures.extent);
    if (arrays.fine) this.boundary.rest(arrays.fine.data, arrays.values.data, arrays.fine.shape[0]);
    await nextPicture();
    await this.loss.setFigure(figures.loss);
    await this.gradient.setFigure(figures.gradient, figures.magnitude);
    await this.weights.setFigure(figures.weights, figures.magnitude);
    this.find('[data-chart="weights"]').style.height = `${figures.weights.layout.height}px`;
    this.network.setStructure(figures.structure, figures.shading);
  }

  legend(entries) {
    const box = this.find(".nn-boundary .nn-legend");
    box.replaceChildren(
      ...entries.map(([label, colour, shape]) => {
        const item = document.createElement("span");
        const key = document.createElement("i");
        key.className = `nn-dot nn-dot-${shape}`;
        key.style.setProperty("--colour", colour);
        item.append(key, label);
        return item;
      }),
    );
  }

  takeNetwork({ maps, ranges, weights, biases }) {
    this.network.update({ maps: maps.data, side: maps.shape[1], ranges: ranges.data, weights: weights.data, biases: biases.data });
    const label = `Network diagram: ${this.figures.structure.columns.map((c) => `${c.title}, ${c.units}`).join("; ")}`;
    this.network.canvas.setAttribute("aria-label", label);
  }

  // ---- drawing --------------------------------------------------------------------------

  drawFrame(frame) {
    this.history.follow(frame, this.shown?.epoch ?? 0);
    this.shown = frame;
    this.step = frame.step;
    this.frames += 1;
    this.root.dataset.frames = String(this.frames);
    this.root.dataset.epoch = String(Number(frame.epoch.toFixed(4)));
    this.boundary.frame(frame.codes, frame.side);
    // Changing a Plotly line costs several milliseconds: at 60 frames a second every second one.
    if (!this.player.playing || this.frames % 2 === 0 || this.player.base > 25) this.drawLoss();
    this.gradient.draw(this.history.until(frame.epoch), frame.epoch, frame.gradient);
    this.bar.frame(frame, this.player.playing);
    if (this.player.playing) {
      this.bar.announce(`Epoch ${Math.floor(frame.epoch)}, training loss ${frame.train.toPrecision(3)}, test loss ${frame.test.toPrecision(3)}.`);
    }
  }

  drawLoss() {
    const { epoch, train, test } = this.shown;
    this.loss.draw(this.history.until(epoch), [epoch, train, test]);
  }

  setStatus(status, diverging = false) {
    this.root.dataset.status = status;
    this.root.dataset.diverging = String(Boolean(diverging));
  }

  /** Streamlit calls again when its theme changes; the charts take the new colours. */
  retheme() {
    const { key } = readTheme(this.root);
    if (!this.figures || key === this.themeKey) return;
    this.themeKey = key;
    this.boundary.redraw();
    this.loss.redraw();
    this.gradient.redraw();
    this.weights.redraw();
    this.network.draw();
  }

  destroy() {
    this.dead = true;
    this.player.stop();
    this.eye.disconnect();
    this.bar.destroy();
    for (const part of [this.boundary, this.loss, this.gradient, this.network, this.weights]) part.destroy();
    this.host.remove();
  }
}

export const mount = entry(LiveView);
