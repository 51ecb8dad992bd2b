// Reads one message of the server: a JSON header and, deflated behind it, the arrays it names.
//
// Layout: u32 little-endian length of the header, the header as UTF-8 JSON, then the zlib stream.
// The header's `arrays` maps a name to [dtype, shape]; the arrays lie one behind the other, each
// padded to 8 bytes so that a typed array can be laid over it without a copy.

/** @type {Record<string, typeof Uint8Array | typeof Float32Array | typeof Float64Array>} */
const TYPES = { u1: Uint8Array, f4: Float32Array, f8: Float64Array };

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/**
 * Bytes of one message -> its header, and where that ends.
 *
 * @param {Uint8Array} bytes
 * @returns {[Header & { arrays: any }, number]}
 */
export function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 4 + view.getUint32(0, true);
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))), end];
}

/**
 * Bytes of one message -> its header, and its arrays by name.
 *
 * @param {Uint8Array} bytes
 * @returns {Promise<Decoded>}
 */
export async function decode(bytes) {
  const [header, end] = readHeader(bytes);
  const body = bytes.slice(end);
  /** @type {Record<string, Grid>} */
  const arrays = {};
  if (body.length > 0) {
    const buffer = await inflate(body);
    let offset = 0;
    for (const [name, [dtype, shape]] of /** @type {[string, [string, number[]]][]} */ (
      Object.entries(header.arrays)
    )) {
      const Type = TYPES[dtype];
      const count = sizeOf(shape);
      arrays[name] = { data: new Type(buffer, offset, count), shape };
      offset += Math.ceil((count * Type.BYTES_PER_ELEMENT) / 8) * 8;
    }
  }
  return { ...header, arrays };
}

/**
 * Undo the differences between neighbouring frames (mod 256), in place: (F, ...) uint8.
 *
 * @param {Grid} grid
 */
export function undoDifferences({ data, shape }) {
  const size = sizeOf(shape.slice(1));
  for (let i = size; i < data.length; i += 1) data[i] = data[i] + data[i - size];
}

/**
 * A decoded message with its arrays in their places: `frames`, and what panels have of `state`.
 *
 * Arrays are called "image:panel" and "array:panel" where each frame has its part, and
 * "state:panel:name".
 *
 * @param {Decoded} message
 * @returns {Message}
 */
export function unpack(message) {
  const { arrays, state = {} } = message;
  /** @type {[string, Numbers, number[]][]} */
  const parts = [];
  for (const [name, array] of Object.entries(arrays)) {
    const [kind, panel, part] = name.split(":");
    if (kind === "image") undoDifferences(array);
    if (kind === "state") state[panel][part] = array;
    else if (panel !== undefined) parts.push([panel, array.data, array.shape.slice(1)]);
  }
  const { steps, rows } = arrays;
  /** @type {(data: Numbers, i: number, size: number) => Numbers} */
  const cut = (data, i, size) => data.subarray(i * size, (i + 1) * size);
  const frames = Array.from({ length: rows?.shape[0] ?? 0 }, (_, i) => ({
    step: steps.data[i],
    row: cut(rows.data, i, rows.shape[1]),
    parts: new Map(parts.map(([panel, data, shape]) => [panel, { data: cut(data, i, sizeOf(shape)), shape }])),
  }));
  return { ...message, frames };
}

/** @param {number[]} shape */
const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
