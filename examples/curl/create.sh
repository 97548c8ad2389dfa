#!/bin/sh
# create.sh NAME FILE makes a session, or changes it to what FILE says, and waits until it was
# read back from the switches. The same file again changes nothing.
#
#   ./create.sh phone session.json
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

[ $# -eq 2 ] || usage "NAME FILE"
is_name "$1" || usage "NAME FILE"
is_file "$2" || usage "NAME FILE"

# The controller answers when the rollout has ended, or after a minute.
ask PUT "sessions/$1" --header 'Prefer: wait=60' --data-binary "@$2"
follow "$1"
