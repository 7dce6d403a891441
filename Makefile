# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs python3 (3.10 or newer) with venv, git and a package index. Everything is built in .build/.
PYTHON ?= python3
GATE = $(PYTHON) tests/tools/gate.py

# What `make test` is made of; each runs alone too. ARGS is passed on: make units ARGS="-k signing"
PARTS = ruff mypy lint docs changelog reuse groups units integration roles runner events controller sanity importer

.PHONY: help test test-all target demo emulator bench format clean $(PARTS)

help:
	@echo "make demo        an incident from alert to block, against the emulator"
	@echo "make emulator    both clouds' firewalls on this machine; PORT=8080 chooses the port"
	@echo "make test        everything below, on this machine's $(PYTHON) and the newest ansible-core for it"
	@echo "make test-all    units, integration, roles and sanity on every pair of Python and ansible-core;"
	@echo "                 PAIRS=\"3.11/2.19 3.13/2.21\" chooses"
	@echo "make target      integration with the modules on Python 3.9, the oldest that a host may have"
	@echo "make bench       the benchmarks"
	@echo "make format      put the code into the form that 'make ruff' asks for"
	@echo "make clean       remove .build"
	@$(GATE) parts

test:
	@$(GATE) test

test-all:
	@$(GATE) test-all $(PAIRS)

$(PARTS):
	@$(GATE) $@ $(ARGS)

bench demo format target:
	@$(GATE) $@ $(ARGS)

emulator:
	@$(GATE) emulator --port $(or $(PORT),0) $(ARGS)

clean:
	rm -rf .build
