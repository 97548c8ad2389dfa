# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    # Where the controller is, and who asks it.
    DOCUMENTATION = r'''
options:
  url:
    description:
      - Address of the controller.
      - If it is not given, the environment variable C(NETMIRROR_URL) is used.
    type: str
    default: http://127.0.0.1:8420
  token:
    description:
      - The token (C(netmirror token create) makes one).
      - Without I(token) and I(token_file) the environment variables C(NETMIRROR_TOKEN) and then C(NETMIRROR_TOKEN_FILE) are used.
    type: str
  token_file:
    description:
      - File with the token, on the machine where the module runs.
    type: path
  ca_path:
    description:
      - File of certificates (PEM) that the controller's certificate is signed by. Without it those of the system are trusted.
      - If it is not given, the environment variable C(NETMIRROR_CA) is used.
    type: path
  timeout:
    description:
      - Seconds that one request may take, apart from what it waits for a rollout.
    type: int
    default: 60
'''

    # What a task says of an object.
    OBJECT = r'''
options:
  name:
    description:
      - Its name.
    type: str
    required: true
  state:
    description:
      - C(present) makes it as the options say. They say the whole of it. What they leave out has its default.
      - C(absent) takes it away.
    type: str
    choices: [present, absent]
    default: present
  if_match:
    description:
      - Write only if this is its version still (the ETag; the number alone will do), C(*) only if it is there.
      - Without it the task writes on what it has read itself, and begins again when somebody else wrote in between.
    type: str
attributes:
  check_mode:
    description: Nothing is changed. The controller decides as it would, and a refusal fails with every reason.
    support: full
  diff_mode:
    description: What is stored before and after, and the text that devices are sent.
    support: full
'''
