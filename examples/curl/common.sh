# shellcheck shell=sh
# What the scripts of this folder have in common; they read it (". common.sh").
#
#   NETMIRROR_URL         the controller, such as https://netmirror.example.net:8420
#   NETMIRROR_TOKEN_FILE  a file with the token, which only you may read
#   NETMIRROR_CA          certificates (PEM) that the controller's is signed by, where the
#                         system does not know them

: "${NETMIRROR_URL:=http://127.0.0.1:8420}"
NETMIRROR_URL=${NETMIRROR_URL%/}
: "${NETMIRROR_TOKEN_FILE:=$HOME/.netmirror-token}"

usage() {
	echo "usage: $0 $1" >&2
	exit 2
}

# is_name NAME: whether it is one that may stand in an address as it is.
is_name() {
	case $1 in
	'' | *[!A-Za-z0-9._-]*)
		echo "\"$1\" is no name" >&2
		return 1
		;;
	esac
}

# is_file FILE: whether it can be read.
is_file() {
	if [ ! -f "$1" ] || [ ! -r "$1" ]; then
		echo "$1 cannot be read" >&2
		return 1
	fi
}

if [ ! -s "$NETMIRROR_TOKEN_FILE" ] || [ ! -r "$NETMIRROR_TOKEN_FILE" ]; then
	echo "no token in $NETMIRROR_TOKEN_FILE; NETMIRROR_TOKEN_FILE names another file" >&2
	exit 2
fi
work=$(mktemp -d) # for us alone
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# curl reads the token from a file. What stands on a command line, everybody on the machine can see.
printf 'Authorization: Bearer %s\n' "$(cat "$NETMIRROR_TOKEN_FILE")" >"$work/token"

# request METHOD PATH [OPTIONS OF CURL] is curl as all requests have it.
request() {
	method=$1 path=$2
	shift 2
	curl --silent --show-error --request "$method" ${NETMIRROR_CA:+--cacert "$NETMIRROR_CA"} \
		--header "@$work/token" --header 'Content-Type: application/json' "$@" \
		"$NETMIRROR_URL/api/v1/$path"
}

# ask METHOD PATH [OPTIONS OF CURL] leaves the answer in $work/answer and its status in
# $status. A refusal is shown and ends the script; that there is none is one, unless
# missing=fine.
missing=
ask() {
	if ! status=$(request "$@" --output "$work/answer" --write-out '%{http_code}'); then
		echo "asked was $NETMIRROR_URL (NETMIRROR_URL), trusted are the certificates of ${NETMIRROR_CA:-the system} (NETMIRROR_CA)" >&2
		exit 1
	fi
	case $status in
	2??) return ;;
	401)
		echo "$NETMIRROR_URL does not know the token of $NETMIRROR_TOKEN_FILE (NETMIRROR_TOKEN_FILE);" \
			"\"netmirror token create NAME --role operator --file FILE\" on its machine makes one" >&2
		exit 1
		;;
	esac
	# What the controller refuses says so itself; anything else is of another program.
	if ! grep -qs '"type":"urn:netmirror:problem:' "$work/answer"; then
		echo "$1 $2: $status of $NETMIRROR_URL (NETMIRROR_URL), which is no answer of netmirror's" >&2
		exit 1
	fi
	[ "$status" != 404 ] || [ -z "$missing" ] || return 0
	echo "$1 $2: refused" >&2
	problem <"$work/answer" >&2
	exit 1
}

# problem shows a refusal (application/problem+json): every reason, and its place in what was
# sent. Without jq it is shown as it came.
problem() {
	if command -v jq >/dev/null; then
		jq -r '"\(.title) (\(.status) \(.code)): \(.detail // "")",
			(.errors[]? | "  \(.pointer // .parameter // ""): \(.message)"),
			(.proposals[]? | "  would be accepted: \(.message)"),
			"request \(.requestId)"'
	else
		cat
		echo
	fi
}

# phase_of prints the phase of the session in $work/answer.
phase_of() {
	sed -n 's/.*"phase":"\([A-Za-z]*\)".*/\1/p' "$work/answer"
}

# follow NAME waits until the rollout of a session has ended, says what became of it, and ends
# the script with 1 where that is not well.
follow() {
	phase=$(phase_of)
	while [ "$phase" = Pending ] || [ "$phase" = Applying ]; do
		echo "$1 is $phase"
		sleep 2
		ask GET "sessions/$1"
		phase=$(phase_of)
	done
	echo "$1 is $phase"
	case $phase in
	Failed | Degraded | Unknown)
		if command -v jq >/dev/null; then
			jq -r '.status.conditions[] | select(.status == "False") | "  \(.type): \(.reason) \(.message // "")"' "$work/answer" >&2
		else
			cat "$work/answer" >&2
		fi
		exit 1
		;;
	esac
}
