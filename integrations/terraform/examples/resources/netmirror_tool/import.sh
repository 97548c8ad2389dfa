terraform import netmirror_tool.NAME NAME-AT-THE-CONTROLLER
