// What is known of a run so far, for the panels that draw it.

const TRAIL = 300; // frames between records that are kept

/**
 * The rows of an array (N, width), where they lie.
 *
 * @param {Grid} array
 * @returns {Row[]}
 */
const rowsOf = ({ data, shape: [count, width] }) =>
  Array.from({ length: count }, (_, i) => data.subarray(i * width, (i + 1) * width));

/** Records of the run so far: one row of numbers a record, its place first.
 *
 * The server records whole epochs. Frames between them (a run watched batch by batch) are kept
 * beside as a trail of the same rows, the newest only; `climb` holds a row for each of the last
 * steps of a run that diverged.
 */
export class History {
  constructor() {
    this.clear();
  }

  clear() {
    /** @type {number} */
    this.generation = -1;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Row[]} */
    this.trail = [];
    /** @type {Row[]} */
    this.climb = [];
  }

  /**
   * Take rows from `start` on; a new generation replaces what was there.
   *
   * @param {number} generation
   * @param {number} start
   * @param {Grid} rows
   */
  take(generation, start, { data, shape }) {
    if (generation !== this.generation) this.rows = [];
    this.generation = generation;
    this.rows.length = Math.min(this.rows.length, start);
    this.rows.push(...rowsOf({ data, shape }));
  }

  /**
   * Take the last steps of a run that diverged, (steps, width); undefined: it has not.
   *
   * @param {Grid} [climb]
   */
  takeClimb(climb) {
    this.climb = climb ? rowsOf(climb) : [];
  }

  /**
   * Remember the row of a frame that lies within an epoch; `before` is the place of the frame before.
   *
   * @param {Row} row
   * @param {number} before
   */
  follow(row, before) {
    const { trail } = this;
    while (trail.length > 0 && trail[trail.length - 1][0] >= row[0]) trail.pop();
    const apart = row[0] - before;
    if (apart < 0 || apart > 0.5) return; // what is drawn once more is where the line ends
    trail.push(row);
    if (trail.length > TRAIL) trail.shift();
  }

  /** What only this screen has seen is no part of a run that is given away. */
  forgetTrail() {
    this.trail = [];
  }

  /**
   * All rows at or before `epoch`, in order.
   *
   * @param {number} epoch
   */
  until(epoch) {
    const end = epoch + 1e-6;
    const found = [];
    const { climb } = this;
    const trail =
      climb.length > 0 ? [...this.trail.filter((row) => row[0] < climb[0][0] - 1e-6), ...climb] : this.trail;
    let t = 0;
    for (const row of this.rows) {
      if (row[0] > end) break;
      while (t < trail.length && trail[t][0] < row[0] - 1e-6) found.push(trail[t++]);
      if (t < trail.length && trail[t][0] <= row[0] + 1e-6) t += 1;
      found.push(row);
    }
    while (t < trail.length && trail[t][0] <= end) found.push(trail[t++]);
    return found;
  }
}
