#!/bin/sh
# watch.sh NAME shows what happens to a session from now on, until Ctrl-C.
#
#   ./watch.sh phone
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

[ $# -eq 1 ] || usage NAME
is_name "$1" || usage NAME

# A stream of events is lines: "id:" is where we are, "data:" an event. A connection that ends is
# made again, and goes on behind the last id.
show() {
	if command -v jq >/dev/null; then
		printf '%s\n' "$1" | jq -r '"\(.at // "") \(.type // .code // "") \(.message // .detail // "")"'
	else
		printf '%s\n' "$1"
	fi
}
: >"$work/last"
while :; do
	ask GET "sessions/$1"
	echo "$1 is $(phase_of)"
	request GET "events?session=$1" --no-buffer --fail --header 'Accept: text/event-stream' \
		--header "Last-Event-ID: $(cat "$work/last")" |
		while IFS= read -r line; do
			case $line in
			id:*) printf '%s' "${line#id: }" >"$work/last" ;;
			data:*) show "${line#data: }" ;;
			esac
		done
	sleep 1
done
