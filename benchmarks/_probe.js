// Counts inside the page what a viewer gets: pictures, charts built, bytes, and when.
//
// Runs before anything of the page does. Both ways to the screen are watched by the same means: a
// picture is counted when, at a refresh of the screen, the page shows another one than before.
(() => {
  const probe = {
    shown: 0, // refreshes at which another picture was on show
    screens: 0, // refreshes of the screen
    built: 0, // plot elements that came into the page after the first click, each counted once
    made: 0, // calls of Plotly.newPlot, where the page has a Plotly to watch
    bytes: 0, // received through web sockets, as payload
    asked: 0, // sent through them
    messages: [], // at the arrival of each: [seconds, bytes before it, shown so far, epoch]
    firstPicture: null, // ms after the navigation began: shades and points are there, by whatever means
    firstChart: null, // the same of the chart that answers to the person
    click: null,
    firstFrame: null, // ms: the first other picture after the click
  };
  window.__probe = probe;

  const live = () => document.querySelector('[data-testid="live"]');

  /** What is on show now: [its name, its epoch]; the name changes with every picture. */
  const picture = () => {
    const ours = live();
    if (ours) return [ours.dataset.frames, Number(ours.dataset.epoch)];
    const title = document.querySelector(".js-plotly-plot .gtitle")?.textContent ?? null;
    return [title, title === null ? 0 : Number(title.split(" ")[1])];
  };
  probe.epoch = () => picture()[1];

  const pictureDrawn = () =>
    document.querySelector("#opening .nn-sketch, #opening [data-panel=boundary] .main-svg") !== null;
  const chartDrawn = () => {
    if (document.querySelector("#opening [data-panel]")) return false; // not yet handed over
    if (!live()) return document.querySelector(".js-plotly-plot .heatmaplayer image") !== null;
    const canvas = document.querySelector("[data-panel=boundary] .nn-underlay");
    if (!canvas || !document.querySelector("[data-panel=boundary] .nn-plot .main-svg")) return false;
    const middle = canvas.getContext("2d").getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1);
    return middle.data[3] > 0;
  };

  let last = null;
  const refresh = () => {
    requestAnimationFrame(refresh);
    probe.screens += 1;
    const [name] = picture();
    // A chart that is being rebuilt shows nothing: the next picture is still one more than the last.
    if (name !== null && name !== last) {
      if (last !== null) probe.shown += 1;
      last = name;
    }
    if (probe.firstChart === null && chartDrawn()) probe.firstChart = performance.now();
    if (probe.firstPicture === null && (probe.firstChart !== null || pictureDrawn())) {
      probe.firstPicture = performance.now();
    }
  };
  requestAnimationFrame(refresh);

  const known = new WeakSet();
  const count = (plot) => {
    if (known.has(plot) || plot.parentElement?.querySelector(".main-svg") !== plot) return;
    known.add(plot);
    probe.built += 1;
  };
  let before = null;
  const observer = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches(".main-svg")) count(node);
        else if (!(node instanceof SVGElement)) node.querySelectorAll(".main-svg").forEach(count);
      }
    }
    if (probe.firstFrame !== null) return;
    const [name, epoch] = picture();
    if (name !== null && name !== before && epoch > 0) probe.firstFrame = performance.now();
  });

  document.addEventListener("click", () => {
    if (probe.click !== null) return;
    probe.click = performance.now();
    [before] = picture();
    // Not earlier: to watch a page while it opens would make it open later.
    document.querySelectorAll(".main-svg").forEach((plot) => known.add(plot));
    observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-frames"] });
  }, true);

  /** Mark the charts of now: `kept` tells how many of them are still in the page. */
  probe.mark = () => {
    const marked = [...document.querySelectorAll(".nn-plot .main-svg, .js-plotly-plot .main-svg")];
    probe.lost = () => marked.filter((plot) => !plot.isConnected).length;
    if (!window.Plotly || probe.watched) return;
    probe.watched = true;
    const { newPlot } = window.Plotly;
    const watched = {
      ...window.Plotly,
      newPlot(...given) {
        probe.made += 1;
        return newPlot(...given);
      },
    };
    // The page's own cannot be replaced by an assignment.
    Object.defineProperty(window, "Plotly", { configurable: true, value: watched });
  };

  const size = (data) => (typeof data === "string" ? new Blob([data]).size : (data.byteLength ?? data.size));
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        probe.messages.push([performance.now() / 1000, probe.bytes, probe.shown, probe.epoch()]);
        probe.bytes += size(data);
      });
    }

    send(data) {
      probe.asked += size(data);
      super.send(data);
    }
  };
})();
