"""The table of keys: what a view has is in it, and no key means two things at once."""

from itertools import combinations

from playground.backprop.view import StepsView
from playground.live.keys import KEYS, as_json, as_table
from playground.training.view import TrainingView


def test_no_key_of_a_view_does_two_things() -> None:
    view = TrainingView()
    mine = as_json({*view.commands, "rated", "layouts", "room"})
    for one, other in combinations(mine, 2):
        shared = {*one["keys"]} & {*other["keys"]}
        assert not shared or {one["shift"], other["shift"]} == {True, False}, (one, other)


def test_each_view_has_the_keys_of_what_it_can_do() -> None:
    playground = {
        key["does"] for key in as_json({*TrainingView.commands, "rated", "layouts", "room"})
    }
    assert playground == {key.does for key in KEYS} - {"go"}
    steps = {key["does"] for key in as_json({*StepsView.commands, "room"})}
    assert steps == {"go", "whole", "leave", "lecture", "sheet"}


def test_the_table_has_a_row_for_each() -> None:
    assert as_table().count("\n") == len(KEYS) + 1
    assert "| `Shift` + `R` | New start: the next seed |" in as_table()
    assert "| `+` | Learning rate up by a third |" in as_table()
