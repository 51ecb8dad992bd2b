"""Compare: our network beside scikit-learn's models, on the same points and the same splits."""

from playground import page
from playground.compare import layout

page.frame(layout.TITLE)
page.show_notices()
layout.draw()
layout.sidebar()
