from typing import Any

import numpy as np
from numpy.typing import NDArray

_Component = tuple[int, int, int, bytes, bytes, bytes, NDArray[np.uint8], int]

def read(
    data: Any, start: int, components: tuple[_Component, ...], rows: int, columns: int, restart: int, /
) -> int: ...
