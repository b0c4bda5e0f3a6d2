"""The lower bounds of `distance_bounds` on a graphics card, for selections that keep a processor busy for long.

The card only says which pairs may be near enough; every distance is measured by the processor, in float64. So the
picks are the same with and without it.
"""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.distance_bounds import DistanceBounds

if TYPE_CHECKING:
    import torch

log = logging.getLogger("winnow")

# Values that a plain loop would look at, n·d·K, for each core, from which on a card is worth it: several seconds. It
# waits for the distances that the cores measure, and many cores need no help.
LARGE_PROBLEM = 1e12
_UPLOADED = 65536  # rows at a time
_PAIRS = 1 << 26  # bounds at a time, 256 MB
_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # NVIDIA, the same under WSL, AMD
_SHARE_OF_MEMORY = 0.7  # of what is free: the coordinates may take so much


def gpu() -> "torch.device | None":
    """The card to use, None where there is none. Torch takes seconds to import: not on machines without a driver."""
    if "torch" not in sys.modules and not any(Path(driver).exists() for driver in _DRIVERS):
        return None
    import torch

    return torch.device("cuda") if torch.cuda.is_available() else None


class GpuBounds:
    """Coordinates and `low` of all rows, on the card."""

    def __init__(self, bounds: DistanceBounds, n: int, device: "torch.device") -> None:
        import torch

        self._y = torch.empty((n, bounds.p), dtype=torch.float32, device=device)
        self._low = torch.empty(n, dtype=torch.float32, device=device)
        for start in range(0, n, _UPLOADED):
            y, low = bounds.of(np.arange(start, min(start + _UPLOADED, n)))
            self._y[start : start + len(y)] = torch.from_numpy(y[:, :-1]).to(device)
            self._low[start : start + len(y)] = torch.from_numpy(low).to(device)

    @staticmethod
    def of(bounds: DistanceBounds, n: int) -> "GpuBounds | None":
        """None where there is no card, or the coordinates do not fit its memory."""
        device = gpu()
        if device is None:
            return None
        import torch

        if device.type == "cuda" and 4 * n * (bounds.p + 1) > _SHARE_OF_MEMORY * torch.cuda.mem_get_info()[0]:
            log.info("Selection: the memory of the GPU is too small for %d vectors; the processor does the work.", n)
            return None
        return GpuBounds(bounds, n, device)

    @staticmethod
    def rows_at_once(centres: int) -> int:
        return max(1, _PAIRS // max(1, centres))

    def lowest(self, rows: NDArray[np.int64], centres: NDArray[np.int64]) -> NDArray[np.int64]:
        """(r,), (c,) -> (r,) the place in `centres` of the one with the lowest bound. The bounds stay on the card for
        `not_above`."""
        import torch

        index, others = (torch.from_numpy(ids).to(self._y.device) for ids in (rows, centres))
        # float32 in full: the margins of the bounds are for it (TF32 is off unless somebody switches it on)
        self._bounds = torch.addmm(self._low[others], self._y[index], self._y[others].T, alpha=-2.0)
        self._bounds += self._low[index][:, None]
        lowest: NDArray[np.int64] = self._bounds.argmin(dim=1).cpu().numpy()
        return lowest

    def not_above(self, limits: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """limits (r,) -> places of rows (m,), ascending, and of centres (m,), ascending for each row: the pairs whose
        bound is not above the limit of the row."""
        import torch

        # Rounded up, so that no pair is lost to float32.
        upper = np.nextafter(limits.astype(np.float32), np.float32(np.inf))
        above = self._bounds > torch.from_numpy(upper).to(self._y.device)[:, None]
        rows, centres = torch.nonzero(~above, as_tuple=True)
        return rows.cpu().numpy(), centres.cpu().numpy()
