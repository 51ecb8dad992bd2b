"""Compare: our network beside scikit-learn's models, on the same points and the same splits."""

from playground import page
from playground.compare import layout, words
from playground.ui import lecture

page.frame(words.TITLE)
page.show_notices()
lecture.switch()
layout.draw()
layout.sidebar()
