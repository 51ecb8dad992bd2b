"""Write down what PyTorch says about the cases, for the tests where there is no PyTorch.

    python -m pip install -r requirements-ci.txt
    python -m scripts.record_reference

Each case is kept with a fingerprint of its weights and data, so that a record of other inputs is
never taken for one of these.
"""

from __future__ import annotations

import numpy as np

from tests.engine.reference import torch_twin
from tests.engine.reference.cases import (
    DESCENTS,
    NETWORKS,
    NOTED,
    Descent,
    Floats,
    Network,
    fingerprint,
)
from tests.engine.reference.record import RECORD


def gradient_row(case: Network) -> Floats:
    """[fingerprint, loss, dL/dparameters]."""
    loss, gradient = torch_twin.loss_and_gradient(case)
    return np.concatenate([[fingerprint(case), loss], gradient])


def path_rows(descent: Descent) -> Floats:
    """The parameters after each of the NOTED steps, behind a column of the fingerprint."""
    places = torch_twin.path(descent)[np.array(NOTED) - 1]
    return np.column_stack([np.full(len(places), fingerprint(descent.case())), places])


def main() -> None:
    rows = {f"network: {name}": gradient_row(make()) for name, make in NETWORKS.items()}
    rows |= {f"descent: {name}": path_rows(descent) for name, descent in DESCENTS.items()}
    RECORD.parent.mkdir(exist_ok=True)
    np.savez_compressed(RECORD, allow_pickle=False, **rows)
    print(f"{RECORD.name}: {len(rows)} cases, {RECORD.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
