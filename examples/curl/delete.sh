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
missing=fine
ask DELETE "sessions/$1" --header 'Prefer: wait=60'
while [ "$status" = 202 ] || [ "$status" = 200 ]; do
	echo "$1 is $(phase_of)"
	sleep 2
	ask GET "sessions/$1"
done
echo "$1 is gone"
