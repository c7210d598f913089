"""``sentence-transformers/<name>``: any text model of sentence-transformers, by its name on the hub or as a folder.

A BERT with mean pooling and nothing else becomes a graph for OpenVINO (``aptl3.models.bert``); anything else is run by
its own ``encode``, in torch. The code that some repositories bring along is never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models import hub
from aptl3.models.bert import CONFIG, TOKENIZER, WEIGHTS, BertSentences, supported
from aptl3.models.folder import Local
from aptl3.models.remembered import remembered
from aptl3.models.source import Offer
from aptl3.records.model import ModelSpec

if TYPE_CHECKING:
    from aptl3.models.engines.encoding import EncodeEngine

PREFIX = "sentence-transformers/"
LICENCE = "see its source"
_NAME = re.compile(r"(?!clip-)[\w.-]{1,96}(/[\w.-]{1,96})?")
_KNOWN = {  # what is listed; any other name of the hub will do
    "all-MiniLM-L6-v2": 384,
    "all-MiniLM-L12-v2": 384,
    "all-mpnet-base-v2": 768,
    "multi-qa-mpnet-base-dot-v1": 768,
    "paraphrase-multilingual-MiniLM-L12-v2": 384,
    "paraphrase-multilingual-mpnet-base-v2": 768,
}
_MODULES = "modules.json"
_DECIDING = {".json", ".safetensors", ".bin", ".txt", ".model"}  # suffixes of files that decide the vectors


@dataclass(frozen=True)
class Encoded:
    """An ``EngineSource`` and ``Fetchable``. ``weights`` is a folder, None for that in the hub's cache. ``space`` is
    that of another model where it was trained into it."""

    name: str
    weights: str | None
    space: str
    engine_name: str = "torch-cpu-f32"

    @property
    def spec(self) -> ModelSpec:
        return _spec(self.name, int(self._known()["dim"]), self.space)

    def files(self) -> list[Path]:
        found = [path for path in sorted(self._there().rglob("*")) if path.suffix in _DECIDING and path.is_file()]
        if not any(path.name == "config.json" for path in found):
            raise ModelUnavailable(f"{self._there()} is no folder of sentence-transformers: it holds no config.json.")
        return found

    def fetch(self) -> None:
        if self.weights is None:
            hub.fetch(self._repository, self.name, lambda: whole(self._there(), modules=PREFIX in self._repository))

    def engine(self, threads: int | None) -> EncodeEngine:
        from aptl3.models.engines.encoding import EncodeEngine

        return EncodeEngine(self._there(), self.name, self.engine_name, threads)

    @property
    def _repository(self) -> str:
        return repository(self.name)

    def _there(self) -> Path:
        folder = hub.kept(self._repository) if self.weights is None else Path(self.weights)
        if folder is None:
            raise ModelUnavailable(
                f"{self.name} is not on this machine: aptl3 models add {self.name} downloads it; without a network, "
                + hub.by_hand(self._repository)
            )
        if not folder.is_dir():
            raise ModelUnavailable(f"The folder of {self.name}, {folder}, is not there: give it by --weights.")
        return folder

    def _known(self) -> dict[str, Any]:
        try:
            state: list[str | int] = [version("sentence-transformers")]
        except PackageNotFoundError as error:
            raise ModelUnavailable(
                "The package sentence-transformers is missing: pip install sentence-transformers"
            ) from error
        for path in self.files():
            seen = path.stat()
            state += [str(path), seen.st_size, seen.st_mtime_ns]

        def find_out() -> dict[str, Any]:
            from aptl3.models.engines.encoding import check

            return {"dim": check(self._there(), self.name)}

        return remembered(self.name, state, find_out)


def resolve(name: str) -> list[str]:
    bare = name.removeprefix(PREFIX)
    if not _NAME.fullmatch(bare):
        return []
    return [PREFIX + bare] if bare != name or bare in _KNOWN or hub.kept(repository(PREFIX + bare)) else []


def source(name: str, weights: str | None) -> BertSentences | Encoded | None:
    if not name.startswith(PREFIX) or not _NAME.fullmatch(name.removeprefix(PREFIX)):
        return None
    folder = Path(weights) if weights is not None else hub.kept(repository(name))
    longest = None if folder is None else plain(folder)
    if folder is None or longest is None:
        return Encoded(name, weights, name)
    dim = int(_read(folder / CONFIG)["hidden_size"])
    return BertSentences(_spec(name, dim, name), Local(folder, name), longest)


def offers() -> list[Offer]:
    return [
        Offer(PREFIX + name, "text", dim, LICENCE, f"https://huggingface.co/{repository(PREFIX + name)}")
        for name, dim in _KNOWN.items()
    ]


def repository(name: str) -> str:
    """Its name on the hub: ``sentence-transformers/<name>``, or ``<owner>/<name>`` where that is what follows."""
    bare = name.removeprefix(PREFIX)
    return bare if "/" in bare else PREFIX + bare


def whole(folder: Path, *, modules: bool) -> None:
    """ModelUnavailable, naming one of the files that are missing, unless a model of sentence-transformers lies in
    ``folder`` with all that it takes. ``modules``: it is known to have a ``modules.json``."""
    known = _optional(folder / _MODULES)
    if modules and not known:
        raise _missing(folder / _MODULES)
    for place, kind in [(folder / one["path"], one["type"].rpartition(".")[2]) for one in known] or [(folder, None)]:
        if kind in (None, "Transformer"):
            _any(place, CONFIG)
            _any(place, TOKENIZER, "vocab.txt", "vocab.json", "*.model")
        elif kind != "Normalize":
            _any(place, CONFIG)
        if kind in (None, "Transformer", "Dense"):
            _any(place, WEIGHTS, "pytorch_model.bin", f"{WEIGHTS}.index.json")
        for index in place.glob("*.index.json"):
            for shard in set(_read(index)["weight_map"].values()):
                _any(place, shard)


def _any(folder: Path, *names: str) -> None:
    if not any(path.is_file() for name in names for path in folder.glob(name)):
        raise _missing(folder / names[0])


def _missing(path: Path) -> ModelUnavailable:
    return ModelUnavailable(f"The model in {path.parent} is not whole, {path.name} is missing: fetch it again.")


def plain(folder: Path) -> int | None:
    """How many tokens a text may have, if what lies in ``folder`` is a BERT with mean pooling and nothing else."""
    try:
        modules = _read(folder / _MODULES)
        kinds = [module["type"].rpartition(".")[2] for module in modules]
        config = _read(folder / CONFIG)
        good = (
            kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
            and modules[0]["path"] == ""
            and supported(config)
            and (folder / TOKENIZER).is_file()
            and (folder / WEIGHTS).is_file()
            and _pools_by_mean(_read(folder / modules[1]["path"] / CONFIG))
            and not _optional(folder / "config_sentence_transformers.json").get("default_prompt_name")
        )
        if not good:
            return None
        told = (
            _optional(folder / "sentence_bert_config.json").get("max_seq_length"),
            _optional(folder / "tokenizer_config.json").get("model_max_length"),
            config["max_position_embeddings"],
        )
        return min(int(one) for one in told if one)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def _pools_by_mean(config: Mapping[str, Any]) -> bool:
    if "pooling_mode" in config:
        return config["pooling_mode"] in ("mean", ["mean"])
    return [key for key, on in config.items() if key.startswith("pooling_mode_") and on] == ["pooling_mode_mean_tokens"]


def _spec(name: str, dim: int, space: str) -> ModelSpec:
    return ModelSpec(name, "1", "text", dim, space, None, LICENCE, f"https://huggingface.co/{repository(name)}")


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _optional(path: Path) -> Any:
    return _read(path) if path.is_file() else {}
