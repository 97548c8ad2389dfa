terraform import netmirror_device.NAME NAME-AT-THE-CONTROLLER
