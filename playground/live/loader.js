// What Streamlit carries with every message: it loads plotly.js and the view's modules, once.
//
// component.py puts BASE, VERSION, PLOTLY, BUNDLE and STYLES before it, and leaves out its comments.
// The page's HTML has it too (playground/opening.py), so that it begins beside Streamlit's own scripts.

// The server was brought up to date: a reload brings its page, and what is carried goes on there.
window.playgroundVersion ??= VERSION;
if (window.playgroundVersion !== VERSION) location.reload();

/** @param {string} name */
const versioned = (name) => `${BASE}/${name}?v=${VERSION}`;

/** @param {string} src */
function run(src) {
  const script = document.createElement("script");
  return new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${src} could not be loaded`));
    script.src = src;
    document.head.append(script);
  });
}

async function loadModules() {
  await run(versioned(BUNDLE));
  const found = window.playgroundModules?.[VERSION];
  if (!found) throw new Error("the page is older than its server: reload it");
  return found;
}

// It lies packed on the server, which would otherwise pack its 1.5 MB anew for every visitor.
async function loadPlotly() {
  const answer = await fetch(`${BASE}/app/static/${PLOTLY}`);
  if (!answer.ok) throw new Error(`plotly.js could not be loaded: status ${answer.status}`);
  const source = await new Response(answer.body?.pipeThrough(new DecompressionStream("gzip"))).blob();
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  await modules; // it takes long to run: what can be shown without it is shown before
  await run(address);
  URL.revokeObjectURL(address);
  // A chart of Streamlit's own brings a Plotly too, and would put it here. What is drawn by the one
  // cannot be changed by the other.
  const { Plotly } = window;
  Object.defineProperty(window, "Plotly", { configurable: true, get: () => Plotly, set: () => {} });
}

for (const name of STYLES) {
  const style = versioned(`app/static/live/${name}`);
  if (document.querySelector(`link[href="${style}"]`)) continue;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
}
window.playgroundLoading ??= {};
window.playgroundLoading[VERSION] ??= loadModules();
const modules = window.playgroundLoading[VERSION];
window.playgroundPlotly ??= loadPlotly();
const { playgroundPlotly: plotly } = window;

/** @param {Component} component */
export default async (component) => (await modules).mount(component, plotly);
