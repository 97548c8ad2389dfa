# SPDX-License-Identifier: Apache-2.0
"""What the modules of devices, tools and filters have in common."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netmirror.netmirror.plugins.module_utils.controller import (
    Controller, Failure, Problem, controller_options, path_of,
)
from ansible_collections.netmirror.netmirror.plugins.module_utils.words import (
    body_of, diff_of, reasons_of, refusal, sentence_of, yet_to_come,
)

WRITES = 4  # tries of a write, when others write in between
LOOKS = (0.2, 2.0)  # seconds between looks at what goes on, at first and at last


def module_of(fields, needed, **more):
    """A module that makes an object with these fields, which needs some of them."""
    spec = controller_options()
    spec.update({
        'name': {'type': 'str', 'required': True},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
        'if_match': {'type': 'str'},
    })
    spec.update(more)
    spec.update(fields)
    required = [('state', 'present', needed)] if needed else []
    return AnsibleModule(argument_spec=spec, required_if=required, supports_check_mode=True)


def main_of(kind, fields, module, entry_class=None):
    """Run a module; what goes wrong is told with every reason."""
    what = '%s %s' % (kind, module.params['name'])
    entry = None
    try:
        entry = (entry_class or Entry)(module, Controller.of(module.params), kind, fields)
        result = entry.absent() if module.params['state'] == 'absent' else entry.present()
    except Problem as p:
        told = refusal(what, p, entry.below if entry else '')
        told.update(entry.told if entry else {})
        module.fail_json(**told)
    except Failure as f:
        module.fail_json(msg='%s: %s' % (what, f), **(entry.told if entry else {}))
    module.exit_json(**result)


def etag_of(text):
    """An ETag as it is sent; people write the number alone."""
    if not text or text == '*' or '"' in text:
        return text
    return '"%s"' % text


class Entry(object):
    """An object of the controller as a task wants it."""

    def __init__(self, module, controller, kind, fields):
        self.module, self.controller, self.kind = module, controller, kind
        self.name = module.params['name']
        self.list = kind + 's'
        self.path = path_of(self.list, self.name)
        self.body = body_of(module.params, fields)
        self.below = ''  # pointer of the object in what was sent last
        self.told = {}   # what a failure tells besides

    @property
    def what(self):
        return '%s %s' % (self.kind, self.name)

    def result(self, changed, before, after, texts=None, **more):
        """What the module gives back."""
        result = dict(more, changed=changed)
        if self.module._diff and changed:
            result['diff'] = diff_of(self.what, before, after, texts)
        if texts is not None:
            result['device_text'] = texts
        return result

    def conditions(self, current):
        """On what condition it is written: that nobody wrote since it was read."""
        given = etag_of(self.module.params['if_match'])
        if given:
            return {'If-Match': given}
        return {'If-Match': current.etag} if current else {'If-None-Match': '*'}

    def written(self, write):
        """Write, and again when somebody else did in between; write reads first."""
        for left in range(WRITES - 1, -1, -1):
            try:
                return write()
            except Problem as p:
                if p.status != 412 or self.module.params['if_match'] or left == 0:
                    raise

    def ended(self, operation, deadline):
        """A rollout once it has ended, or as it is when the time is over."""
        pause = LOOKS[0]
        while True:
            op = self.controller.ask('GET', path_of('operations', operation)).value
            if op['state'] not in ('running', 'rolling-back'):
                return op
            if time.time() >= deadline:
                raise Failure('not finished within wait_timeout, and goes on by itself (operation %s) %s'
                              % (operation, op.get('message', '')))
            time.sleep(pause)
            pause = min(pause * 1.5, LOOKS[1])

    # Devices and tools have no dry run of their own: a plan of a manifest is one.

    def planned(self, manifest, pointer):
        """What becomes of the object by a plan, which changes nothing."""
        self.below = pointer
        plan = self.controller.ask('POST', 'plans', body=manifest).value
        self.below = ''
        return next(o for o in plan['objects'] if o['kind'] == self.kind and o['name'] == self.name)

    def would_be(self, current):
        """Check mode of present."""
        before = current.value['spec'] if current else None
        try:
            o = self.planned({self.list: [dict(self.body, name=self.name)]}, '/%s/0' % self.list)
        except Problem as p:
            if not yet_to_come(p):
                raise
            self.not_yet(p)
            return self.result(True, before, self.body)
        if o['action'] == 'unchanged':
            return self.result(False, before, before)
        return self.result(True, before, o.get('after'))

    def not_yet(self, problem):
        """Warn of what is missing, which a task before this one may make."""
        for r in reasons_of(problem, self.below):
            self.module.warn('%s: %s; nothing more can be checked, unless the play makes it before' % (self.what, sentence_of(r)))

    def present(self):
        return self.written(self.put)

    def put(self):
        current = self.controller.find(self.path)
        if self.module.check_mode:
            return self.would_be(current)
        a = self.controller.ask('PUT', self.path, body=self.body, headers=self.conditions(current))
        changed = current is None or a.etag != current.etag
        return self.result(changed, current.value['spec'] if current else None, a.value['spec'], **{self.kind: a.value})

    def absent(self):
        return self.written(self.delete)

    def delete(self):
        current = self.controller.find(self.path)
        if current is None:
            return self.result(False, None, None)
        before = current.value['spec']
        if self.module.check_mode:
            try:
                self.planned({'delete': {self.list: [self.name]}}, '/delete/%s/0' % self.list)
            except Problem as p:
                if p.status != 409:
                    raise
                for r in reasons_of(p, self.below):
                    self.module.warn('%s: %s; it would be refused, unless the play ends that before' % (self.what, r['message']))
        else:
            self.controller.ask('DELETE', self.path, headers=self.conditions(current))
        return self.result(True, before, None)
