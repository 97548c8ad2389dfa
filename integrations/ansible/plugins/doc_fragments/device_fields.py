# Made of the API's OpenAPI document by: go test ./integrations/ansible -run Options -update
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
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
  resync:
    description:
      - "how often the device is read when undisturbed; default: the controller's setting, else
        what the platform asks for (5m on a command line, 1m elsewhere)"
    type: str
  transports:
    description:
      - "how the device is reached"
    type: dict
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
'''
