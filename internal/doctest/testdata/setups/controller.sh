# A controller with an empty database.
netmirror serve >serve.log 2>&1 &
until grep -q '^listening on' serve.log; do kill -0 $! && read -rt 0.05 <> <(:) || true; done
export NETMIRROR_TOKEN=$(sed -n 's/^admin token, shown this once: //p' serve.log)
