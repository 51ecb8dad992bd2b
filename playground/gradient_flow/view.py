"""Gradient flow as a moving picture: two to four deep networks, layer by layer, side by side.

K networks, L hidden layers. A row: the epoch, K losses, then log10 of gradient, activation and
update sizes, K times L each. A network that has diverged has no numbers any more: NaN. When none
is left, the row is that of the epoch in which the last one ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.study.divergence_report import divergence_report
from playground.figures import lines, palette
from playground.gradient_flow import figures, words
from playground.gradient_flow.comparison import OWN_TO_EACH, Comparison
from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import DISTRIBUTIONS, OVER_EPOCHS, GradientFlowSettings
from playground.gradient_flow.statistics import QUANTITIES
from playground.gradient_flow.wording import ending, endings
from playground.live.epoch_view import EpochView
from playground.live.now import Now
from playground.live.protocol import Notice, is_index
from playground.live.view import Command, Frame, asking, panel
from playground.live.words import EXPLAIN
from playground.settings.config import INIT_LABELS, MAX_LAYERS, STRUCTURE_FIELDS, Config

_LOWEST: Final = 1e-12
_LARGEST: Final = float(np.finfo(np.float32).max)  # beyond it the run itself holds no number
_BARS: Final = (
    {"title": words.DEAD, "colour": "#c2263c"},
    {"title": words.SATURATED, "colour": "#d29a12"},
    {"title": words.ALIKE, "colour": "#2587c8"},
)


class FlowView(EpochView[Comparison]):
    """The networks of a Comparison."""

    commands: ClassVar[Mapping[str, Command]] = {
        **EpochView.commands,
        "open": asking(lambda view, value: view.alone(value)),
        "explain": asking(lambda view, value: view.explain(value), again=True),
    }

    def build(self, config: Config, settings: GradientFlowSettings) -> int:
        self._run = Comparison(config, settings)
        self._settings = settings
        self._measured, self._expected = self._run.measured(), self._run.expected()
        networks, layers = len(self._run.networks), settings.flow_depth
        return 1 + networks + 3 * networks * layers

    def follow(self, config: Config, settings: GradientFlowSettings) -> bool:
        changed = config.differing(self._run.config) & (STRUCTURE_FIELDS - OWN_TO_EACH)
        if changed or settings.differing(self._settings) & settings.with_effect("structure"):
            return False
        self._run.apply(config, settings)
        # Other sizes, histograms or names of the same run; one rate for all is in no name.
        self.version += _drawn(settings) != _drawn(self._settings)
        self._settings = settings
        return True

    def rate_of(self, now: Now) -> float | None:
        """That of all networks, where it is the same."""
        found: set[float] = set(now.value("flow_rates"))
        return found.pop() if len(found) == 1 else None

    def at_rate(self, now: Now, rate: Any) -> dict[str, Any]:
        count = len(now.value("flow_rates"))
        return {"flow_rates": (rate,) * count} if self.rate_of(now) is not None else {}

    # ---- pictures -------------------------------------------------------------------------

    def frame_row(self) -> NDArray[np.float32]:
        found = self._run.statistics()
        sizes = np.array([[getattr(network, name) for network in found] for name in QUANTITIES])
        logs = np.log10(np.maximum(sizes, _LOWEST))  # (3, K, L)
        losses = self._run.losses
        ended = [status == "diverged" for status in self._run.statuses]
        logs[:, ended] = losses[ended] = np.nan
        epoch = self._run.epoch + all(ended)
        with np.errstate(over="ignore"):
            return np.concatenate([[epoch], losses, logs.ravel()]).astype(np.float32)

    def frame(self) -> Frame:
        shown = self._settings.flow_distribution
        ridges, ends = [], []
        for track in self._run.tracks:
            chosen = track.histograms(shown)
            bytes_, low, high = figures.shared_bins(chosen.low, chosen.high, chosen.counts)
            ridges.append(bytes_)
            ends.append((low, high))
        found = self._run.statistics()
        units = [np.stack([s.dead, s.saturated, s.alike], axis=1) for s in found]
        return Frame(
            self.step,
            self.frame_row(),
            {"ridges": np.stack(ridges)},
            {
                "ends": np.clip(ends, -_LARGEST, _LARGEST).astype(np.float32),
                "units": np.stack(units).astype(np.float32),
            },
        )

    def figures(self) -> dict[str, Any]:
        networks, layers = self._run.networks, self._settings.flow_depth
        span = 12 // len(networks)
        names = [str(i + 1) for i in range(layers)]
        quantity = QUANTITIES.index(self._settings.flow_over_epochs)
        what = OVER_EPOCHS[self._settings.flow_over_epochs]
        shape = DISTRIBUTIONS[self._settings.flow_distribution]
        map_ = figures.layer_map(names)
        maps, ridges, bars = [], [], []
        for k, network in enumerate(networks):
            own = {"span": span, "loss": k + 1}
            shown = {**own, "network": k, "names": names}
            maps.append(
                panel(
                    f"map-{k}",
                    "layers",
                    network.label,
                    hint=words.log_scale(what),
                    height="clamp(150px, calc(28vh - 50px), 340px)",
                    figure=map_,
                    magnitude=palette.MAGNITUDE_STOPS,
                    group="sizes",
                    offset=1 + len(networks) + (quantity * len(networks) + k) * layers,
                    layers=layers,
                    **own,
                )
            )
            ridges.append(
                panel(
                    f"ridges-{k}",
                    "ridges",
                    words.spread(network.label, shape),
                    hint=words.NOW,
                    height="clamp(170px, calc(28vh - 30px), 360px)",
                    colour=palette.class_colour(k),
                    **shown,
                )
            )
            bars.append(
                panel(
                    f"units-{k}",
                    "bars",
                    words.units(network.label),
                    hint=words.SHARES,
                    height=f"{max(120, 34 + 13 * layers)}px",
                    columns=list(_BARS),
                    **shown,
                )
            )
        return {
            "readouts": [{"name": "epoch", "label": words.EPOCH, "column": 0}],
            "panels": [*maps, *ridges, *self._by_depth(), *bars, self._losses(), self._table()],
        }

    def _by_depth(self) -> list[dict[str, Any]]:
        labels = [network.label for network in self._run.networks]
        legend = [
            {"name": name, "colour": palette.class_colour(k)} for k, name in enumerate(labels)
        ]

        def still(id_: str, title: str, axis: str, field: str) -> dict[str, Any]:
            measured = [getattr(found, field) for found in self._measured]
            expected = [None if e is None else getattr(e, field) for e in self._expected]
            return panel(
                id_,
                "still",
                title,
                hint=words.DOTS,
                span=6,
                height="300px",
                figure=figures.by_depth(axis, labels, measured, expected),
                legend=legend,
            )

        return [
            still("forward", *words.ACTIVATIONS_BY_DEPTH, "variance"),
            still("backward", *words.GRADIENTS_BY_DEPTH, "gradient"),
        ]

    def _losses(self) -> dict[str, Any]:
        return panel(
            "losses",
            "lines",
            words.TRAINING_LOSS,
            hint=words.LOG_AXIS,
            span=12,
            height="220px",
            figure=lines.axes(*words.LOSS_AXES),
            series=[
                {"name": network.label, "column": k + 1, "colour": palette.class_colour(k)}
                for k, network in enumerate(self._run.networks)
            ],
            legend=True,
            log=True,
        )

    def _table(self) -> dict[str, Any]:
        return panel(
            "table",
            "table",
            words.THE_NETWORKS,
            span=12,
            columns=[[name, ""] for name in words.COLUMNS],
        )

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        comparison = self._run
        rows = []
        for k, network in enumerate(comparison.networks):
            status = comparison.statuses[k]
            actions = []
            if status == "diverged":
                actions.append(["explain", k, EXPLAIN])
            if self.alone(k) is not None:
                actions.append(["open", k, words.OPEN])
            rows.append(
                [
                    {"text": network.label, "colour": palette.class_colour(k)},
                    {
                        "text": words.STATUSES[status],
                        "kind": "bad" if status == "diverged" else "info",
                    },
                    _figure(comparison.losses[k]),
                    _figure(comparison.test_losses[k]),
                    {"actions": actions},
                ]
            )
        marks = [
            [float(divergence.epoch), float(comparison.losses[k]), k]
            for k, divergence in enumerate(comparison.divergences)
            if divergence is not None and np.isfinite(comparison.losses[k])
        ]
        endings: dict[str, Any] = {}
        for k in range(len(comparison.networks)):
            how = ending(comparison, k)
            last = None if how is None else words.last_values(how)
            endings |= {f"map-{k}": {"ending": how}, f"ridges-{k}": {"ending": last}}
            endings[f"units-{k}"] = {"ending": last}
        return {"losses": {"marks": marks}, "table": {"rows": rows}, **endings}

    def notice(self) -> Notice:
        ended = endings(self._run)
        return Notice("bad" if ended else "info", f"{ended} {self._report()}".strip())

    def _report(self) -> str:
        for preset in PRESETS.values():
            if preset.fits(self._config, self._settings):
                return preset.report(self._run)
        if self.status == "ready":
            return words.ready(len(self._run.networks), self._settings.flow_depth)
        alive = [k for k, status in enumerate(self._run.statuses) if status != "diverged"]
        if not alive:
            return words.NONE_LEFT
        best = min(alive, key=lambda k: float(self._run.losses[k]))
        return words.leads(self._run.networks[best].label, _figure(self._run.losses[best]))

    # ---- commands -------------------------------------------------------------------------

    def alone(self, k: Any) -> Config | None:
        """The Config that trains network `k` in the Playground; None if that cannot have it."""
        if not self._is_network(k):
            return None
        network, settings = self._run.networks[k], self._settings
        if settings.flow_depth > MAX_LAYERS or network.init not in INIT_LABELS:
            return None
        return replace(
            self._config,
            layers=(settings.flow_width,) * settings.flow_depth,
            activation=network.activation,
            activations=(),
            init=network.init,
            init_scale=network.scale,
            learning_rate=network.learning_rate,
            clip=network.clip,
            dropout=0.0,
        )

    def explain(self, k: Any) -> None:
        """Tell what happened to network `k`, if it has diverged."""
        if self._is_network(k) and self._run.statuses[k] == "diverged":
            label = self._run.networks[k].label
            found = divergence_report(self._run.tracks[k].trainer).as_json()
            self.tell("divergence_report", {"title": words.happened_to(label), **found})

    def _is_network(self, k: Any) -> bool:
        return is_index(k, len(self._run.networks))


def _drawn(settings: GradientFlowSettings) -> tuple[object, ...]:
    """What the figures of a run depend on, of all that it can take over."""
    labels = [network.label for network in settings.networks]
    return labels, settings.flow_over_epochs, settings.flow_distribution


def _figure(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else words.NOT_FINITE
