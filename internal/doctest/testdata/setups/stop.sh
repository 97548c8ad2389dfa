# The controller ends, as its service manager ends it.
pkill -TERM -g 0 -f 'netmirror serve' || true
until ! pgrep -g 0 -f 'netmirror serve' >/dev/null; do read -rt 0.05 <> <(:) || true; done
