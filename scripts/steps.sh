# What the scripts of tests share: steps that are all run, and one last line about them.
# Sourced from the project's root.

export PATH="$PWD/.venv/bin:$PATH"
held=()
failed=()
pytest_said=
declare -A begun=() begun_at=()
# For pytest: a folder's tests stay with one worker (tests/conftest.py). Half of their time is waiting, so that
# three workers keep two processors busy.
by_folder=(-n 3 --no-loadscope-reorder)

run() { # name, command...
  local name=$1 started=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    held+=("$name")
  else
    failed+=("$name")
  fi
  echo "== $name: $((SECONDS - started)) s"
}

begin() { # name, program...: beside the steps that follow, until `end`
  local name=$1
  shift
  mkdir -p test-artefacts
  # The shell lets what runs beside it ignore Ctrl-C.
  env --default-signal=INT,QUIT "$@" > "test-artefacts/$name.log" 2>&1 &
  begun[$name]=$! begun_at[$name]=$EPOCHSECONDS
}

end() { # name: waits for what was begun, shows in one piece what it printed, and counts it as a step
  run "$1" wait_and_show "$1"
}

wait_and_show() { # name
  local code=0
  wait "${begun[$1]}" || code=$?
  unset "begun[$1]"
  cat "test-artefacts/$1.log"
  echo "$1: its last line came $(($(stat -c %Y "test-artefacts/$1.log") - begun_at[$1])) s after its start"
  return "$code"
}

has_failed() { # name
  local one
  for one in "${failed[@]}"; do
    [ "$one" != "$1" ] || return 0
  done
  return 1
}

require() { # name, command...: without it the rest makes no sense
  run "$@"
  if has_failed "$1"; then
    conclude
  fi
}

check_statically() { # mypy takes longer than all others; the caller ends it
  begin mypy mypy
  run "ruff check" ruff check .
  run "ruff format" ruff format --check .
  run lint-imports lint-imports
}

run_once_more() { # name, command...: after a step that failed on a machine that others use too
  local name=$1 others=() one
  shift
  has_failed "$name" || return 0
  for one in "${failed[@]}"; do
    [ "$one" = "$name" ] || others+=("$one")
  done
  failed=("${others[@]}")
  run "$name, at the second try" "$@"
}

run_pytest() {
  mkdir -p test-artefacts
  run pytest pytest_with_log "$@"
  pytest_said=$(tail -n 1 test-artefacts/pytest.log | tr -d '=' | xargs)
}

pytest_once_more() { # only what failed; the last line tells of both runs
  local first=$pytest_said
  has_failed pytest || return 0
  run_once_more pytest pytest_with_log --last-failed --last-failed-no-failures=none "$@"
  pytest_said="$first; of these again: $(tail -n 1 test-artefacts/pytest.log | tr -d '=' | xargs)"
}

pytest_with_log() {
  pytest "$@" 2>&1 | tee test-artefacts/pytest.log # pipefail: pytest's exit code counts
}

run_claims() { # tests, words of the table's last line
  local tests=$1 words=$2
  shift 2
  run_pytest -q "$tests" "$@"
  pytest_said="$(grep -o "^[0-9]* of [0-9]* $words" test-artefacts/pytest.log); $pytest_said"
}

run_table() { # as run_claims, with what is in the engine before and after
  mkdir -p test-artefacts
  python scripts/engine_inventory.py > test-artefacts/engine-before.txt
  run_claims "$@"
  python scripts/engine_inventory.py > test-artefacts/engine-after.txt
  run "nothing left in the engine" diff test-artefacts/engine-before.txt test-artefacts/engine-after.txt
}

install_debian() {
  apt-get -q -o DPkg::Lock::Timeout=300 update &&
    DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install \
      --yes --no-install-recommends "$@"
}

has_chromium() {
  command -v chromium || command -v google-chrome || ls -d ~/.cache/ms-playwright/chromium-*
} > /dev/null 2>&1

install_chromium() { # Ubuntu's package is a snap, which a machine without snapd cannot run
  install_debian chromium || playwright install --with-deps chromium
}

conclude() {
  [ ${#begun[@]} -eq 0 ] || kill "${begun[@]}"
  local IFS=,
  local line="held: ${held[*]:-nothing}"
  [ ${#failed[@]} -eq 0 ] || line="FAILED: ${failed[*]}; $line"
  [ -z "$pytest_said" ] || line="$line; pytest: $pytest_said"
  echo "${line//,/, }"
  [ ${#failed[@]} -eq 0 ]
  exit
}
