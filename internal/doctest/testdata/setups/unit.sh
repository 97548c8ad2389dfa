# The controller as the unit of the page starts it.
$(sed -n 's/^ExecStart=//p' /etc/systemd/system/netmirror.service) >unit.log 2>&1 &
until grep -q '^listening on' unit.log; do kill -0 $! && read -rt 0.05 <> <(:) || true; done
