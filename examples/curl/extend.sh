#!/bin/sh
# extend.sh NAME [DURATION] has the lease of a session begin anew: for DURATION (30m, 4h,
# 1h30m), or for as long as it was made for. One whose lease is over is made again.
#
#   ./extend.sh phone 4h
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

[ $# -eq 1 ] || [ $# -eq 2 ] || usage "NAME [DURATION]"
is_name "$1" || usage "NAME [DURATION]"
lease='{}'
if [ $# -eq 2 ]; then
	is_name "$2" 2>/dev/null || usage "NAME [DURATION]"
	lease="{\"duration\": \"$2\"}"
fi

ask POST "sessions/$1:renew" --header 'Prefer: wait=60' --data "$lease"
follow "$1"
echo "until $(sed -n 's/.*"expires":"\([^"]*\)".*/\1/p' "$work/answer")"
