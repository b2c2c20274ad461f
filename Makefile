# Every target is a command of tasks.py. Without make (on Windows, say): python tasks.py lab. More words: make lab ARGS="--port 9999"
PYTHON ?= python3
ARGS ?=

.PHONY: lab test lint refresh lock repeat pictures bench
lab test lint refresh lock repeat pictures bench:
	@command -v $(PYTHON) >/dev/null || { echo "labmail: there is no $(PYTHON) here: install Python 3.11 to 3.14 (python.org/downloads)"; exit 1; }
	@$(PYTHON) tasks.py $@ $(ARGS)
