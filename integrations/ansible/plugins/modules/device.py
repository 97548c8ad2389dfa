#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: device
short_description: A switch of a netmirror controller
version_added: 1.0.0
description:
  - Tells a netmirror controller of a switch, or takes its entry away. The switch itself is not touched.
  - Needs a token of access admin.
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - netmirror.netmirror.controller
  - netmirror.netmirror.controller.object
  - netmirror.netmirror.device_fields
notes:
  - I(platform) and I(transports) are needed with I(state=present).
'''

EXAMPLES = r'''
- name: A switch that is reached over SSH
  netmirror.netmirror.device:
    token_file: ~/.netmirror-token
    name: acc-1
    platform: cisco_iosxe
    labels:
      site: ber
    transports:
      config:
        protocol: cli
        address: 192.0.2.11
        credentials: lab
'''

RETURN = r'''
device:
  description: The device with its spec and status, as the API gives it.
  returned: when it is there and was not only checked
  type: dict
reasons:
  description: Why it is refused, each with its place in the task.
  returned: when it is refused
  type: list
  elements: dict
'''

from ansible_collections.netmirror.netmirror.plugins.module_utils.entries import main_of, module_of
from ansible_collections.netmirror.netmirror.plugins.module_utils.fields import DEVICE


def main():
    main_of('device', DEVICE, module_of(DEVICE, ['platform', 'transports']))


if __name__ == '__main__':
    main()
