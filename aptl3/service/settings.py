"""How a library is ingested here: the machine's defaults, and above them what was measured on it and kept."""

from __future__ import annotations

from pathlib import Path

from aptl3.config import Settings, default_settings, this_machine
from aptl3.errors import Aptl3Error
from aptl3.records.tuning import KEY, Tuning
from aptl3.storage.store import Store


def settings_of(root: Path) -> Settings:
    """For the library at ``root``, which need not be there. What was kept on another machine, or makes no sense, is not
    used."""
    machine = this_machine()
    settings = default_settings(machine)
    try:
        with Store.open(root) as store:
            tuning = Tuning.decode(store.setting(KEY))
    except Aptl3Error:  # there is none yet, or it is told by whoever opens it to work with it
        return settings
    return settings if tuning is None or tuning.unfit(machine) else tuning.applied(settings)
