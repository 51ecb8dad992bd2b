"""Lessons: predict first, open the settings that show it, then read why."""

from playground import page
from playground.lessons import layout

page.frame("Lessons")
page.show_notices()
layout.draw()
