#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: plan
short_description: Plan many changes together, and do them as planned
version_added: 1.0.0
description:
  - Plans devices, tools, filters, sessions and what is to go together, so that sessions find devices and tools that only
    the manifest has. What cannot be is refused with every reason against every object.
  - A plan is kept by the controller and can be applied later by its I(id). Then devices are sent exactly the text of the
    plan, or nothing.
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - netmirror.netmirror.controller
  - netmirror.netmirror.manifest_fields
options:
  id:
    description:
      - A plan that was made before.
    type: str
  state:
    description:
      - C(planned) makes the plan and changes nothing else.
      - C(applied) does what it says. In check mode it is only made.
    type: str
    choices: [planned, applied]
    default: planned
  wait_timeout:
    description:
      - Seconds to wait for the rollouts. What is not finished then goes on by itself, and the task fails.
    type: int
    default: 300
attributes:
  check_mode:
    description: The plan is made and not applied.
    support: full
  diff_mode:
    description: The plan as the text for a change ticket.
    support: full
'''

EXAMPLES = r'''
- name: What would it do?
  netmirror.netmirror.plan:
    token_file: ~/.netmirror-token
    tools:
      - name: ids-1
        device: acc-1
        interface: Gi1/0/23
    sessions:
      - name: phone
        sources:
          - device: acc-1
            interface: Gi1/0/14
        destinations:
          - tool: ids-1
  register: made

- name: For the ticket
  ansible.builtin.debug:
    msg: "{{ made.text.splitlines() }}"

- name: Exactly that
  netmirror.netmirror.plan:
    token_file: ~/.netmirror-token
    id: "{{ made.plan.id }}"
    state: applied
'''

RETURN = r'''
plan:
  description: The plan, as the API gives it. With I(state=applied) C(applied) tells what became of each object.
  returned: when it is not refused
  type: dict
text:
  description: The plan as a text for a change ticket.
  returned: when it is not refused
  type: str
changes:
  description: Whether the plan would change anything.
  returned: when it is not refused
  type: bool
reasons:
  description: Why it is refused, each with its place in the task.
  returned: when it is refused
  type: list
  elements: dict
'''

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netmirror.netmirror.plugins.module_utils.controller import (
    Controller, Failure, Problem, controller_options, path_of,
)
from ansible_collections.netmirror.netmirror.plugins.module_utils.fields import MANIFEST
from ansible_collections.netmirror.netmirror.plugins.module_utils.words import body_of, refusal


def made(controller, params):
    """The plan that is named, or that is made of the manifest."""
    if params['id']:
        return controller.ask('GET', path_of('plans', params['id'])).value
    return controller.ask('POST', 'plans', body=body_of(params, MANIFEST)).value


def applied(controller, plan, patience):
    """Do what the plan says, and wait for its rollouts."""
    deadline = time.time() + patience
    while True:
        left = int(deadline - time.time())
        a = controller.ask('POST', path_of('plans', plan['id'] + ':apply'), wait=max(left, 0))
        if a.status != 202:
            break
        if left <= 0:
            raise Failure('not finished after %d s, and goes on by itself' % patience)
        time.sleep(0.2)
    bad = ['%s %s: %s' % (o['kind'], o['name'], o.get('message') or '; '.join(r['message'] for r in o.get('reasons') or []))
           for o in a.value['applied']['objects'] if o.get('operationState') == 'failed' or o['action'] == 'refused']
    if bad:
        raise Failure('applied, and not all of it is done:\n  ' + '\n  '.join(bad))
    return a.value


def main():
    spec = controller_options()
    spec.update({
        'id': {'type': 'str'},
        'state': {'type': 'str', 'choices': ['planned', 'applied'], 'default': 'planned'},
        'wait_timeout': {'type': 'int', 'default': 300},
    })
    spec.update(MANIFEST)
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True, required_one_of=[['id'] + sorted(MANIFEST)],
                           mutually_exclusive=[('id', kind) for kind in sorted(MANIFEST)])
    result = {'changed': False}
    try:
        controller = Controller.of(module.params)
        plan = made(controller, module.params)
        text = controller.ask('GET', path_of('plans', plan['id']), accept='text/plain').value
        changes = any(o['action'] != 'unchanged' for o in plan['objects'])
        done = bool(plan.get('applied'))
        result.update(plan=plan, text=text, changes=changes)
        if module.params['state'] == 'applied':
            result['changed'] = changes and not done
            if not module.check_mode and (changes or done):
                result['plan'] = applied(controller, plan, module.params['wait_timeout'])
        if module._diff and changes and not done:
            result['diff'] = [{'prepared': text}]
    except Problem as p:
        module.fail_json(**refusal('plan', p))
    except Failure as f:
        result.pop('changed')
        module.fail_json(msg='plan: %s' % f, **result)
    module.exit_json(**result)


if __name__ == '__main__':
    main()
