#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: tool
short_description: A receiver of copies
version_added: 1.0.0
description:
  - Tells a netmirror controller of a tool that receives copies (an IDS, a recorder, a broker), at a port of a device or at an address.
  - In check mode a device that is not stored yet is a warning, because the same play may make it.
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - netmirror.netmirror.controller
  - netmirror.netmirror.controller.object
  - netmirror.netmirror.tool_fields
'''

EXAMPLES = r'''
- name: An IDS at a port of a switch
  netmirror.netmirror.tool:
    token_file: ~/.netmirror-token
    name: ids-1
    device: acc-1
    interface: Gi1/0/23
    owner: security@example.net
'''

RETURN = r'''
tool:
  description: The tool with its spec and status, as the API gives it.
  returned: when it is there and was not only checked
  type: dict
reasons:
  description: Why it is refused, each with its place in the task.
  returned: when it is refused
  type: list
  elements: dict
'''

from ansible_collections.netmirror.netmirror.plugins.module_utils.entries import main_of, module_of
from ansible_collections.netmirror.netmirror.plugins.module_utils.fields import TOOL


def main():
    main_of('tool', TOOL, module_of(TOOL, []))


if __name__ == '__main__':
    main()
