"""The field's terms are explained where they stand: none is written that no page shows."""

import pytest

from playground.figures.words import TERMS
from playground.settings.config import Config
from tests.playground.test_views_contract import CASES


def test_every_term_is_shown_by_a_view_and_takes_two_sentences() -> None:
    shown: dict[str, str] = {}
    for name in ("training", "edge", "parabola"):
        figures = CASES[name].viewer().figures
        rated = figures["rated"] or {"terms": []}
        for each in (rated, *figures["panels"]):
            shown |= {term["name"]: term["words"] for term in each.get("terms", ())}
    assert shown == TERMS
    assert all(words.count(". ") == 1 and words.endswith(".") for words in TERMS.values())


@pytest.mark.parametrize(
    ("name", "term"), [("batch_size", "A batch is"), ("fourier", "random Fourier features: ")]
)
def test_the_sidebar_explains_its_terms_beside_their_settings(name: str, term: str) -> None:
    words = Config.FIELDS[name].help
    assert term in words
    assert words.count(". ") == 1
