"""The Playground: choose a network and data, press Play, watch it learn."""

from playground import page
from playground.training import layout as desk

page.frame("Playground")
page.show_notices()
desk.draw()
