// The player: every frame is shown once, more are asked for in time, and every press counts.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Player } from "../../static/live/player.js";

/** @type {FrameRequestCallback[]} */
let waiting = [];
let now = 1;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  waiting = [];
  globalThis.requestAnimationFrame = (draw) => waiting.push(draw);
  globalThis.cancelAnimationFrame = () => {
    waiting = [];
  };
});

afterEach(() => mock.timers.reset());

/** The screen draws its next picture, 1/60 s later. */
function paint() {
  now += 1000 / 60;
  for (const draw of waiting.splice(0)) draw(now);
}

/** @param {number[]} steps */
const frames = (...steps) => steps.map((step) => ({ step, row: Float32Array.of(step), parts: new Map() }));

test("every frame is shown, and more are asked for before they run out", () => {
  /** @type {number[]} */
  const drawn = [];
  /** @type {Sent[]} */
  const sent = [];
  const player = new Player({ send: (request) => sent.push(request), draw: ({ step }) => drawn.push(step) });
  player.lead = 60;
  player.start();
  let answered = 0;
  for (let i = 0; i < 60; i += 1) {
    paint();
    if (sent.length === answered || answered === 4) continue;
    answered += 1;
    player.answered(answered);
    const from = 5 * (answered - 1);
    player.enqueue(frames(from, from + 1, from + 2, from + 3, from + 4), 20);
  }
  assert.deepEqual(
    drawn,
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.deepEqual(
    sent.map(({ n, cmd }) => [n, cmd]),
    [1, 2, 3, 4, 5].map((n) => [n, "tick"]),
  );
});

test("a request brings along what a person asked for and has no answer to", () => {
  /** @type {[number, [number, string, number][]][]} */
  const sent = [];
  const player = new Player({
    send: ({ n, earlier }) => sent.push([n, earlier.map((each) => [each.n, each.cmd, each.step])]),
    draw: () => {},
    step: () => 7,
  });
  for (const cmd of /** @type {CommandName[]} */ (["step", "look", "tick", "epoch", "step"])) player.ask({ cmd });
  player.answered(1);
  player.ask({ cmd: "step" });
  player.answered(6);
  player.ask({ cmd: "step" });
  assert.deepEqual(sent, [
    [1, []],
    [2, [[1, "step", 7]]],
    [3, [[1, "step", 7]]],
    [4, [[1, "step", 7]]],
    [
      5,
      [
        [1, "step", 7],
        [4, "epoch", 7],
      ],
    ],
    [
      6,
      [
        [4, "epoch", 7],
        [5, "step", 7],
      ],
    ],
    [7, []],
  ]);
});

test("where answers take long, more frames are left when the next are asked for", (t) => {
  let time = 0;
  t.mock.method(performance, "now", () => time);
  const player = new Player({ send: () => {}, draw: () => {} });
  assert.equal(player.early, player.lead);
  for (const took of [900, 100, 100, 100]) {
    const before = player.early;
    player.ask({ cmd: "tick" });
    time += took;
    player.answered(player.number);
    assert.ok(took === 900 ? player.early > 900 : player.early < before);
  }
  // Not for ever: on Pause the server goes back to what is shown, and remembers some seconds of it.
  player.ask({ cmd: "tick" });
  time += 60_000;
  player.answered(player.number);
  assert.ok(player.early <= 3000);
});

test("a player that is stopped draws nothing more", () => {
  const player = new Player({ send: () => {}, draw: () => assert.fail("drawn") });
  player.start();
  player.enqueue(frames(1, 2, 3), 1);
  player.stop();
  player.enqueue(frames(4), 1);
  for (let i = 0; i < 5; i += 1) paint();
  assert.deepEqual(player.queue, []);
});

test("what has no answer is asked again, also at rest, and nothing for those who are gone", () => {
  /** @type {[CommandName, CommandName[]][]} */
  const sent = [];
  const player = new Player({
    send: ({ cmd, earlier }) => sent.push([cmd, earlier.map((each) => each.cmd)]),
    draw: () => {},
  });
  player.ask({ cmd: "pick" });
  mock.timers.tick(5000);
  assert.deepEqual(sent, [
    ["pick", []],
    ["look", ["pick"]],
  ]);
  player.answered(2);
  mock.timers.tick(20_000);
  player.ask({ cmd: "step" });
  player.hold();
  mock.timers.tick(20_000);
  player.ask({ cmd: "step" });
  player.forget(); // the server is another one
  mock.timers.tick(20_000);
  assert.equal(sent.length, 4);
});

test("the picture stands still where another server goes on with the run", () => {
  /** @type {number[]} */
  const drawn = [];
  const player = new Player({ send: () => {}, draw: ({ step }) => drawn.push(step) });
  player.start();
  player.enqueue(frames(1, 2, 3, 4), 1000 / 60);
  while (drawn.length < 2) paint();
  player.forget();
  for (let i = 0; i < 9; i += 1) paint();
  player.enqueue(frames(3, 4), 1000 / 60);
  for (let i = 0; i < 9; i += 1) paint();
  assert.deepEqual(drawn, [1, 2, 3, 4]);
});

test("on another way only those frames are still shown that are due before the answer can be here", () => {
  /** @type {number[]} */
  const drawn = [];
  /** @type {Sent[]} */
  const sent = [];
  const player = new Player({
    send: (request) => sent.push(request),
    draw: ({ step }) => drawn.push(step),
    step: () => 9,
  });
  player.start();
  player.enqueue(frames(1, 2, 3, 4, 5, 6), 20);
  player.answer = 30;
  player.divert({ cmd: "steer", value: 1 }); // 30 + 30 ms are three frames
  assert.deepEqual([sent.at(-1)?.cmd, sent.at(-1)?.step], ["steer", 3]);
  assert.ok(player.awaits("steer"));
  for (let i = 0; i < 10; i += 1) paint();
  assert.deepEqual(drawn, [1, 2, 3]);
  player.answered(player.number);
  assert.ok(!player.awaits("steer"));
  player.divert({ cmd: "steer", value: 2 }); // none waits: from the one on show
  assert.equal(sent.at(-1)?.step, 9);
});

test("frames of before another way are not shown, whatever was asked for behind it", () => {
  const player = new Player({ send: () => {}, draw: () => {} });
  player.start();
  player.ask({ cmd: "tick" });
  player.divert({ cmd: "steer", value: 1 });
  player.ask({ cmd: "tick" }); // the view had lost its place
  player.answered(1);
  assert.ok(player.hasDecided(1));
  player.answered(2);
  assert.ok(!player.hasDecided(2));
});
