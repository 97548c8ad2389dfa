#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: session_info
short_description: Mirror sessions and what became of them
version_added: 1.0.0
description:
  - Gives sessions of a netmirror controller, each with its spec and status. It changes nothing.
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - netmirror.netmirror.controller
attributes:
  check_mode:
    description: It changes nothing.
    support: full
options:
  name:
    description:
      - One session. The list is empty where there is none of this name.
    type: str
  label_selector:
    description:
      - Those with these labels, such as C(team=voice,env!=lab).
    type: str
  phase:
    description:
      - Those in this phase, such as C(Active) or C(Degraded).
    type: str
  device:
    description:
      - Those that name the device or are placed on it.
    type: str
  tool:
    description:
      - Those that copy to the tool.
    type: str
  filter:
    description:
      - Those that are filtered by the filter.
    type: str
'''

EXAMPLES = r'''
- name: What is not as it should be
  netmirror.netmirror.session_info:
    token_file: ~/.netmirror-token
    phase: Degraded
  register: degraded

- name: Say why
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.status.conditions | selectattr('status', 'eq', 'False') | map(attribute='message') | join('; ') }}"
  loop: "{{ degraded.sessions }}"
'''

RETURN = r'''
sessions:
  description: The sessions by name, each as the API gives it.
  returned: always
  type: list
  elements: dict
  sample:
    - {"name": "phone", "spec": {"enabled": true}, "status": {"phase": "Active", "generation": 1}}
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netmirror.netmirror.plugins.module_utils.controller import (
    Controller, Failure, Problem, controller_options, path_of,
)
from ansible_collections.netmirror.netmirror.plugins.module_utils.words import field_of, refusal

SELECTED_BY = ('label_selector', 'phase', 'device', 'tool', 'filter')


def found(params):
    """The sessions that are asked for."""
    controller = Controller.of(params)
    if params['name']:
        one = controller.find(path_of('sessions', params['name']))
        return [one.value] if one else []
    return list(controller.each('sessions', dict((field_of(s), params[s]) for s in SELECTED_BY)))


def main():
    spec = controller_options()
    spec['name'] = {'type': 'str'}
    spec.update((s, {'type': 'str'}) for s in SELECTED_BY)
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True,
                           mutually_exclusive=[('name', s) for s in SELECTED_BY])
    try:
        sessions = found(module.params)
    except Problem as p:
        module.fail_json(**refusal('sessions', p))
    except Failure as f:
        module.fail_json(msg='sessions: %s' % f)
    module.exit_json(changed=False, sessions=sessions)


if __name__ == '__main__':
    main()
