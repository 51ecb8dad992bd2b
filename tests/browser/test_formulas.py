"""Every formula of the project: KaTeX takes it, and on the page none is cut without a sign."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest
import streamlit
from playwright.sync_api import Page, ViewportSize, expect

from playground import reference
from playground.backprop.graph import graph_of
from playground.backprop.settings import BUG_LABELS, LOSSES, BackpropSettings
from playground.backprop.steps import trace_of
from playground.gradient_flow.theory import BACKWARD, FORWARD, HOLDS_FOR
from playground.learning_rate.words.explanations import EXPLANATIONS
from playground.settings.config import ACTIVATION_LABELS
from tests.browser.screen import PHONE

ROOT: Final = Path(__file__).resolve().parents[2]
LOW: Final[ViewportSize] = {"width": 1280, "height": 720}
OUTPUTS: Final = {
    "cross_entropy": 4,
    "binary_cross_entropy": 1,
    "mse": 2,
    "softmax_mse": 4,
    "sigmoid_mse": 1,
}
WIDEST: Final = BackpropSettings(walk_layers=(4, 4, 4), walk_outputs=4, walk_batch=8)

# KaTeX lies in Streamlit's front end, in a module of its own.
(KATEX,) = (Path(streamlit.__file__).parent / "static/static/js").glob("katex.*.js")
RENDER: Final = """async ([module, formulas]) => {
  const { default: katex } = await import(module);
  const failed = [];
  for (const formula of formulas) {
    try {
      katex.renderToString(formula, { displayMode: true, throwOnError: true, strict: "error" });
    } catch (error) {
      failed.push([formula, String(error)]);
    }
  }
  return failed;
}"""


def walks() -> list[BackpropSettings]:
    """Walks that show, between them, every formula that a walk can have."""
    losses = [
        BackpropSettings(walk_loss=n, walk_outputs=OUTPUTS[n], walk_layers=(4,)) for n in LOSSES
    ]
    return [
        *(replace(s, walk_activation=name) for s in losses for name in ACTIVATION_LABELS),
        *(replace(s, walk_bug=name) for s in losses for name in BUG_LABELS),
        replace(WIDEST, walk_bug="mixed_layouts"),
        BackpropSettings(walk_network="digits"),
        WIDEST,
    ]


def formulas() -> list[str]:
    tables = chain.from_iterable(reference.tables().values())
    found = [formula.latex for formula in tables]
    found += [latex for words in EXPLANATIONS.values() for latex, _ in words.formulas]
    found += [*FORWARD.lines, *BACKWARD.lines, *(law.latex for law in HOLDS_FOR.values())]
    guide = (ROOT / "pages" / "guide.py").read_text("utf-8")
    said = (ROOT / "playground" / "guide_words.py").read_text("utf-8")
    inline = [text.replace("\\\\", "\\") for text in re.findall(r"\$([^$]+)\$", said)]
    lines = re.findall(r'^ +r"(.+)",$', guide, re.MULTILINE)
    assert len(inline) >= 3
    assert len(lines) >= 3
    found += [*inline, *lines]
    for settings in walks():
        path = trace_of(settings)
        found += [text for step in path.steps for text in (step.symbols, step.numbers)]
        found += [text for node in graph_of(path).nodes for text in (node.formula, *node.local)]
    return sorted({text for text in found if text})


def rejected(page: Page, texts: list[str]) -> list[Any]:
    """The formulas that KaTeX does not take, each with its reason."""
    page.goto("/_stcore/health")
    found: list[Any] = page.evaluate(RENDER, [f"/static/js/{KATEX.name}", texts])
    return found


def test_katex_takes_every_formula(page: Page) -> None:
    texts = formulas()
    assert len(texts) > 500
    assert rejected(page, texts) == []


def test_a_bad_formula_would_be_seen(page: Page) -> None:
    bad = [r"s^2,\quadw \leftarrow w", r"\frac{a", "a_b_c"]
    assert [text for text, _ in rejected(page, [*bad, "a^2"])] == bad


def settle(page: Page) -> None:
    """Until the page's styles and KaTeX's fonts are there, which come after the formulas."""
    page.wait_for_function(
        """getComputedStyle(document.querySelector(".st-key-page-links")).position === "fixed" &&
           [...document.querySelectorAll(".katex")].every((box) =>
             getComputedStyle(box).fontFamily.startsWith("KaTeX_Main")) &&
           document.fonts.status === "loaded" && document.fonts.check("1em KaTeX_Main")"""
    )


def cut(page: Page) -> list[str]:
    """The formulas in sight that are wider than their place, and do not say so."""
    found: list[str] = page.locator(".katex-display:visible").evaluate_all(
        """(all) => all.filter((box) => {
          const style = getComputedStyle(box);
          const says = style.overflowX === "auto" && style.backgroundAttachment.includes("local");
          const left = box.getBoundingClientRect().left;
          const right = Math.max(...[...box.querySelectorAll(".base")]
            .map((part) => part.getBoundingClientRect().right));
          const out = Math.max(right, box.getBoundingClientRect().right) > window.innerWidth + 1;
          return (right - left > box.clientWidth + 1 && !says) || (out && !says);
        }).map((box) => box.textContent)"""
    )
    return found


def wide(page: Page) -> list[str]:
    """The formulas in sight that have to be scrolled."""
    found: list[str] = page.locator(".katex-display:visible").evaluate_all(
        """(all) => all.filter((box) => box.scrollWidth > box.clientWidth)
          .map((box) => box.querySelector("annotation").textContent)"""
    )
    return found


def test_no_formula_of_the_guide_is_cut(page: Page, subtests: pytest.Subtests) -> None:
    page.goto("/guide")
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    expect(page).to_have_title(re.compile("Guide"))
    tabs, shown = page.get_by_role("tab"), page.locator(".katex-display:visible")
    expect(tabs).to_have_count(9)
    for tab in tabs.all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="The mathematics").click()
    expect(page).to_have_url(re.compile("guide=maths"))
    page.reload()  # the address says which is open
    expect(page.get_by_role("tab", name="The mathematics")).to_have_attribute(
        "aria-selected", "true"
    )
    for name in ("Activations", "Losses", "Initial weights", "Optimizers", "Learning-rate"):
        page.locator("summary").filter(has_text=name).click()
    counts = {
        "Learning rate": sum(len(words.formulas) for words in EXPLANATIONS.values()),
        "The mathematics": 3 + sum(map(len, reference.tables().values())),
    }
    for size in (PHONE, LOW):
        page.set_viewport_size(size)
        for name, count in counts.items():
            with subtests.test(name, width=size["width"]):
                page.get_by_role("tab", name=name).click()
                expect(shown).to_have_count(count)
                settle(page)
                assert page.locator(".katex [mathcolor]").count() == 0
                assert wide(page) == []


def test_a_matrix_that_is_too_wide_scrolls_and_says_so(page: Page) -> None:
    page.goto("/backprop?walk_layers=4,4,4&walk_outputs=4&walk_batch=8&walk_step=11")
    expect(page.locator(".st-key-backprop-formula .katex-display")).to_have_count(2)
    for size, scrolled in ((LOW, 0), (PHONE, 1)):
        page.set_viewport_size(size)
        settle(page)
        assert cut(page) == []
        assert len(wide(page)) == scrolled  # four columns have no place to be parted


@pytest.mark.parametrize("viewport", [PHONE])
def test_a_formula_over_the_page_has_the_pages_colour(page: Page) -> None:
    page.goto("/learning_rate?view=edge")
    page.get_by_role("button", name="Formulas and sources").click()
    formulas = page.locator(".katex-display:visible")
    expect(formulas).to_have_count(len(EXPLANATIONS["edge"].formulas))
    settle(page)
    assert wide(page) == []
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        # The colour of the page comes a moment after the person's wish.
        page.wait_for_function(
            """(dark) => [...document.querySelectorAll(".katex-display")]
              .filter((box) => box.checkVisibility())
              .every((box) => {
                const found = /oklch\\(([\\d.]+)/.exec(getComputedStyle(box).backgroundImage);
                return found && (Number(found[1]) < 0.3) === dark;
              })""",
            arg=dark,
        )
