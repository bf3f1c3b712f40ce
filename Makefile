# The platform on one machine. Needs Python 3.11 or newer and make; everything else is fetched into .venv.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
HLS := vendor/hls.js/.asked
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test bench lint clean venv
.DEFAULT_GOAL := run

run: $(VENV)/.run $(HLS)
	@exec $(PY) app.py run

test: $(VENV)/.dev $(HLS)
	@sh .ci/browser
	@$(PY) -m pytest -n 3 --dist loadfile $(ARGS)

bench: $(VENV)/.dev $(if $(ONLY),$(if $(findstring list.,$(ONLY)),$(VENV)/.bench),$(VENV)/.bench)
	@$(PY) -m bench $(if $(ONLY),$(ONLY))

lint: $(VENV)/.dev
	@$(PY) -m ruff check .
	@$(PY) -m mypy

venv: $(VENV)/.dev $(HLS)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "var/ (database, attachments, keys) is kept; remove it by hand if you mean to."

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "请安装 venv 模块，如 apt install python3-venv"; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements.txt
	@echo "安装依赖 … / installing packages"
	@$(PY) -m pip install -qq -r requirements.txt
	@touch $@

# The peer of the lists, for nothing else.
$(VENV)/.bench: $(VENV)/.dev bench/requirements.txt
	@$(PY) -m pip install -qq -r bench/requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@$(PY) -m pip install -qq -r requirements-dev.txt
	@touch $@

# For browsers that do not play HLS themselves. Without npm, or without a network, they are told so on the page; "rm -r vendor" asks again.
$(HLS):
	@mkdir -p $(@D)
	@if command -v npm >/dev/null 2>&1; then \
		(cd $(@D) && npm pack --silent hls.js@~1.7 >/dev/null 2>&1 && tar -xzf hls.js-*.tgz --strip-components=2 package/dist/hls.min.js && rm -f hls.js-*.tgz) \
		|| echo "hls.js 没有下载成功，只有自带 HLS 的浏览器能看视频 / hls.js could not be fetched"; \
	fi
	@touch $@
