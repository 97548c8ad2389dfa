# Made of the API's OpenAPI document by: go test ./integrations/ansible -run Options -update
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
  description:
    description:
      - "free text for people"
    type: str
  labels:
    description:
      - "for selectors"
    type: dict
  rules:
    description:
      - "in order; the first that matches decides, and what matches none is not copied"
    type: list
    elements: dict
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
'''
