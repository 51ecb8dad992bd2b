// The browser's history: a page, and a view of a page, is an entry of its own; any other setting
// that changes takes the place of the entry it changed in. And the row of page links is scrolled to
// the page on show.

(() => {
  const row = document.querySelector(".st-key-page-links");
  const showLink = () => {
    const page = location.pathname.split("/").pop(); // "" is the Playground
    const link = row.querySelector(`a[href="${page}"]`);
    link?.scrollIntoView({ inline: "center", block: "nearest" });
  };
  // The link of the page on show is bold: one that is chosen changes its width.
  const sizes = new ResizeObserver(showLink);
  for (const node of [row, ...row.children]) sizes.observe(node);

  if (window.playgroundHistory) return;
  window.playgroundHistory = true;
  const push = history.pushState.bind(history);
  const view = (address) => new URLSearchParams(address.search).get("view");
  let arriving = false; // by a link, whose address the server has still to complete
  let returned = false; // by Back or Forward

  history.pushState = (state, unused, address) => {
    const next = new URL(address ?? location.href, location.href);
    const elsewhere = next.pathname !== location.pathname;
    // After two quick steps back the page between them is late: it is not where the person is.
    if (elsewhere && returned) return;
    const own = elsewhere || (!arriving && view(next) !== view(location));
    arriving = elsewhere || (arriving && !own);
    (own ? push : history.replaceState.bind(history))(state, unused, address);
  };
  for (const event of ["pointerdown", "keydown"]) {
    addEventListener(event, () => { arriving = false; returned = false; }, { capture: true });
  }
  addEventListener("popstate", () => { returned = true; });
})();
