terraform import netmirror_session.NAME NAME-AT-THE-CONTROLLER
