# Sessions to have trouble with.
cat > trouble.yaml <<'YAML'
devices:
  - name: acc-1
    platform: cisco_iosxe
    transports: {config: {protocol: cli, address: 127.0.0.1, port: 2201, credentials: lab}}
  - name: leaf-1
    platform: arista_eos
    transports: {config: {protocol: cli, address: 127.0.0.1, port: 2204, credentials: lab}}
tools:
  - {name: ids-1, device: acc-1, interface: Gi1/0/23}
  - {name: ids-2, device: leaf-1, interface: Et47}
sessions:
  - name: phones
    sources: [{device: acc-1, interface: Gi1/0/14}]
    destinations: [{tool: ids-1}]
  - name: server
    sources: [{device: leaf-1, interface: Et7, direction: rx}]
    destinations: [{tool: ids-2}]
YAML
netmirror apply -f trouble.yaml
