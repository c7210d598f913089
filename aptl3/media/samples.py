"""The photographs that come inside the packages of the extra ``demo``, for trying the program without downloads.

Only photographs are named (no drawings, charts or masks), and only where they lie is found out: none of the packages
is imported, so asking costs milliseconds. They keep their own licences, told in each package's README.
"""

from __future__ import annotations

import importlib.util
import os

from aptl3.errors import Aptl3Error

_SKIMAGE = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)

# (module, distribution, folder inside the package, files)
_PLACES = (
    ("skimage", "scikit-image", "data", _SKIMAGE),
    ("sklearn", "scikit-learn", "datasets/images", ("china.jpg", "flower.jpg")),
    ("matplotlib", "matplotlib", "mpl-data/sample_data", ("grace_hopper.jpg",)),
)


def sample_photographs() -> list[str]:
    """Absolute paths of the sample photographs, in a fixed order.

    Raises:
        Aptl3Error: a package is not installed, or has lost the photographs; names the extra to install.
    """
    found: list[str] = []
    for module, distribution, folder, names in _PLACES:
        spec = importlib.util.find_spec(module)
        if spec is None or not spec.submodule_search_locations:
            raise Aptl3Error(f"the sample photographs of {distribution} are missing: say pip install 'aptl3[demo]'")
        root = os.path.join(next(iter(spec.submodule_search_locations)), *folder.split("/"))
        found += (path for path in (os.path.join(root, name) for name in names) if os.path.isfile(path))
    if not found:
        raise Aptl3Error(
            "the installed packages hold no sample photographs: say pip install --force-reinstall 'aptl3[demo]'"
        )
    return found
