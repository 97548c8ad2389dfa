# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
name: netmirror
short_description: The switches of a netmirror controller
version_added: 1.0.0
description:
  - Every device of the controller is a host, in the group C(platform_PLATFORM) and in a group C(label_KEY_VALUE) for each of its labels.
  - C(ansible_host) is the address at which the controller configures it, C(ansible_port) the port where that is a command line.
  - Further variables are C(netmirror_platform), C(netmirror_labels), C(netmirror_mode), C(netmirror_maintenance),
    C(netmirror_retired), C(netmirror_reachable) (True, False or Unknown), C(netmirror_facts) and C(netmirror_transports).
  - A source is a file that ends with C(netmirror.yml) or C(netmirror.yaml).
author:
  - The netmirror authors (@netmirror)
extends_documentation_fragment:
  - ansible.builtin.constructed
options:
  plugin:
    description: Says that the file is for this plug-in.
    type: str
    required: true
    choices: [netmirror.netmirror.netmirror]
  url:
    description: Address of the controller.
    type: str
    default: http://127.0.0.1:8420
    env:
      - name: NETMIRROR_URL
  token:
    description:
      - The token; access viewer is enough. It may be a template.
      - Without I(token) and I(token_file) the environment variables C(NETMIRROR_TOKEN) and then C(NETMIRROR_TOKEN_FILE) are used.
    type: str
  token_file:
    description: File with the token.
    type: path
  ca_path:
    description: File of certificates (PEM) that the controller's certificate is signed by. Without it those of the system are trusted.
    type: path
    env:
      - name: NETMIRROR_CA
  timeout:
    description: Seconds that one request may take.
    type: int
    default: 60
  label_selector:
    description: Only devices with these labels, such as C(site=ber,role!=core).
    type: str
  retired:
    description: Also devices that vanished from the source they came from.
    type: bool
    default: false
'''

EXAMPLES = r'''
# netmirror.yml
plugin: netmirror.netmirror.netmirror
url: https://netmirror.example.net:8420
token_file: ~/.netmirror-token
label_selector: site=ber
compose:
  ansible_network_os: >-
    {'cisco_iosxe': 'cisco.ios.ios', 'arista_eos': 'arista.eos.eos'}[netmirror_platform]
groups:
  away: netmirror_reachable == 'False'
keyed_groups:
  - key: netmirror_facts.model
    prefix: model
'''

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.text.converters import to_native
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

from ansible_collections.netmirror.netmirror.plugins.module_utils.controller import Controller, Failure
from ansible_collections.netmirror.netmirror.plugins.module_utils.words import reasons_of, sentence_of


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = 'netmirror.netmirror.netmirror'

    def verify_file(self, path):
        return super(InventoryModule, self).verify_file(path) and path.endswith(('netmirror.yml', 'netmirror.yaml'))

    def parse(self, inventory, loader, path, cache=True):
        super(InventoryModule, self).parse(inventory, loader, path, cache)
        self._read_config_data(path)
        token = self.get_option('token')
        if token and self.templar.is_template(token):
            token = self.templar.template(token)
        try:
            controller = Controller(self.get_option('url'), token, self.get_option('token_file'),
                                    self.get_option('ca_path'), self.get_option('timeout'))
            for device in controller.each('devices', {'labelSelector': self.get_option('label_selector')}):
                if self.get_option('retired') or not device['status'].get('retired'):
                    self.add(device)
        except Failure as f:
            reasons = '; '.join(sentence_of(r) for r in reasons_of(f)) if hasattr(f, 'reasons') else ''
            raise AnsibleParserError('%s%s' % (to_native(f), ': ' + reasons if reasons else ''))

    def add(self, device):
        """Add a device as a host, with its variables and its groups."""
        name, spec, status = device['name'], device['spec'], device['status']
        self.inventory.add_host(name)
        config = spec['transports']['config']
        variables = {
            'ansible_host': config['address'],
            'netmirror_platform': spec['platform'],
            'netmirror_labels': spec.get('labels') or {},
            'netmirror_mode': spec.get('mode'),
            'netmirror_maintenance': bool(spec.get('maintenance')),
            'netmirror_retired': bool(status.get('retired')),
            'netmirror_reachable': status['reachable']['status'],
            'netmirror_facts': status['facts'],
            'netmirror_transports': spec['transports'],
        }
        if config['protocol'] == 'cli' and config.get('port'):
            variables['ansible_port'] = config['port']
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        groups = ['platform_' + spec['platform']]
        groups += ['label_%s_%s' % pair for pair in sorted(variables['netmirror_labels'].items())]
        for group in groups:
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)
        strict = self.get_option('strict')
        self._set_composite_vars(self.get_option('compose'), variables, name, strict=strict)
        variables = self.inventory.get_host(name).get_vars()  # those that were composed, too
        self._add_host_to_composed_groups(self.get_option('groups'), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option('keyed_groups'), variables, name, strict=strict)
