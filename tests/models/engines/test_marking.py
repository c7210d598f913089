from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from aptl3.models.engines.marking import keep_exact
from aptl3.models.engines.openvino import read
from aptl3.models.engines.runtime import runtime
from tests.models.engines.test_rounding import network


def test_the_first_depthwise_convolution_and_its_input_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "network.xml"
    runtime().save_model(network(np.random.default_rng(0)), path, compress_to_fp16=False)
    assert keep_exact(path) == 2
    layers = ElementTree.parse(path).findall("layers/layer")
    marked = [layer.get("type") for layer in layers if layer.find("rt_info/attribute[@name='precise']") is not None]
    assert marked == ["Add", "GroupConvolution"]
    assert len(read(path).get_ordered_ops()) == len(layers)


def test_a_network_without_one_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "network.xml"
    path.write_text("<net><layers><layer id='0' type='Convolution'/></layers><edges/></net>")
    before = path.read_bytes()
    assert keep_exact(path) == 0 and path.read_bytes() == before
