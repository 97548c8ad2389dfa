terraform import netmirror_filter.NAME NAME-AT-THE-CONTROLLER
