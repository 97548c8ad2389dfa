# The profile that logs in to the switches.
echo demo | netmirror credentials set lab --for 127.0.0.1 --username netmirror
