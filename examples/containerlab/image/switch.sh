#!/bin/sh
# An Open vSwitch in one container: its bridge br0 has every data port of the node. It
# forwards in user space, so that the host needs no kernel module of it.
#
# Its database listens for everybody on the lab's management network, without a login:
# right for a lab, and for nothing else.
set -eu
etc=${OVS_SYSCONFDIR:-/etc}/openvswitch
run=${OVS_RUNDIR:-/var/run/openvswitch}
mkdir -p "$etc" "$run"
[ -f "$etc/conf.db" ] || ovsdb-tool create "$etc/conf.db" "${OVS_SCHEMA:-/usr/share/openvswitch/vswitch.ovsschema}"
ovsdb-server "$etc/conf.db" --remote="punix:$run/db.sock" --remote=ptcp:6640 --pidfile="$run/ovsdb-server.pid" --log-file=/dev/null --detach
version=$(ovs-vswitchd --version | sed -n '1s/.* //p')
ovs-vsctl --db="unix:$run/db.sock" --no-wait init -- set Open_vSwitch . "ovs_version=$version"
ovs-vswitchd "unix:$run/db.sock" --pidfile="$run/ovs-vswitchd.pid" --log-file=/dev/null --detach
ovs-vsctl --db="unix:$run/db.sock" --may-exist add-br br0 -- set bridge br0 datapath_type=netdev
# containerlab makes the cables when the container runs already.
while :; do
  for port in $(ip -o link show | sed -n 's/^[0-9]*: \(eth[1-9][0-9]*\)[@:].*/\1/p'); do
    ovs-vsctl --db="unix:$run/db.sock" port-to-br "$port" >/dev/null 2>&1 && continue
    ip link set "$port" up
    ovs-vsctl --db="unix:$run/db.sock" add-port br0 "$port"
  done
  sleep 2
done
