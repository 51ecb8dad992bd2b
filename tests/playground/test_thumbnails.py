"""The small pictures of the data sets: all are drawn, as they are today, each in its place."""

import json
import re
from urllib.parse import unquote

from playground.data.datasets import DATASETS
from playground.figures.thumbnails import FILE, drawn, style


def test_every_data_set_has_the_picture_that_is_drawn_of_it_today() -> None:
    kept = json.loads(FILE.read_text("utf-8"))
    today = {name: drawn(name) for name in DATASETS}
    assert kept == today, "python -m scripts.draw_thumbnails draws them anew"


def test_the_style_shows_each_picture_on_the_place_of_its_data_set() -> None:
    rules = re.findall(r':nth-of-type\((\d+)\).*url\("data:image/svg\+xml,([^"]*)"\)', style())
    assert [(int(place), unquote(svg)) for place, svg in rules] == [
        (place, drawn(name)) for place, name in enumerate(DATASETS, start=1)
    ]
