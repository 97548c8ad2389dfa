#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: session
short_description: A mirror session on switches
version_added: 1.0.0
description:
  - Makes, changes and takes away a mirror session (SPAN, RSPAN or ERSPAN) through a netmirror controller.
  - Success means that it was read back from the devices, unless I(wait) is off.
  - In check mode the controller decides whether it can be done, and gives the text that each device would be sent. A device,
    tool or filter that is not stored yet is a warning, because the same play may make it.
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - netmirror.netmirror.controller
  - netmirror.netmirror.controller.object
  - netmirror.netmirror.session_fields
options:
  wait:
    description:
      - Wait until the rollout has ended, and fail where it did. Without it the task ends when the session is accepted.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait. What is not finished then goes on by itself, and the task fails.
    type: int
    default: 120
  renew:
    description:
      - When a lease begins anew although nothing of the session changes. C(never), C(expired) when it is over and the session
        has left its devices, or C(always), so that the session lives for as long as the play is run again in time.
      - A lease with C(until) is not begun anew; it needs another time.
    type: str
    choices: [never, expired, always]
    default: never
    version_added: 1.1.0
notes:
  - I(sources) and I(destinations) are needed with I(state=present).
  - With I(state=absent), I(delete_policy) goes before the session's own, and C(orphan) leaves the devices as they are.
  - Another spelling of the same port (Gi1/0/14, GigabitEthernet1/0/14) is no change.
'''

EXAMPLES = r'''
- name: Copy a phone's port to the analyser for four hours
  netmirror.netmirror.session:
    url: https://netmirror.example.net:8420
    token_file: ~/.netmirror-token
    name: phone
    sources:
      - device: acc-1
        interface: Gi1/0/14
    destinations:
      - tool: ids-1
    lease:
      duration: 4h
    purpose:
      ticket: INC-4711

- name: Copy it for as long as this play runs at least every four hours
  netmirror.netmirror.session:
    url: https://netmirror.example.net:8420
    token_file: ~/.netmirror-token
    name: phone
    sources:
      - device: acc-1
        interface: Gi1/0/14
    destinations:
      - tool: ids-1
    lease:
      duration: 4h
    renew: always

- name: Take it away
  netmirror.netmirror.session:
    url: https://netmirror.example.net:8420
    token_file: ~/.netmirror-token
    name: phone
    state: absent
'''

RETURN = r'''
session:
  description: The session with its spec and status, as the API gives it.
  returned: when it is there and was not only checked
  type: dict
  sample: {"name": "phone", "status": {"phase": "Active", "generation": 1}}
plan:
  description: What would be done, as the API's dry run gives it.
  returned: in check mode
  type: dict
device_text:
  description: What each device is sent.
  returned: in check mode and in diff mode
  type: list
  elements: dict
  sample:
    - device: acc-1
      format: cli
      text: |
        monitor session 66 source interface GigabitEthernet1/0/14 both
      undo: |
        no monitor session 66
reasons:
  description: Why it is refused, each with its place in the task.
  returned: when it is refused
  type: list
  elements: dict
  sample:
    - {place: "sources[0].interface", code: no-such-port, message: "device acc-1 has no port GigabitEthernet1/0/99"}
proposals:
  description: Changes that would be accepted where it is too much for its destination, the best first.
  returned: when it is refused for its load
  type: list
  elements: dict
'''

from ansible_collections.netmirror.netmirror.plugins.module_utils.entries import main_of, module_of
from ansible_collections.netmirror.netmirror.plugins.module_utils.fields import SESSION
from ansible_collections.netmirror.netmirror.plugins.module_utils.sessions import Session


def main():
    module = module_of(SESSION, ['sources', 'destinations'],
                       wait={'type': 'bool', 'default': True}, wait_timeout={'type': 'int', 'default': 120},
                       renew={'type': 'str', 'choices': ['never', 'expired', 'always'], 'default': 'never'})
    main_of('session', SESSION, module, Session)


if __name__ == '__main__':
    main()
