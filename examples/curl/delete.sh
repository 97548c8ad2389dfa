#!/bin/sh
# delete.sh NAME takes a session away, and waits until every switch was seen without it. One
# that is not there is no failure.
#
#   ./delete.sh phone
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

[ $# -eq 1 ] || usage NAME
is_name "$1" || usage NAME

# 204: it is gone. 202: it goes as soon as its switches can be reached. 404: there is none.
status=$(request DELETE "sessions/$1" --header 'Prefer: wait=60' --output "$work/answer" --write-out '%{http_code}') || exit 1
while [ "$status" = 202 ] || [ "$status" = 200 ]; do
	echo "$1 is $(phase_of)"
	sleep 2
	status=$(request GET "sessions/$1" --output "$work/answer" --write-out '%{http_code}') || exit 1
done
case $status in
204 | 404) echo "$1 is gone" ;;
*)
	echo "$1: refused" >&2
	problem <"$work/answer" >&2
	exit 1
	;;
esac
