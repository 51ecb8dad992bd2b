// A view: takes the server's messages, plays their frames into a page of panels.

import { Bar } from "./bar.js";
import { offerFor, unwatch, watch } from "./carried.js";
import { showReport } from "./divergence_report.js";
import { element, find } from "./dom.js";
import { showFigures, sketch } from "./figures.js";
import { History } from "./history.js";
import { rest } from "./in_words.js";
import { readTheme } from "./palette.js";
import { Player } from "./player.js";
import { decode, unpack } from "./protocol.js";
import { showShared } from "./share.js";
import { ERRORS } from "./words.js";

const TEMPLATE = `
<section class="nn-live" data-testid="live" data-step="0" data-epoch="0" data-frames="0" data-status="ready">
  <div class="nn-top"></div>
  <div class="nn-all"></div>
</section>`;

export class View {
  /**
   * @param {Component} component
   * @param {Promise<void>} plotly  the library, which the charts use as window.Plotly
   */
  constructor(component, plotly) {
    this.plotly = plotly;
    this.here = location.pathname;
    this.host = Object.assign(element("div"), { innerHTML: TEMPLATE });
    component.parentElement.append(this.host);
    this.root = find(this.host, ".nn-live");
    this.component = component;
    this.id = ""; // of the server's view
    this.kind = "";
    /** @type {Uint8Array | null} */
    this.carried = null; // the run, for another server
    this.strange = false; // the server knows nothing of what is on the page
    this.offered = 0; // the request that offered it a run
    this.box = find(this.root, ".nn-all");
    /** @type {import("./panels.js").Placed[]} */
    this.panels = [];
    this.history = new History();
    /** @type {number | null} */
    this.run = null;
    /** @type {Figures | null} */
    this.figures = null;
    this.drawn = ""; // the figures on the page
    this.themeKey = "";
    /** @type {Uint8Array | null} */
    this.latest = null; // the last message
    this.seq = -1;
    /** @type {Frame | null} */
    this.shown = null;
    /** @type {State | null} */
    this.state = null;
    /** @type {number | null} */
    this.focused = null;
    this.frames = 0;
    this.step = 0;
    this.dead = false;
    /** @type {Timer | undefined} */
    this.later = undefined; // until a picture at rest is to be looked at once more
    this.chain = Promise.resolve();
    this.player = new Player({ send: (r) => this.send(r), draw: (f) => this.drawFrame(f), step: () => this.step });
    this.bar = new Bar(this.root, find(this.root, ".nn-top"), this);
    // Nothing is asked of the server for what is off screen.
    this.eye = new IntersectionObserver((entries) => this.look(entries), { rootMargin: "80px" });
    watch(this);
  }

  // ---- its place on the page -------------------------------------------------------------

  /** Off the page, which may not be the end. */
  leave() {
    unwatch(this);
    this.host.remove();
    this.player.hold();
  }

  /**
   * What was shown before Streamlit was there is Streamlit's from now on. Its first message is the
   * first word of the server's view; keys that were pressed before are asked for now.
   *
   * @param {Component} component
   */
  begin(component) {
    this.component = component;
    watch(this);
    this.chain = this.chain.then(() => {
      this.id = "";
      for (const { cmd, value } of this.player.forget()) this.player.ask({ cmd, value });
    });
  }

  /**
   * On the page again, in another place. What was asked for in between is asked for once more.
   *
   * @param {Component} component
   */
  comeBack(component) {
    this.component = component;
    watch(this);
    component.parentElement.append(this.host);
    this.player.goOn();
    if (this.player.pending) this.player.ask({ cmd: this.player.playing ? "tick" : "look" });
  }

  // ---- what the person does -------------------------------------------------------------

  /**
   * Ask for what a button, a key or a panel says, if this view has such a command.
   *
   * @type {PanelHost["act"]}
   */
  act(command, value, held = false) {
    const commands = this.figures?.commands ?? {};
    if (held && this.player.waiting.length > 0) return; // a key held down goes as fast as it is answered
    if (command === "toggle") {
      if ("play" in commands) this.toggle();
      return;
    }
    if (!(command in commands)) return;
    if (commands[command] && this.player.playing) {
      this.player.stop();
      this.bar.setPlaying(false);
    }
    this.player.ask(value === undefined ? { cmd: command } : { cmd: command, value });
  }

  /** On Pause what is on show is what is kept: the server goes back to the step of that frame. */
  toggle() {
    const play = !this.player.playing;
    if (play) this.player.start();
    else this.player.stop();
    this.bar.setPlaying(play);
    this.root.dataset.status = play ? "running" : "paused";
    this.player.ask({ cmd: play ? "play" : "pause" });
  }

  /**
   * Let one of several lines, tiles and rows stand out, or none if it does so already.
   *
   * @param {number} index
   */
  focus(index) {
    this.focused = this.focused === index ? null : index;
    for (const panel of this.panels) panel.focus?.(this.focused);
  }

  // ---- to the server and back -----------------------------------------------------------

  /**
   * A request that comes behind the one for another page is run after it. Streamlit then finds none
   * of the old page's fragments, and shows what that run has drawn: an empty page. So a view is
   * silent while its page is being left, and where it is on none.
   *
   * @param {Sent} request
   */
  send(request) {
    if (window.playgroundLeaving?.(this.here) || !this.host.isConnected) return;
    /** @type {Payload} */
    const payload = {
      ...request,
      have: {
        figures: this.strange ? -1 : (this.figures?.version ?? -1),
        run: this.strange ? -1 : (this.run ?? -1),
        generation: this.history.generation,
        rows: this.history.rows.length,
      },
      want: this.wanted().map((panel) => panel.id),
    };
    this.component.setTriggerValue("request", payload);
  }

  /** The panels in sight whose state is sent only to those who look. */
  wanted() {
    return this.panels.filter((panel) => panel.asks && panel.inSight);
  }

  /**
   * What came into sight at rest is asked for; in motion the next request does that.
   *
   * @param {IntersectionObserverEntry[]} entries
   */
  look(entries) {
    const before = this.wanted();
    for (const { target, isIntersecting } of entries) {
      const panel = this.panels.find(({ box }) => box === target);
      if (panel) panel.inSight = isIntersecting;
    }
    const appeared = this.wanted().some((panel) => !before.includes(panel) && !(panel.id in (this.state ?? {})));
    if (appeared && this.run !== null && !this.player.playing) this.player.ask({ cmd: "look" });
  }

  /** @param {Uint8Array} bytes */
  receive(bytes) {
    if (!bytes || bytes === this.latest) {
      this.retheme();
      return;
    }
    this.latest = bytes;
    this.chain = this.chain
      .then(() => this.take(bytes))
      .catch((error) => {
        console.error(error);
        this.bar.say("failed", {
          kind: "bad",
          text: ERRORS.view(error.message),
          actions: [],
        });
      });
  }

  /** @param {Uint8Array} bytes */
  async take(bytes) {
    const message = unpack(await decode(bytes));
    if (this.dead || (message.view === this.id && message.seq <= this.seq)) return;
    this.seq = message.seq;
    if (message.view !== this.id && this.meet(message)) return;
    if (message.answers < this.offered) return; // not yet the run that was offered
    this.player.answered(message.answers);
    this.bar.room.show(message);
    if (!window.Plotly) sketch(this, message);
    await this.plotly;
    if (this.dead) return;
    if (!message.figures && this.figures?.version !== message.version) {
      this.player.ask({ cmd: "look" });
      return;
    }
    await showFigures(this, message);
    if (this.dead) return; // the person has left while the panels were drawn
    if (this.strange || message.run !== this.run) this.newRun(message.run);
    this.strange = false;
    if (message.arrays.carried) this.carried = /** @type {Uint8Array} */ (message.arrays.carried.data);
    this.bar.setSpeeds(message.speeds, message.speed);
    this.bar.setPace(message.pace);
    this.takeHistory(message);
    this.player.lead = message.lead;
    if (message.divergence_report) showReport(this.root, message.divergence_report);
    if (message.share) {
      this.history.forgetTrail(); // what is on show is then what whoever opens it will see
      showShared(this.root, message.share);
    }
    // A message that was under way when the person pressed Pause must not start the picture again.
    if (this.player.hasDecided(message.answers, this.figures?.commands)) return;
    if (message.playing && !this.player.playing) this.player.start();
    const { frames } = message;
    const ending = !message.playing && this.player.playing && frames.length > 1;
    if (message.playing || ending) {
      for (const frame of frames) frame.state = message.state;
      this.player.enqueue(frames, message.interval);
    } else if (frames.length > 0) {
      this.setState(message.state);
      this.drawFrame(frames[frames.length - 1]);
    }
    if (ending) this.player.drained = () => this.settle(message);
    else if (message.playing) this.saying(message);
    else this.settle(message);
    this.retheme();
  }

  /**
   * The first word of a view of the server's. Whether it is offered a run that it has not got: nothing
   * is drawn before it has answered.
   *
   * @param {Message} message
   */
  meet(message) {
    const offer = offerFor(this, message);
    this.strange = this.id !== "";
    this.id = message.view;
    this.kind = message.kind;
    this.carried = null;
    this.offered = 0;
    const unheard = this.strange ? this.player.forget() : [];
    if (offer) {
      this.step = offer.step;
      this.player.ask({ cmd: "resume", value: offer.run });
      this.offered = this.player.number;
    }
    for (const { cmd, value } of unheard) this.player.ask({ cmd, value });
    return offer !== undefined;
  }

  /** @param {Message} message */
  takeHistory({ history, arrays }) {
    if (!history) return;
    this.history.take(history.generation, history.start, arrays.history);
    this.history.takeClimb(arrays.climb);
    for (const panel of this.panels) panel.widen?.(this.history.climb);
  }

  /** @param {Message} message */
  saying(message) {
    this.root.dataset.status = message.status;
    this.bar.setPlaying(this.player.playing);
    this.bar.say(message.playing && message.diverging ? "diverging" : message.status, message.notice);
    this.bar.showRate(message);
  }

  /**
   * Nothing moves: what is on show becomes true Plotly marks, with values on hover.
   *
   * @param {Message} message
   */
  settle(message) {
    this.player.stop();
    if (this.shown) this.bar.readAll(this.shown.row, false);
    this.saying(message);
    this.setState(message.state);
    rest(this.panels, this.shown?.row);
    // A message that came unasked, or was asked for while playing, lacks what is shown at rest.
    const lacking = this.wanted().some((panel) => !(panel.id in (message.state ?? {})));
    if (lacking && !this.player.pending) this.player.ask({ cmd: "look" });
    clearTimeout(this.later);
    if (!message.again) return;
    const look = () => {
      if (!this.player.playing && !this.dead) this.player.ask({ cmd: "look" });
    };
    this.later = setTimeout(look, 1000 * message.again);
  }

  /** @param {State} [state] */
  setState(state) {
    if (!state || state === this.state) return;
    this.state = state;
    for (const panel of this.panels) if (state[panel.id] !== undefined) panel.setState?.(state[panel.id]);
  }

  /** @param {number} run */
  newRun(run) {
    this.run = run;
    this.history.clear();
    this.shown = null;
    this.state = null;
    this.player.queue = [];
    for (const panel of this.panels) panel.reset?.();
  }

  // ---- drawing --------------------------------------------------------------------------

  /** @param {Frame} frame */
  drawFrame(frame) {
    if (frame.state) this.setState(frame.state);
    const { player, root } = this;
    const [place] = frame.row;
    const opens = root.dataset.status === "opening"; // on the way of a link, at any pace
    if (opens) this.history.forgetTrail();
    this.history.follow(frame.row, opens ? place : (this.shown?.row[0] ?? 0));
    this.shown = frame;
    this.step = frame.step;
    this.frames += 1;
    root.dataset.frames = String(this.frames);
    root.dataset.step = String(frame.step);
    root.dataset.epoch = String(Number(place.toFixed(4)));
    const rows = this.history.until(place);
    for (const panel of this.panels) panel.frame?.(frame, rows);
    this.bar.readAll(frame.row, player.playing);
  }

  /** Streamlit calls again when its theme changes; the charts take the new colours. */
  retheme() {
    const { key } = readTheme(this.root);
    if (!this.drawn || key === this.themeKey) return;
    this.themeKey = key;
    for (const panel of this.panels) panel.redraw();
  }

  destroy() {
    this.dead = true;
    this.player.hold(); // it asks nothing more
    this.bar.destroy();
    this.eye.disconnect();
    for (const panel of this.panels) panel.destroy();
    this.host.remove();
  }
}
