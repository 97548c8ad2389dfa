# Made of the API's OpenAPI document by: go test ./integrations/ansible -run Options -update
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
  delete:
    description:
      - "taken away once no session of the manifest uses it"
    type: dict
    suboptions:
      devices:
        description:
          - "devices of the manifest"
        type: list
        elements: str
      filters:
        description:
          - "filters of the manifest"
        type: list
        elements: str
      sessions:
        description:
          - "sessions of the manifest"
        type: list
        elements: str
      tools:
        description:
          - "tools of the manifest"
        type: list
        elements: str
  devices:
    description:
      - "devices of the manifest"
    type: list
    elements: dict
    suboptions:
      confirm:
        description:
          - "timer: the device takes a push back by itself unless it is confirmed, where the platform
            has that; none: a push stands; default: as usual on the platform (timer where that hurts
            nobody else, none elsewhere)"
        type: str
      confirm_grace:
        description:
          - "how late the device may be in taking it back; default 1m30s"
        type: str
      confirm_window:
        description:
          - "within how long a push is to be confirmed; at most 1m, which is the default"
        type: str
      labels:
        description:
          - "for selectors"
        type: dict
      links:
        description:
          - "cables, as somebody declares them; what devices hear of each other is apart"
        type: list
        elements: dict
        suboptions:
          device:
            description:
              - "who is at the other end: the name of a device, or of anything else"
            type: str
            required: true
          interface:
            description:
              - "of the device, in the platform's words"
            type: str
            required: true
          peer_interface:
            description:
              - "of the other end; left out where it is not known"
            type: str
      maintenance:
        description:
          - "no pushes until it ends"
        type: bool
      max_sessions:
        description:
          - "native sessions that the device may hold, foreign ones too; default: the platform's
            limit, which is cautious where the vendor publishes none"
        type: int
      mode:
        description:
          - "full (default), or observe: everything but pushes"
        type: str
      name:
        description:
          - "its name"
        type: str
        required: true
      native_ids:
        description:
          - "native session numbers netmirror may use, taken from the top; default: all of the
            platform"
        type: dict
        suboptions:
          from:
            description:
              - "the first"
            type: int
            required: true
          to:
            description:
              - "the last"
            type: int
            required: true
      persist:
        description:
          - "saving running to startup after a push: if-clean (default), always or never"
        type: str
      platform:
        description:
          - "catalogue key, such as openvswitch or cisco_iosxe"
        type: str
        required: true
      resync:
        description:
          - "how often the device is read when undisturbed; default: the controller's setting, else
            what the platform asks for (5m on a command line, 1m elsewhere)"
        type: str
      transports:
        description:
          - "how the device is reached"
        type: dict
        required: true
        suboptions:
          config:
            description:
              - "for configuring"
            type: dict
            required: true
            suboptions:
              address:
                description:
                  - "host name, IP address, or path of a unix socket"
                type: str
                required: true
              bridge:
                description:
                  - "the virtual switch meant, when the address has several"
                type: str
              credentials:
                description:
                  - "the name of a credentials profile, made on the controller's host by netmirror credentials
                    set"
                type: str
              host_key:
                description:
                  - "strict: no unknown key; SHA256:...: none but this one; or insecure; default: pinned on
                    first use"
                type: str
              idle_close:
                description:
                  - "how long a connection that nothing needs stays open, where the platform does not tell of
                    changes; default 2m"
                type: str
              insecure:
                description:
                  - "of gnmi, for labs. skip-verify: TLS with whoever answers, who is shown the login;
                    plaintext: no TLS, so that the login goes in clear text; default: the server's certificate
                    is verified"
                type: str
              jump_host:
                description:
                  - "an SSH server on the way"
                type: dict
                suboptions:
                  address:
                    description:
                      - "host[:port]"
                    type: str
                    required: true
                  credentials:
                    description:
                      - "the name of its credentials profile"
                    type: str
                    required: true
              keepalive:
                description:
                  - "silence after which the server is probed; default: never over SSH, 5s over OVSDB"
                type: str
              legacy_algorithms:
                description:
                  - "offer the SSH algorithms that old switches need"
                type: bool
              max_reply_bytes:
                description:
                  - "most octets of one reply; default 4194304"
                type: int
              max_write_bytes:
                description:
                  - "most octets in one write to a command line; default 900"
                type: int
              port:
                description:
                  - "default: that of the protocol"
                type: int
              protocol:
                description:
                  - "such as ovsdb, cli, netconf, gnmi or snmp"
                type: str
                required: true
              server_name:
                description:
                  - "the name that the server's certificate must bear; default: the address"
                type: str
              timeouts:
                description:
                  - "how long the device is waited for; default: the controller's settings"
                type: dict
                suboptions:
                  dial:
                    description:
                      - "connecting, login included"
                    type: str
                  push:
                    description:
                      - "one write of configuration with all its answers"
                    type: str
                  read:
                    description:
                      - "silence while output is waited for; it moves while output arrives"
                    type: str
              tls:
                description:
                  - "speak TLS over ovsdb (gnmi is over TLS anyway), with the authorities and the certificate
                    of the controller's settings --device-ca, --device-cert, --device-key"
                type: bool
              type_ahead:
                description:
                  - "auto (default): lines are sent before the one before was answered, until a loss is seen;
                    off: one line at a time"
                type: str
              want_reply:
                description:
                  - "wait for the answers to the requests for a terminal and a shell"
                type: bool
          counters:
            description:
              - "for counters; default: config"
            type: dict
            suboptions:
              address:
                description:
                  - "host name, IP address, or path of a unix socket"
                type: str
                required: true
              bridge:
                description:
                  - "the virtual switch meant, when the address has several"
                type: str
              credentials:
                description:
                  - "the name of a credentials profile, made on the controller's host by netmirror credentials
                    set"
                type: str
              host_key:
                description:
                  - "strict: no unknown key; SHA256:...: none but this one; or insecure; default: pinned on
                    first use"
                type: str
              idle_close:
                description:
                  - "how long a connection that nothing needs stays open, where the platform does not tell of
                    changes; default 2m"
                type: str
              insecure:
                description:
                  - "of gnmi, for labs. skip-verify: TLS with whoever answers, who is shown the login;
                    plaintext: no TLS, so that the login goes in clear text; default: the server's certificate
                    is verified"
                type: str
              jump_host:
                description:
                  - "an SSH server on the way"
                type: dict
                suboptions:
                  address:
                    description:
                      - "host[:port]"
                    type: str
                    required: true
                  credentials:
                    description:
                      - "the name of its credentials profile"
                    type: str
                    required: true
              keepalive:
                description:
                  - "silence after which the server is probed; default: never over SSH, 5s over OVSDB"
                type: str
              legacy_algorithms:
                description:
                  - "offer the SSH algorithms that old switches need"
                type: bool
              max_reply_bytes:
                description:
                  - "most octets of one reply; default 4194304"
                type: int
              max_write_bytes:
                description:
                  - "most octets in one write to a command line; default 900"
                type: int
              port:
                description:
                  - "default: that of the protocol"
                type: int
              protocol:
                description:
                  - "such as ovsdb, cli, netconf, gnmi or snmp"
                type: str
                required: true
              server_name:
                description:
                  - "the name that the server's certificate must bear; default: the address"
                type: str
              timeouts:
                description:
                  - "how long the device is waited for; default: the controller's settings"
                type: dict
                suboptions:
                  dial:
                    description:
                      - "connecting, login included"
                    type: str
                  push:
                    description:
                      - "one write of configuration with all its answers"
                    type: str
                  read:
                    description:
                      - "silence while output is waited for; it moves while output arrives"
                    type: str
              tls:
                description:
                  - "speak TLS over ovsdb (gnmi is over TLS anyway), with the authorities and the certificate
                    of the controller's settings --device-ca, --device-cert, --device-key"
                type: bool
              type_ahead:
                description:
                  - "auto (default): lines are sent before the one before was answered, until a loss is seen;
                    off: one line at a time"
                type: str
              want_reply:
                description:
                  - "wait for the answers to the requests for a terminal and a shell"
                type: bool
          state:
            description:
              - "for operational state; default: config"
            type: dict
            suboptions:
              address:
                description:
                  - "host name, IP address, or path of a unix socket"
                type: str
                required: true
              bridge:
                description:
                  - "the virtual switch meant, when the address has several"
                type: str
              credentials:
                description:
                  - "the name of a credentials profile, made on the controller's host by netmirror credentials
                    set"
                type: str
              host_key:
                description:
                  - "strict: no unknown key; SHA256:...: none but this one; or insecure; default: pinned on
                    first use"
                type: str
              idle_close:
                description:
                  - "how long a connection that nothing needs stays open, where the platform does not tell of
                    changes; default 2m"
                type: str
              insecure:
                description:
                  - "of gnmi, for labs. skip-verify: TLS with whoever answers, who is shown the login;
                    plaintext: no TLS, so that the login goes in clear text; default: the server's certificate
                    is verified"
                type: str
              jump_host:
                description:
                  - "an SSH server on the way"
                type: dict
                suboptions:
                  address:
                    description:
                      - "host[:port]"
                    type: str
                    required: true
                  credentials:
                    description:
                      - "the name of its credentials profile"
                    type: str
                    required: true
              keepalive:
                description:
                  - "silence after which the server is probed; default: never over SSH, 5s over OVSDB"
                type: str
              legacy_algorithms:
                description:
                  - "offer the SSH algorithms that old switches need"
                type: bool
              max_reply_bytes:
                description:
                  - "most octets of one reply; default 4194304"
                type: int
              max_write_bytes:
                description:
                  - "most octets in one write to a command line; default 900"
                type: int
              port:
                description:
                  - "default: that of the protocol"
                type: int
              protocol:
                description:
                  - "such as ovsdb, cli, netconf, gnmi or snmp"
                type: str
                required: true
              server_name:
                description:
                  - "the name that the server's certificate must bear; default: the address"
                type: str
              timeouts:
                description:
                  - "how long the device is waited for; default: the controller's settings"
                type: dict
                suboptions:
                  dial:
                    description:
                      - "connecting, login included"
                    type: str
                  push:
                    description:
                      - "one write of configuration with all its answers"
                    type: str
                  read:
                    description:
                      - "silence while output is waited for; it moves while output arrives"
                    type: str
              tls:
                description:
                  - "speak TLS over ovsdb (gnmi is over TLS anyway), with the authorities and the certificate
                    of the controller's settings --device-ca, --device-cert, --device-key"
                type: bool
              type_ahead:
                description:
                  - "auto (default): lines are sent before the one before was answered, until a loss is seen;
                    off: one line at a time"
                type: str
              want_reply:
                description:
                  - "wait for the answers to the requests for a terminal and a shell"
                type: bool
  filters:
    description:
      - "filters of the manifest"
    type: list
    elements: dict
    suboptions:
      description:
        description:
          - "free text for people"
        type: str
      labels:
        description:
          - "for selectors"
        type: dict
      name:
        description:
          - "its name"
        type: str
        required: true
      rules:
        description:
          - "in order; the first that matches decides, and what matches none is not copied"
        type: list
        elements: dict
        required: true
        suboptions:
          action:
            description:
              - "permit (copied) or deny (not copied)"
            type: str
            required: true
          destination:
            description:
              - "as source"
            type: str
          destination_port:
            description:
              - "as sourcePort"
            type: str
          protocol:
            description:
              - "a number of 0 to 255, or ah, eigrp, esp, gre, icmp, icmpv6, igmp, ospf, pim, tcp, udp"
            type: str
          source:
            description:
              - "an address, or a prefix such as 10.1.0.0/16; 0.0.0.0/0 is any of IPv4, ::/0 any of IPv6"
            type: str
          source_port:
            description:
              - "of tcp or udp: 443, or a range such as 5060-5061"
            type: str
          vlan:
            description:
              - "number of a VLAN"
            type: int
  sessions:
    description:
      - "sessions of the manifest"
    type: list
    elements: dict
    suboptions:
      admission:
        description:
          - "how the predicted load is judged"
        type: dict
        suboptions:
          basis:
            description:
              - "measured (default): p95 of the last hour; worst-case: speeds of links"
            type: str
          max_utilization:
            description:
              - "share of the capacity, default 0.8 or that of the tool; the smaller of both counts"
            type: float
          mode:
            description:
              - "enforce (default): what does not fit is refused; warn; off: nothing is reckoned for this
                session"
            type: str
      delete_policy:
        description:
          - "remove (default), or orphan: leave what is on the devices"
        type: str
      description:
        description:
          - "free text for people"
        type: str
      destinations:
        description:
          - "where copies go; several on one device where its platform can: in one native session, or
            in one each"
        type: list
        elements: dict
        required: true
        suboptions:
          device:
            description:
              - "name of a device"
            type: str
          interface:
            description:
              - "of the device, in the platform's words"
            type: str
          ip:
            description:
              - "IP address of a collector"
            type: str
          tool:
            description:
              - "name of a tool"
            type: str
      drift_policy:
        description:
          - "repair (default) or report"
        type: str
      enabled:
        description:
          - "default true; false takes the session off the devices and keeps the intent"
        type: bool
      erspan:
        description:
          - "what the GRE tunnel of copies to a collector needs"
        type: dict
        suboptions:
          dscp:
            description:
              - "of the outer IP header"
            type: int
          encapsulation:
            description:
              - "erspan (default), or gre: plain GRE of Ethernet frames, where id is the key"
            type: str
          id:
            description:
              - "what the platforms take is in their capabilities (ranges); an ERSPAN header has room for
                1023"
            type: int
            required: true
          mtu:
            description:
              - "octets of the outer packet"
            type: int
          origin:
            description:
              - "source address of the tunnel"
            type: str
          origins:
            description:
              - "source addresses of single devices with sources; each goes before origin"
            type: list
            elements: dict
            suboptions:
              address:
                description:
                  - "an IP address of the device"
                type: str
                required: true
              device:
                description:
                  - "name of a device"
                type: str
                required: true
          ttl:
            description:
              - "of the outer IP header"
            type: int
          type:
            description:
              - "2 or 3"
            type: int
          vrf:
            description:
              - "where the tunnel begins"
            type: str
      filter:
        description:
          - "name of a filter"
        type: str
      filter_vlans:
        description:
          - "copy only frames of these VLANs"
        type: list
        elements: int
      force:
        description:
          - "overrides the guard of the destination; recorded"
        type: bool
      ingress:
        description:
          - "traffic that the destination sends in: disabled (default) or enabled"
        type: str
      kind:
        description:
          - "auto (default), span, rspan or erspan"
        type: str
      labels:
        description:
          - "for selectors"
        type: dict
      lease:
        description:
          - "how long the session lives; its intent stays when that is over"
        type: dict
        suboptions:
          duration:
            description:
              - "from its acceptance, such as 4h or 1h30m"
            type: str
          until:
            description:
              - "an end, RFC 3339"
            type: str
      name:
        description:
          - "its name"
        type: str
        required: true
      native_id:
        description:
          - "pins the native session's number or name"
        type: str
      on_failure:
        description:
          - "rollback (default) or retry"
        type: str
      on_overload:
        description:
          - "what is done when the destination is oversubscribed"
        type: dict
        suboptions:
          action:
            description:
              - "report (default) or relieve"
            type: str
          ladder:
            description:
              - "of relieve: the steps in the order in which they are taken, of truncate, sample, rx-only,
                shed-sources (the source of the lowest priority first, never an essential one) and
                suspend; one at a time, released in reverse"
            type: list
            elements: str
      on_unreachable:
        description:
          - "for a device that is away: refuse (default), or queue: accept on what was last known
            (phase Pending, reason DeviceUnreachable), decide and make it when the device is back"
        type: str
      priority:
        description:
          - "default 50; higher is shed later"
        type: int
      purpose:
        description:
          - "why the session is there"
        type: dict
        suboptions:
          reason:
            description:
              - "in a few words"
            type: str
          ticket:
            description:
              - "number of a change ticket"
            type: str
      rspan:
        description:
          - "the remote VLAN that carries copies between switches"
        type: dict
        suboptions:
          transit:
            description:
              - "devices on the path of the remote VLAN"
            type: list
            elements: dict
            suboptions:
              device:
                description:
                  - "name of a device"
                type: str
                required: true
              trunks:
                description:
                  - "interfaces that carry the remote VLAN"
                type: list
                elements: str
                required: true
          vlan:
            description:
              - "number of a VLAN"
            type: int
            required: true
      sample:
        description:
          - "copy one of so many frames; 0 = every frame"
        type: int
      sources:
        description:
          - "what is copied"
        type: list
        elements: dict
        required: true
        suboptions:
          device:
            description:
              - "name of a device"
            type: str
            required: true
          direction:
            description:
              - "rx (enters the switch), tx or both (default)"
            type: str
          essential:
            description:
              - "never shed by shed-sources, nor left out by rx-only; suspend takes the session as a
                whole"
            type: bool
          interface:
            description:
              - "or a range, in the platform's words; either this or vlan"
            type: str
          priority:
            description:
              - "default 50; higher is shed later"
            type: int
          vlan:
            description:
              - "number of a VLAN"
            type: int
      tags:
        description:
          - "VLAN tags of the copies: preserve (default) or strip"
        type: str
      truncate:
        description:
          - "octets kept of each frame; 0 = whole frames"
        type: int
  tools:
    description:
      - "tools of the manifest"
    type: list
    elements: dict
    suboptions:
      accepts:
        description:
          - "untagged, tagged, erspan2, erspan3, gre"
        type: list
        elements: str
      capacity:
        description:
          - "bits per second on the wire; default: the port's speed"
        type: int
      description:
        description:
          - "free text for people"
        type: str
      device:
        description:
          - "where it is connected"
        type: str
      interface:
        description:
          - "of the device, in the platform's words"
        type: str
      ip:
        description:
          - "instead of device and interface"
        type: str
      labels:
        description:
          - "for selectors"
        type: dict
      max_utilization:
        description:
          - "share of the capacity that copies may use"
        type: float
      name:
        description:
          - "its name"
        type: str
        required: true
      owner:
        description:
          - "whom to ask"
        type: str
'''
