"""Draw the small pictures of all data sets anew, for the sidebar to choose by.

python -m scripts.draw_thumbnails
"""

from __future__ import annotations

import json

from playground.data.datasets import DATASETS
from playground.figures.thumbnails import FILE, drawn

if __name__ == "__main__":
    pictures = {name: drawn(name) for name in DATASETS}
    FILE.write_text(json.dumps(pictures, indent=1) + "\n", "utf-8")
    print(f"{len(pictures)} pictures in {FILE.name}")
