"""Lessons: predict first, open the settings that show it, then read why."""

from playground import page
from playground.lessons import layout, words
from playground.ui import lecture

page.frame(words.LESSONS)
page.show_notices()
lecture.switch()
layout.draw()
