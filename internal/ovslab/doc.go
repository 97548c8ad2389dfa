// Package ovslab runs a private Open vSwitch with hosts in network namespaces:
// real switching and real packets for tests and for the demonstration, without
// touching an Open vSwitch that may run on the machine.
//
// A Lab is one ovsdb-server and one ovs-vswitchd, started as child processes
// in a folder of their own and ended by process id. Bridges use the userspace
// datapath (datapath_type=netdev), so no kernel module is needed. The switch
// process has a network namespace for its ports and bridges, and a host is another,
// joined to a bridge by a veth pair. Labs run side by side. Everything that Close
// has to remove bears a name that holds the process id and a counter.
//
// It needs Linux, root, and the programs ovsdb-tool, ovsdb-server,
// ovs-vswitchd, ovs-vsctl, ovs-appctl, ip, ethtool and ping. It must not be
// used against a database that it did not make, and the controller must not
// import it.
package ovslab
