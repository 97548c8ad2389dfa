# Counters are read twice a second, and judged over three seconds instead of a minute; a login
# is waited for no longer than two seconds.
export NETMIRROR_WATCH_CLI_INTERVAL=500ms NETMIRROR_WATCH_INTERVAL=500ms NETMIRROR_WATCH_WINDOW=3s
export NETMIRROR_DIAL_TIMEOUT=2s
