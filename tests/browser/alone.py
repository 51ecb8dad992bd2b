"""A panel alone in a real browser, fed as a view feeds it."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

# A view in miniature: a card for each panel, and what the panel asks of its view.
_VIEW: Final = """
const told = [];
const view = {
  focus: (index) => told.push(["focus", index]),
  act: (command, value) => told.push([command, value]),
};
const place = (width = 500, height = 300) => {
  const card = document.createElement("section");
  card.innerHTML = '<header><h3></h3></header><div class="nn-plotbox"></div>';
  document.body.append(card);
  const box = card.querySelector(".nn-plotbox");
  Object.assign(box.style, { position: "relative", width: `${width}px`, height: `${height}px` });
  return box;
};
const settled = (when) => new Promise((resolve) => {
  const look = () => (when() ? resolve() : requestAnimationFrame(look));
  look();
});
"""


def run(page: Page, module: str, body: str, given: Any = None) -> Any:
    """What `body` returns; the module's exports are `m`, the argument is `given`."""
    load = f"const m = await import('/app/static/live/{module}.js');"
    return page.evaluate(f"async (given) => {{ {load} {_VIEW} {body} }}", given)
