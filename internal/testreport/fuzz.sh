#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME and prints how many inputs it tried. An
# input that fails is kept by go test in the package's testdata/fuzz, where the
# normal tests run it from then on; the other targets still have their turn.
# Minimising is limited, since it counts against the time: without a limit one
# long input can take a whole minute, and five executions are all there is.
set -u
go=${GO:-go}
failed=0
while read -r package target; do
	if out=$($go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 20x "$package" 2>&1); then
		verdict=ok
	else
		verdict=FAIL
		failed=1
	fi
	tried=$(printf '%s\n' "$out" | sed -n 's/.*execs: \([0-9]*\).*/\1/p' | tail -n 1)
	printf '%-4s %10s executions  %s %s\n' "$verdict" "${tried:-0}" "$package" "$target"
	[ "$verdict" = ok ] || printf '%s\n' "$out"
done < <($go test -list '^Fuzz' ./... | awk '/^Fuzz/ { targets[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, targets[i]; n = 0 }')
exit $failed
