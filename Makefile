# Two commands matter: `make demo` and `make test`. `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
# As in pyproject.toml.
PYTHONS := 3.11|3.12|3.13
# A mistake in one of these loses a record or releases a state too early.
COVERED_WHOLLY := $(addprefix source_destination_clientes/,protocol/checkpoint.py retaguarda/retorno.py rejection/outcome.py \
	rejection/thresholds.py cliente/readers/documento.py)
COMMA := ,
SPACE := $(subst ,, )

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PRECIOUS: build/requirements-%.txt
.PHONY: help python demo test check gates format lint types imports docs workflows coverage slow prove bench image image-packages \
	image-sandbox image-test standard lock sbom licenses audit form clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:.*?## /\t/' | expand -t 14

# pip installs what poetry.lock names, with hashes, from whatever index pip is set up for. The lists are complete (--no-deps): resolving
# them again fails as soon as a package that another one wants with an extra has a newer release than the locked one.
PIP_INSTALL = install --quiet --disable-pip-version-check
INSTALL_LOCKED = $(PIP_INSTALL) --no-deps --require-hashes --requirement
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)

python:
	@case '$(VERSION)' in $(PYTHONS)) ;; *) \
		echo 'This needs Python 3.11, 3.12 or 3.13. $(PYTHON) is $(or $(VERSION),not there). Name one: make PYTHON=python3.12 ...' >&2; \
		exit 1;; esac

# The sets of the name, with + between them.
build/requirements-%.txt: poetry.lock pyproject.toml scripts/requirements.py | python
	@mkdir -p build
	@$(PYTHON) scripts/requirements.py $(subst +, ,$*) > $@

# An environment that another Python made is made again: packages of one do not serve the other.
.venv/python-$(VERSION): | python
	@[ "$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = '$(VERSION)' ] \
		|| { rm -rf .venv && $(PYTHON) -m venv .venv; }
	@touch $@

.venv/demo.installed: build/requirements-sandbox+build.txt
.venv/main.installed: build/requirements-package+build.txt
.venv/dev.installed: build/requirements-package+dev+build.txt
.venv/%.installed: .venv/python-$(VERSION)
	@echo 'Installing packages into .venv (a minute or two).'
	@$(BIN)/pip $(INSTALL_LOCKED) $(filter build/%,$^)
	@$(BIN)/pip $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/demo.installed ## Write 5,000 invented clientes to the embedded sandbox and show what became of them
	@$(BIN)/destination-clientes demo

test: .venv/dev.installed ## Run the tests, except the slow ones
	@echo 'Running the tests: about two minutes on two cores. "make check" runs the slow ones too.'
	@$(RUN) pytest -n auto -m "not slow"

check: gates coverage slow ## Every gate: format, lint, types, import contracts, docs, all tests, coverage

gates: lint types imports docs workflows ## The gates that run no test

lint: .venv/dev.installed ## Check that the code is formatted and clean
	$(RUN) ruff format --check .
	$(RUN) ruff check .

format: .venv/dev.installed ## Format the code
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

types: .venv/dev.installed ## Type-check package and tests, strictly
	$(RUN) mypy

imports: .venv/dev.installed ## Check that imports only go downwards
	$(BIN)/lint-imports --no-logo

docs: .venv/dev.installed ## Check that generated parts of the docs are up to date
	$(BIN)/python scripts/generate_docs.py --check

# --offline: nothing is looked up, so that the gate gives the same answer everywhere.
workflows: .venv/dev.installed ## Check the workflows, the update policy and the issue forms
	$(BIN)/zizmor --offline --quiet --no-progress .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*_*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml

# The commands that tests start as processes of their own are counted too.
coverage: .venv/dev.installed ## Run the tests, except the slow ones, with branch coverage
	$(RUN) pytest -n auto -m "not slow" --cov --cov-report=
	$(RUN) coverage report --skip-covered --fail-under=95
	@ls $(COVERED_WHOLLY) >/dev/null
	$(RUN) coverage report --fail-under=100 --include='$(subst $(SPACE),$(COMMA),$(COVERED_WHOLLY))'

slow: .venv/dev.installed ## Run the slow tests: kills, a million records, PyAirbyte with real sources
	@echo 'Running the slow tests: about ten minutes on two cores.'
	$(RUN) pytest -n auto -m slow

prove: .venv/dev.installed ## Show what each fault does to a sync, as a table
	@$(RUN) scripts.prove_delivery

# Airbyte's base unless another is named; scripts/make_base_image.sh makes one where no registry can be reached.
IMAGE ?= airbyte/destination-clientes:dev
SANDBOX_IMAGE ?= destination-clientes-sandbox:dev
BUILD_IMAGE = docker build $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE))

build/image/locked: poetry.lock scripts/fetch_wheels.sh scripts/requirements.py | .venv/python-$(VERSION)
	PYTHON=$(BIN)/python sh scripts/fetch_wheels.sh build/image

# With the image's Python at hand its packages are fetched here, as pip is set up for; else the build fetches them.
image-packages:
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) or sys.platform != "linux")'; then \
		$(MAKE) --no-print-directory build/image/locked; fi

image: image-packages ## Build the connector's image (BASE_IMAGE=... for another base)
	$(BUILD_IMAGE) --target connector --tag $(IMAGE) .

image-sandbox: image-packages ## Build the image of the embedded sandbox
	$(BUILD_IMAGE) --target sandbox --tag $(SANDBOX_IMAGE) .

# The CDK's tests of the image print no summary (-q beside the config's): CI reads the last summary, which must be that of `make test`.
image-test: .venv/dev.installed ## Build the images and run them as the platform and people do
	base='$(BASE_IMAGE)'; [ "$$base" ] || base=$$(sh scripts/choose_base_image.sh) \
		&& $(MAKE) --no-print-directory image image-sandbox BASE_IMAGE="$$base"
	$(RUN) scripts.image_test --image $(IMAGE) --sandbox-image $(SANDBOX_IMAGE)
	IMAGE=$(IMAGE) $(RUN) pytest -q -m image_tests integration_tests/test_standard.py

# The tool builds an image of its own from files that it downloads; `make image-test` runs those tests on ours.
standard: .venv/dev.installed ## Run Airbyte's standard tests as its CI does: airbyte-cdk connector test
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/airbyte-cdk connector test "$(CURDIR)" --pytest-arg=-m --pytest-arg='not image_tests'

build/tools/installed: build/requirements-tools.txt
	rm -rf build/tools
	$(PYTHON) -m venv build/tools
	build/tools/bin/pip $(INSTALL_LOCKED) $<
	touch $@

lock: build/tools/installed ## Lock what pyproject.toml asks for, keeping what is locked
	build/tools/bin/poetry lock

build/shipped/installed: build/requirements-command.txt | build/tools/installed
	rm -rf build/shipped
	$(PYTHON) -m venv --without-pip build/shipped
	build/tools/bin/pip --python build/shipped/bin/python $(INSTALL_LOCKED) $<
	touch $@

sbom: build/shipped/installed ## Write what ships as CycloneDX, to build/sbom.cdx.json
	build/tools/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml --output-file build/sbom.cdx.json build/shipped

licenses: build/shipped/installed ## Write the licences of what ships, to docs/licenses.md
	build/shipped/bin/python scripts/list_licenses.py docs/licenses.md

audit: build/requirements-package+build+tools.txt | build/tools/installed ## Look up known vulnerabilities; ALLOW_UNAUDITED=1 passes where that cannot be done
	build/tools/bin/python scripts/audit.py $<

bench: .venv/main.installed ## Measure speed beside other tools; BENCH="--quick" for a short look
	$(RUN) benchmarks.run $(BENCH)

form: .venv/dev.installed ## Render the spec as a form and take its pictures (needs npm and chromium)
	$(BIN)/python scripts/render_form.py

clean: ## Remove what the other targets made
	rm -rf .venv build demo-output .coverage .hypothesis .mypy_cache .ruff_cache
