// What the browser half's modules hand one another. `Payload` and `Message` are those of protocol.py
// and view.py; a key that either side does not know is an error of `make types`.

type Numbers = Uint8Array | Float32Array | Float64Array;

/** An array of Python's: its numbers, row by row, and its shape. */
interface Grid<T extends Numbers = Numbers> {
  data: T;
  shape: number[];
}

/** Numbers of one moment, the first of them its place on the horizontal axis. */
type Row = Numbers;

type CommandName =
  | "tick"
  | "look"
  | "view"
  | "speed"
  | "play"
  | "pause"
  | "step"
  | "epoch"
  | "back"
  | "reset"
  | "new"
  | "rewind"
  | "halve"
  | "open"
  | "explain"
  | "pick"
  | "go"
  | "resume"
  | "steer"
  | "rate"
  | "share";

/** What a person or a panel asks for. */
interface Asked {
  cmd: CommandName;
  value?: unknown;
}

/** The same with its number and the step of the frame on show. */
interface Numbered extends Asked {
  n: number;
  step: number;
}

/** What a player sends: `earlier` are those before it that have no answer. */
interface Sent extends Numbered {
  earlier: Numbered[];
}

/** What the server gets: also what this browser holds, and the panels in sight that ask. */
interface Payload extends Sent {
  have: { figures: number; run: number; generation: number; rows: number };
  want: string[];
}

/** By panel, what changes with a message but not with every frame. */
type State = Record<string, any>;

interface Frame {
  step: number;
  row: Row;
  parts: Map<string, Grid>; // by panel
  state?: State;
}

interface Notice {
  kind: "info" | "good" | "warn" | "bad";
  text: string;
  actions: [CommandName, string, unknown?][];
  progress?: number; // of something that takes a while, 0 to 1
  touch?: string; // said in place of the text where there are no keys
}

/** What a person needs to give a moment of a run away. */
interface Shared {
  link: string;
  words: string; // what the link holds
  whole: boolean; // whether that is all that was asked for, and not only the settings
  later: string; // what whoever opens it sees, and what its code asks of a room
  qr: string; // the address of a picture
}

/** A gauge's reading; a ratio of null: there is no critical rate. */
interface Reading {
  ratio: number | null;
  zone: string;
  text: string;
  title: string;
}

/** One of the last steps of a run that diverged; null is not finite, or was not reached. */
interface ReportedStep {
  step: number;
  epoch: number;
  loss: number | null;
  weights: (number | null)[];
  activations: (number | null)[];
  gradients: (number | null)[];
}

interface DivergenceReport {
  title?: string;
  sentence: string;
  culprit: { layer: string; operation: string } | null;
  layers: string[];
  rows: ReportedStep[]; // the last finite ones
  failed: ReportedStep; // the fatal one
}

interface Readout {
  name: string;
  label: string;
  column: number;
}

/** A term of the field, and what it means in two sentences. */
interface Term {
  name: string;
  words: string;
}

interface Switch {
  name: string;
  label: string;
  help: string;
  on: boolean;
  dot?: string;
}

/** What a panel draws, once a version; a kind of panel adds its own. */
interface PanelSpec {
  id: string;
  kind: string;
  title: string;
  hint?: string;
  touch_hint?: string; // in its place where nothing can be pointed at
  span?: number;
  height?: string;
  box?: string; // the row of panels that it stands in
  folded?: boolean;
  switches?: Switch[];
  terms?: Term[];
}

/** Plotly's: `data` are its traces. */
interface Figure {
  data: any[];
  layout: any;
}

interface Figured extends PanelSpec {
  figure: Figure;
}

/** What the learning rate in the bar may be, and where its slider ends unless it lies beyond. */
interface Rated {
  low: number;
  high: number;
  ends: [number, number];
  terms: Term[];
}

interface Figures {
  version: number;
  label: string;
  unit: string;
  buttons: string[];
  commands: Partial<Record<CommandName | "toggle", boolean>>; // whether nothing plays after it
  halt: string;
  rated: false | Rated;
  layouts: Record<string, string>; // of the charts: names and labels
  keys: Key[];
  readouts: Readout[];
  panels: PanelSpec[];
}

/** A key and what it does: a command, or something of the page's own. */
interface Key {
  keys: string[]; // as a browser names it
  shown: string;
  does: string;
  words: string;
  needs: string;
  shift: boolean | null; // null: no matter
}

/** Which room the charts have, and what lecture mode hides. */
interface RoomSettings {
  layout: string;
  lecture: boolean;
  hide: string[];
}

/** The header of a message, as Python wrote it. */
interface Header {
  view: string;
  kind: string;
  seq: number;
  answers: number;
  version: number;
  run: number;
  playing: boolean;
  status: string;
  diverging: boolean;
  notice: Notice;
  interval: number;
  lead: number;
  speed: string;
  speeds: [string, string][];
  pace: string;
  state?: State;
  figures?: Figures;
  history?: { generation: number; start: number };
  rate: number | null; // that of the settings
  room: RoomSettings;
  gauge?: Reading | null;
  /** Seconds until a picture at rest has more to show. */
  again?: number;
  critical?: number | null; // the rate at which steps begin to grow; null where it is not known
  critical_was?: string; // says of which moment it is; empty: of now
  divergence_report?: DivergenceReport;
  share?: Shared;
}

/** A message with its arrays, by name. */
interface Decoded extends Header {
  arrays: Record<string, Grid>;
}

interface Message extends Decoded {
  frames: Frame[];
}

interface Theme {
  background: string;
  surface: string;
  text: string;
  accent: string;
  border: string;
  font: string;
  dark: boolean;
  scale: number; // of type and lines: 1, and more in lecture mode
  key: string;
}

/** How answers are coloured: two classes or values over one axis, or classes by certainty. */
interface Shading {
  kind: "two" | "classes";
  colours: string[];
  levels: number;
  signs: string[];
}

/** What a panel may ask of the view that it is part of. */
interface PanelHost {
  act(command: CommandName | "toggle", value?: unknown, held?: boolean): void;
  focus(index: number): void;
  player: { pending: Numbered | null };
  groups?: Map<string, any>; // what panels of one group share
}

/** One picture of a view, of a kind in panels.js. Its constructor takes the box to draw in and the view. */
interface Panel {
  /** Draw what a spec of its kind says; called before all else, and with each version. What comes with it follows. */
  setFigure(spec: any, frame?: Frame, state?: any): Promise<void>;
  /** What it can draw before plotly.js is there; setFigure comes after it. */
  sketch?(spec: any, frame: Frame, state: any): void;
  /** Draw everything anew, in other colours. */
  redraw(): void;
  destroy(): void;
  /** Another run begins. */
  reset?(): void;
  /** What changes with a message. One that `asks` is sent it only while it is in sight. */
  setState?(state: any): void;
  asks?: boolean;
  /** A picture in motion: `rows` are those of the history up to it. */
  frame?(frame: Frame, rows: Row[]): void;
  /** Nothing moves any more: now it may take its time. */
  rest?(): void;
  /** A switch in its head. */
  choose?(name: string, on: boolean): void;
  /** The last steps of a run that diverged; none if it has not. */
  widen?(climb: Row[]): void;
  /** One of several is to stand out; null: none. */
  focus?(index: number | null): void;
  /** What makePanel adds. */
  id?: string;
  kind?: string;
  inSight?: boolean;
}

/** What Streamlit hands a component. */
interface Component {
  parentElement: HTMLElement;
  data: Uint8Array;
  setTriggerValue(name: string, value: unknown): void;
}

type View = import("../../static/live/view.js").View;
type Mounting = typeof import("../../static/live/mount.js");

/** A run as a server is offered it; `run` is the value of the request. */
interface Carried {
  view: string; // whose it was
  step: number;
  run: { run: string; rows: string; playing: boolean };
}

interface Window {
  Plotly: any;
  playgroundPlotly?: Promise<void>;
  playgroundModules?: Record<string, Mounting>;
  playgroundLoading?: Record<string, Promise<Mounting>>;
  playgroundHistory?: boolean;
  playgroundVersion?: string;
  playgroundPredictions?: Record<string, { choice?: number; shown?: boolean }>;
  playgroundLesson?: { root: HTMLElement; pick: (choice: number) => void; reveal: () => void };
  playgroundLessonKeys?: boolean;
  playgroundLeaving?: (here: string) => boolean;
}

// What component.py puts before loader.js.
declare const BASE: string;
declare const VERSION: string;
declare const PLOTLY: string;
declare const BUNDLE: string;
declare const STYLES: string[];
type Timer = ReturnType<typeof setTimeout>;
