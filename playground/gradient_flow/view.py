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
from playground.gradient_flow import figures
from playground.gradient_flow.comparison import OWN_TO_EACH, Comparison
from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import DISTRIBUTIONS, OVER_EPOCHS, GradientFlowSettings
from playground.gradient_flow.statistics import QUANTITIES
from playground.gradient_flow.wording import counted, ending, endings
from playground.live.epoch_view import EpochView
from playground.live.protocol import Notice, is_index
from playground.live.view import Command, Frame, asking, panel
from playground.settings.config import INIT_LABELS, MAX_LAYERS, STRUCTURE_FIELDS, Config

_LOWEST: Final = 1e-12
_LARGEST: Final = float(np.finfo(np.float32).max)  # beyond it the run itself holds no number
_BARS: Final = (
    {"title": "dead units", "colour": "#c2263c"},
    {"title": "saturated", "colour": "#d29a12"},
    {"title": "alike", "colour": "#2587c8"},
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
        if settings != self._settings:
            self.version += 1  # other sizes, histograms or names of the same run
        self._settings = settings
        return True

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
        what = _in_a_sentence(OVER_EPOCHS[self._settings.flow_over_epochs])
        shape = _in_a_sentence(DISTRIBUTIONS[self._settings.flow_distribution])
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
                    hint=f"{what}, log scale",
                    height="clamp(190px, calc(50vh - 190px), 340px)",
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
                    f"{network.label}: {shape}",
                    hint="now, by layer",
                    height="clamp(220px, 36vh, 360px)",
                    colour=palette.class_colour(k),
                    **shown,
                )
            )
            bars.append(
                panel(
                    f"units-{k}",
                    "bars",
                    f"{network.label}: units",
                    hint="share of each layer; alike: mean cosine of two units' weights",
                    height=f"{max(120, 34 + 13 * layers)}px",
                    columns=list(_BARS),
                    **shown,
                )
            )
        return {
            "readouts": [{"name": "epoch", "label": "Epoch", "column": 0}],
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
                hint="dots: measured before training · dashed: theory",
                span=6,
                height="300px",
                figure=figures.by_depth(axis, labels, measured, expected),
                legend=legend,
            )

        return [
            still("forward", "Activations by depth", "variance of a", "variance"),
            still("backward", "Gradients ∂L/∂z by depth", "mean square of ∂L/∂z", "gradient"),
        ]

    def _losses(self) -> dict[str, Any]:
        return panel(
            "losses",
            "lines",
            "Training loss",
            hint="log axis",
            span=12,
            height="220px",
            figure=lines.axes("epoch", "loss"),
            series=[
                {"name": network.label, "column": k + 1, "colour": palette.class_colour(k)}
                for k, network in enumerate(self._run.networks)
            ],
            legend=True,
            log=True,
        )

    def _table(self) -> dict[str, Any]:
        columns = ("Network", "Status", "Training loss", "Test loss", "")
        return panel(
            "table", "table", "The networks", span=12, columns=[[name, ""] for name in columns]
        )

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        comparison = self._run
        rows = []
        for k, network in enumerate(comparison.networks):
            status = comparison.statuses[k]
            actions = []
            if status == "diverged":
                actions.append(["explain", k, "What happened?"])
            if self.alone(k) is not None:
                actions.append(["open", k, "Open in Playground"])
            rows.append(
                [
                    {"text": network.label, "colour": palette.class_colour(k)},
                    {"text": status, "kind": "bad" if status == "diverged" else "info"},
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
            words = ending(comparison, k)
            last = None if words is None else f"{words}: its last finite values"
            endings |= {f"map-{k}": {"ending": words}, f"ridges-{k}": {"ending": last}}
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
            deep = counted(self._settings.flow_depth, "hidden layer")
            return f"{len(self._run.networks)} networks of {deep} each. Press Play."
        alive = [k for k, status in enumerate(self._run.statuses) if status != "diverged"]
        if not alive:
            return "None is left."
        best = min(alive, key=lambda k: float(self._run.losses[k]))
        lead = self._run.networks[best].label
        return f"{lead} has the lowest loss: {_figure(self._run.losses[best])}."

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
            self.tell("divergence_report", {"title": f"What happened to {label}?", **found})

    def _is_network(self, k: Any) -> bool:
        return is_index(k, len(self._run.networks))


def _in_a_sentence(label: str) -> str:
    return label[0].lower() + label[1:]  # RMS and ∂L/∂W stay as they are


def _figure(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "not finite"
