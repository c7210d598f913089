# `make demo` and `make test` set up what is missing (a virtual environment in .venv) and do what they say.
PYTHON ?= python3
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif
READY := .venv/.ready
COMPILER = $(shell command -v c++ || command -v g++ || command -v clang++)

.PHONY: demo test check bench clean

demo: $(READY)
	$(BIN)/aptl3 demo --out demo.png

test: $(READY) check
	@$(BIN)/python -c 'import PyQt5.QtWidgets' \
	  || { echo "the window's tests need libraries of the system: install them (Debian, Ubuntu: apt install libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0; Fedora: dnf install mesa-libGL fontconfig dbus-libs libxkbcommon)"; exit 1; }
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/ingest.py --kind large
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/search.py

$(READY): setup.cfg requirements.txt requirements-dev.txt $(wildcard setup.py aptl3/*/*/*.c)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "aptl3 needs Python 3.10 to 3.13: install one and say make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing: install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	@test -n "$(COMPILER)" \
	  || { echo "annoy and a part of aptl3 are built from source and no C++ compiler was found: install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)"; exit 1; }
	@printf '#include <Python.h>\n' | "$(COMPILER)" -E -x c++ $$($(PYTHON) -c 'import sysconfig; print("-I" + sysconfig.get_paths()["include"])') - >/dev/null 2>&1 \
	  || { echo "Python's headers are missing: install them (Debian, Ubuntu: apt install python3-dev; Fedora: dnf install python3-devel)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis demo.png
