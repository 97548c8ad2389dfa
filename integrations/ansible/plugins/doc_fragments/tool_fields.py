# Made of the API's OpenAPI document by: go test ./integrations/ansible -run Options -update
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
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
  owner:
    description:
      - "whom to ask"
    type: str
'''
