// Plays frames at the screen's rate and asks the server for more before they run out.
//
// The browser pulls: a request goes out when the queue runs low, so a hidden tab, a slow phone or
// a closed laptop costs the server nothing, and no frame is made that nobody will see.

const PATIENCE = 4000; // ms until what has no answer is asked again, also at rest
const FARTHEST = 3000; // ms that the server may be ahead for the sake of slow answers
const IDLE = new Set(["tick", "look", "go"]); // a later request does as well

export class Player {
  /**
   * `send` asks the server, `draw` shows one frame, `step` is that of the frame on show.
   *
   * @param {{ send: (request: Sent) => void, draw: (frame: Frame) => void, step?: () => number }} view
   */
  constructor({ send, draw, step = () => 0 }) {
    this.send = send;
    this.draw = draw;
    this.step = step;
    /** @type {Frame[]} */
    this.queue = [];
    this.playing = false;
    /** @type {(Numbered & { sent: number }) | null} */
    this.pending = null;
    /** @type {Numbered[]} */
    this.waiting = []; // what a person asked for and no message has answered yet
    this.number = 0;
    this.next = 0;
    this.lead = 300; // ms of frames that should be left when the next request goes out, as the server says
    this.answer = 0; // ms that an answer takes, rather too many
    this.base = 33; // ms from frame to frame
    this.span = 0; // ms that the frames of the last message play
    /** @type {(() => void) | null} */
    this.drained = null; // called once when the last frame of a run that ended has been shown
    this.loop = this.loop.bind(this);
    this.turn = 0;
    /** @type {Timer | undefined} */
    this.patience = undefined;
  }

  start() {
    if (this.playing) return;
    this.playing = true;
    this.queue = [];
    this.drained = null;
    this.next = 0;
    this.turn = requestAnimationFrame(this.loop);
  }

  stop() {
    this.playing = false;
    this.queue = [];
    this.drained = null;
    cancelAnimationFrame(this.turn);
  }

  /** Nobody can see it for now. */
  hold() {
    clearTimeout(this.patience);
    cancelAnimationFrame(this.turn);
  }

  /** It can be seen again. */
  goOn() {
    this.next = 0;
    if (this.playing) this.turn = requestAnimationFrame(this.loop);
  }

  /**
   * Send a request; `pending` remembers it until a message answers its number.
   *
   * Of requests that come close together Streamlit hands on only the last, so each brings along
   * those before it that are not answered: every press counts, and counts once.
   *
   * @param {Asked} request
   * @param {number} [step]  of the frame from which on it counts
   */
  ask(request, step = this.step()) {
    this.number += 1;
    const numbered = { ...request, n: this.number, step };
    this.pending = { ...numbered, sent: performance.now() };
    this.send({ ...numbered, earlier: this.waiting.slice() });
    if (!IDLE.has(request.cmd)) this.waiting.push(numbered);
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.ask({ cmd: this.playing ? "tick" : "look" }), PATIENCE);
  }

  /**
   * Ask for another way from here on: of the frames that wait only those are shown that are due before
   * the answer can be here, and the run goes on from the last of them.
   *
   * @param {Asked} request
   */
  divert(request) {
    this.queue.length = Math.min(this.queue.length, Math.floor((this.answer + 30) / this.base));
    this.drained = null;
    this.ask(request, this.queue.at(-1)?.step);
  }

  /** Whether the person has asked for this kind of thing and has no answer. */
  awaits(/** @type {CommandName} */ cmd) {
    return this.waiting.some((request) => request.cmd === cmd);
  }

  /**
   * Whether the person has asked for another way since the request with this number: whatever was asked
   * for behind it, the frames of before are not shown any more. `stills` says which commands stand still.
   *
   * @param {number} number
   * @param {Figures["commands"]} [stills]
   */
  hasDecided(number, stills = {}) {
    const open = this.pending ? [...this.waiting, this.pending] : this.waiting;
    return open.some(({ n, cmd }) => n > number && (cmd === "play" || cmd === "steer" || stills[cmd]));
  }

  /** @param {number} number */
  answered(number) {
    this.number = Math.max(this.number, number); // a view mounted again goes on counting
    this.waiting = this.waiting.filter((request) => request.n > number);
    if (!this.pending || number < this.pending.n) return;
    const took = performance.now() - this.pending.sent;
    this.answer = Math.max(took, this.answer + 0.2 * (took - this.answer));
    this.pending = null;
    clearTimeout(this.patience);
  }

  /**
   * Nobody will answer what has been asked so far; returns what a person asked for. The picture stands
   * still: another server goes on from the frame on show, and those behind it would come twice.
   */
  forget() {
    const { waiting } = this;
    this.pending = null;
    this.waiting = [];
    this.queue = [];
    clearTimeout(this.patience);
    return waiting.filter(({ cmd }) => cmd !== "resume");
  }

  /** ms of frames left at which the next request goes out: before they run out, however long answers take. */
  get early() {
    return Math.max(this.lead, Math.min(1.2 * this.answer + 50, FARTHEST));
  }

  /**
   * Frames of one message, to be shown `interval` ms apart.
   *
   * @param {Frame[]} frames
   * @param {number} interval
   */
  enqueue(frames, interval) {
    if (!this.playing) return;
    this.base = interval;
    this.span = frames.length * interval;
    this.queue.push(...frames);
  }

  /** @param {number} now */
  loop(now) {
    if (!this.playing) return;
    this.turn = requestAnimationFrame(this.loop);
    const left = this.queue.length * this.base;
    if (this.drained) {
      if (this.queue.length === 0) this.drained();
    } else if (!this.pending && left < this.early) this.ask({ cmd: "tick" });
    if (this.queue.length === 0) {
      this.next = 0; // what comes after a wait is not late
      return;
    }
    // Play a little faster when frames pile up and a little slower when they run out, so that the
    // picture neither lags behind the training nor stands still between two messages.
    const full = this.early + 1.3 * this.span;
    const pace = left > full ? 0.8 : left < 0.3 * this.lead ? 1.15 : 1;
    const interval = this.base * pace;
    if (this.next === 0) this.next = now;
    if (now + 4 < this.next) return;
    let [frame] = this.queue.splice(0, 1);
    this.next += interval;
    // A slow screen skips frames, so that it does not fall behind; a fast one shows them all.
    while (this.queue.length > 0 && this.next < now - interval) {
      [frame] = this.queue.splice(0, 1);
      this.next += interval;
    }
    this.draw(frame);
  }
}
