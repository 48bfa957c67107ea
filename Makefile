.DEFAULT_GOAL := help
.PHONY: up test check hostile attack faults hints-check bench format images docs pictures clean help

up: ## Prepare this machine and run the course until Ctrl-C (root or sudo)
	@scripts/bootstrap && exec scripts/as-root .venv/bin/containrlab up

test: ## Set this machine up and run everything (root or sudo)
	@scripts/bootstrap test && exec scripts/as-root scripts/test

check: ## Lint, types, layering and the tests that need no engine
	@scripts/bootstrap test && exec scripts/check

hostile: ## Judge the hostile corpus, and print what was expected and seen (root or sudo)
	@scripts/bootstrap test && exec scripts/as-root scripts/hostile

attack: ## Attack a running course from inside a session, and print what was expected and seen (root or sudo)
	@scripts/bootstrap test && exec scripts/as-root scripts/attack

faults: ## Kill each part of a running course, and print what was lost and left (root or sudo)
	@scripts/bootstrap test && exec scripts/as-root scripts/faults

hints-check: ## Ask for hints while the API fails, learners cheat and fifty ask at once; print what was seen
	@scripts/bootstrap test && exec scripts/hints

bench: ## Measure starts, memory, disk, a storm and the judge against the plain way (root or sudo)
	@scripts/bootstrap && exec scripts/as-root .venv/bin/containrlab bench

format: ## Format the code and mend what the linter can
	@scripts/bootstrap test && .venv/bin/ruff format . && .venv/bin/ruff check --fix .

images: ## Build the images that are missing or out of date (root or sudo)
	@scripts/bootstrap && exec scripts/as-root .venv/bin/containrlab images build

docs: ## Write what is made from code: docs/settings.md, and tables of threat-model, hints, operating, performance
	@scripts/bootstrap && .venv/bin/python scripts/settings_table.py && .venv/bin/python scripts/threat_table.py && \
	.venv/bin/python scripts/hints_table.py && .venv/bin/python scripts/faults_table.py && \
	.venv/bin/python scripts/performance_page.py

pictures: ## Take the README's picture anew, from the end-to-end test (root or sudo)
	@scripts/bootstrap test && scripts/as-root .venv/bin/pytest -q tests/end_to_end/test_learners_way.py
	@cp test-artefacts/check-of-solution.png docs/images/learner.png

clean: ## Remove caches and build results; .venv and state/ stay
	@rm -rf build dist test-artefacts .*_cache && find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

help: ## Show this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18
