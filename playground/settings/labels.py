"""The choices that a registry holds, by name and label."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any


class Labels(Mapping[str, str]):
    """Names and labels of what a registry holds now: what is registered later is a choice at once.

    Of the entries, each with a `label`, those that `keep(name, entry)`; `before` them choices of
    its own.
    """

    def __init__(
        self,
        registry: Mapping[str, Any],
        keep: Callable[[str, Any], bool] = lambda name, entry: True,
        before: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._registry, self._keep, self._before = registry, keep, before

    def __getitem__(self, name: str) -> str:
        if name in self._before:
            return self._before[name]
        entry = self._registry[name]
        if not self._keep(name, entry):
            raise KeyError(name)
        return str(entry.label)

    def __iter__(self) -> Iterator[str]:
        yield from self._before
        yield from (name for name, entry in self._registry.items() if self._keep(name, entry))

    def __len__(self) -> int:
        return sum(1 for _ in self)
