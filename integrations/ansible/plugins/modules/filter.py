#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: filter
short_description: Which frames sessions copy
version_added: 1.0.0
description:
  - Makes, changes and takes away a filter of a netmirror controller.
  - A change reaches the devices of every enabled session that names the filter, all or none. In check mode and in diff mode
    the text for each of them is shown.
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - netmirror.netmirror.controller
  - netmirror.netmirror.controller.object
  - netmirror.netmirror.filter_fields
options:
  wait:
    description:
      - Wait until the rollouts of the sessions have ended, and fail where one of them did.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait. What is not finished then goes on by itself, and the task fails.
    type: int
    default: 120
notes:
  - I(rules) is needed with I(state=present).
'''

EXAMPLES = r'''
- name: Only web traffic
  netmirror.netmirror.filter:
    token_file: ~/.netmirror-token
    name: web
    rules:
      - action: deny
        source: 10.9.0.0/16
      - action: permit
        protocol: tcp
        destination_port: 443
'''

RETURN = r'''
filter:
  description: The filter with its spec and status, as the API gives it.
  returned: when it is there and was not only checked
  type: dict
device_text:
  description: What each device is sent.
  returned: in check mode and in diff mode
  type: list
  elements: dict
reasons:
  description: Why it is refused, each with its place in the task.
  returned: when it is refused
  type: list
  elements: dict
'''

import time

from ansible_collections.netmirror.netmirror.plugins.module_utils.controller import Failure, Problem
from ansible_collections.netmirror.netmirror.plugins.module_utils.entries import Entry, main_of, module_of
from ansible_collections.netmirror.netmirror.plugins.module_utils.fields import FILTER
from ansible_collections.netmirror.netmirror.plugins.module_utils.words import texts_of


class Filter(Entry):
    """A filter, whose change reaches devices."""

    def put(self):
        params = self.module.params
        current = self.controller.find(self.path)
        before = current.value['spec'] if current else None
        texts = None
        if self.module.check_mode or self.module._diff:
            try:
                plan = self.controller.ask('PUT', self.path, body=self.body, query={'dryRun': 'true'}).value
                texts = [t for s in plan['sessions'] for t in texts_of(s)]
            except Problem:
                if self.module.check_mode:
                    raise
        if self.module.check_mode:
            return self.result(plan['spec'] != before, before, plan['spec'], texts)
        deadline = time.time() + params['wait_timeout']
        a = self.controller.ask('PUT', self.path, body=self.body, headers=self.conditions(current),
                                wait=params['wait_timeout'] if params['wait'] else 0)
        if params['wait']:
            self.follow(a.value, deadline)
        changed = current is None or a.etag != current.etag
        return self.result(changed, before, a.value['spec'], texts, filter=a.value)

    def follow(self, written, deadline):
        """Wait for the rollouts that a write began."""
        self.told = {'filter': written}
        failed = []
        for r in written['status'].get('rollouts') or []:
            op = self.ended(r['operation'], deadline)
            if op['state'] == 'failed':
                failed.append('session %s: %s' % (r['session'], op.get('message', '')))
        if failed:
            raise Failure('stored, and not on every device:\n  ' + '\n  '.join(failed))


def main():
    module = module_of(FILTER, ['rules'], wait={'type': 'bool', 'default': True}, wait_timeout={'type': 'int', 'default': 120})
    main_of('filter', FILTER, module, Filter)


if __name__ == '__main__':
    main()
