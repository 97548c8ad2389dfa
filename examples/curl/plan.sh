#!/bin/sh
# plan.sh FILE shows what a manifest would change: devices, tools, filters and sessions together,
# and exactly what each switch would be sent. Nothing is changed.
# plan.sh apply PLAN does it. Where something is not as it was, nothing is done.
#
#   ./plan.sh manifest.json
#   ./plan.sh apply plan-6lowpzllg4y6l67j
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

if [ $# -eq 1 ]; then
	is_file "$1" || usage "FILE | apply PLAN"
	ask POST plans --data-binary "@$1"
	plan=$(sed -n 's/^{"id":"\([a-z0-9-]*\)".*/\1/p' "$work/answer")
	ask GET "plans/$plan" --header 'Accept: text/plain'
	cat "$work/answer"
	echo "to do it: $0 apply $plan"
elif [ $# -eq 2 ] && [ "$1" = apply ] && is_name "$2"; then
	ask POST "plans/$2:apply" --header 'Prefer: wait=60'
	while [ "$status" = 202 ]; do # rollouts go on; asked again, it tells what became of them
		ask POST "plans/$2:apply" --header 'Prefer: wait=60'
	done
	if grep -q '"operationState":"failed"\|"action":"refused"' "$work/answer"; then
		echo "not all of it is done:" >&2
		cat "$work/answer" >&2
		exit 1
	fi
	echo "done: $2"
else
	usage "FILE | apply PLAN"
fi
