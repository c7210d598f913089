"""The one part that is compiled: setup.cfg has no word for it. Without a compiler the package is built all the same,
and large photographs take twice the time."""

import sys

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "aptl3.media.formats._jpeg_scan",
            ["aptl3/media/formats/_jpeg_scan.c"],
            extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-std=c11"],
            optional=True,
        )
    ]
)
