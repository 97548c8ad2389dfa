# Files as the authority of devices and the controller would have them.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=devices -days 2 \
  -keyout /etc/netmirror/devices-ca.key -out /etc/netmirror/devices-ca.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=controller -days 2 \
  -keyout /etc/netmirror/controller.key -out /etc/netmirror/controller.pem
