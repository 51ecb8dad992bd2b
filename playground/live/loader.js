// What Streamlit carries with every message: it loads plotly.js and the view's modules, once.
//
// component.py puts BASE, VERSION, PLOTLY, MODULES and STYLES before it, and leaves out its comments.
// Every module is fetched under the fingerprint VERSION, all side by side, and is linked here to
// those that it imports, which stand before it in MODULES. An import map would say the same in
// fewer words, but Firefox takes none after the first module of a page.

// The server was brought up to date: a reload brings its page, and what is carried goes on there.
window.playgroundVersion ??= VERSION;
if (window.playgroundVersion !== VERSION) location.reload();

const root = `${location.origin}${BASE}/app/static/`;
/** @param {string} name */
const versioned = (name) => `${root}live/${name}?v=${VERSION}`;

/** @param {string} url */
async function download(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} could not be loaded: status ${answer.status}`);
  return answer;
}

/** @param {BlobPart[]} parts */
const asScript = (...parts) => URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));

// It lies packed on the server, which would otherwise pack its 1.5 MB anew for every visitor.
async function loadPlotly() {
  const { body } = await download(root + PLOTLY);
  const source = await new Response(body?.pipeThrough(new DecompressionStream("gzip"))).blob();
  const script = document.createElement("script");
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
    script.src = asScript(source);
    document.head.append(script);
  });
  URL.revokeObjectURL(script.src);
  // A chart of Streamlit's own brings a Plotly too, and would put it here. What is drawn by the one
  // cannot be changed by the other.
  const { Plotly } = window;
  Object.defineProperty(window, "Plotly", { configurable: true, get: () => Plotly, set: () => {} });
}

async function loadModules() {
  const sources = await Promise.all(MODULES.map(async (name) => (await download(versioned(name))).text()));
  /** @type {Linked} */
  const linked = {};
  for (const [i, name] of MODULES.entries()) {
    const source = sources[i].replace(
      /^((?:import .*|\}) from )"\.\/(.+)"/gm,
      (_, start, needed) => `${start}"${linked[needed]}"`,
    );
    linked[name] = asScript(source, `\n//# sourceURL=${versioned(name)}`);
  }
  return linked;
}

for (const style of STYLES.map(versioned)) {
  if (document.querySelector(`link[href="${style}"]`)) continue;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
}
window.playgroundPlotly ??= loadPlotly();
window.playgroundModules ??= {};
window.playgroundModules[VERSION] ??= loadModules();
const { playgroundPlotly: plotly, playgroundModules: modules } = window;
const entry = modules[VERSION].then((linked) => import(linked["mount.js"]));

/** @param {Component} component */
export default async (component) => (await entry).mount(component, plotly);
