# Made of the API's OpenAPI document by: go test ./integrations/ansible -run Options -update
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
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
'''
