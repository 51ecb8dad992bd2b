"""Backprop, step by step: every number on the table, checked four ways, and broken on purpose."""

from playground import page
from playground.walk import desk

page.frame("Backprop")
page.show_notices()
desk.draw()
