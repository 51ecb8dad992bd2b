"""The record that thins itself out: bounded, evenly spaced, from the first point on."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from engine.training.recorder import Recorder


@given(size=st.integers(2, 40), stride=st.integers(1, 5), length=st.integers(0, 2000))
def test_it_keeps_every_so_many_points_from_the_start(size: int, stride: int, length: int) -> None:
    record = Recorder[int](size, stride)
    for point in range(0, length, stride):
        before = record.generation, list(record.points)
        if record.wants(point):
            record.append(point, -point)
            assert record.due(point) % record.stride == 0 < record.due(point) - point
        if record.generation == before[0]:
            assert record.points[: len(before[1])] == before[1]
    last = (length - 1) // stride * stride
    assert record.points == list(range(0, last + 1, record.stride))
    assert record.entries == [-point for point in record.points]
    assert len(record) <= size
    assert record.stride == stride or len(record) >= size // 2


@given(size=st.integers(2, 40), length=st.integers(1, 2000), data=st.data())
def test_what_was_cut_can_be_recorded_again(size: int, length: int, data: st.DataObject) -> None:
    record = Recorder[int](size)
    for point in range(length):
        if record.wants(point):
            record.append(point, point)
    twin, place = copy.deepcopy(record), data.draw(st.integers(0, length))
    twin.cut(place)
    assert [point for point in record.points if point <= place] == twin.points
    for point in range(place + 1, length + 10):
        if twin.wants(point):
            twin.append(point, point)
    assert all(point % twin.stride == 0 for point in twin.points if point > place)
    assert len(twin) <= size
    assert record.points == [point for point in range(length) if point % record.stride == 0]
