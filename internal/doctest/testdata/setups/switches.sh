# The switches of the pages.
cat > fabric.yaml <<'YAML'
fabric:
  control: 127.0.0.1:8500
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      ssh: {listen: "127.0.0.1:2201", hostKeySeed: acc-1}
      credentials: [{username: netmirror, password: demo, privilege: 15}]
      config: |
        vlan 110
         name phones
        interface GigabitEthernet1/0/14
         description phone 3F-14
         switchport access vlan 110
        interface GigabitEthernet1/0/23
         description ids-1
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
        monitor session 1 source interface Gi1/0/2
        monitor session 1 destination interface Gi1/0/24
    - name: core
      platform: cisco_iosxe
      model: C9300-24T
      ssh: {listen: "127.0.0.1:2202", hostKeySeed: core}
      credentials: [{username: netmirror, password: demo, privilege: 15}]
      config: |
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
        interface TenGigabitEthernet1/1/2
         switchport mode trunk
    - name: acc-2
      platform: cisco_iosxe
      model: C9300-24T
      ssh: {listen: "127.0.0.1:2203", hostKeySeed: acc-2}
      credentials: [{username: netmirror, password: demo, privilege: 15}]
      config: |
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
    - name: leaf-1
      platform: arista_eos
      ssh: {listen: "127.0.0.1:2204", hostKeySeed: leaf-1}
      credentials: [{username: netmirror, password: demo, privilege: 15}]
  links:
    - {a: "acc-1:Te1/1/1", b: "core:Te1/1/1"}
    - {a: "core:Te1/1/2", b: "acc-2:Te1/1/1"}
  hosts:
    - {at: "acc-1:Gi1/0/14", name: phone-3f-14}
    - {at: "acc-1:Gi1/0/15", name: phone-3f-15}
    - {at: "acc-1:Gi1/0/23", name: ids-1}
    - {at: "acc-2:Gi1/0/24", name: recorder}
    - {at: "leaf-1:Et7", name: server-7}
    - {at: "leaf-1:Et47", name: ids-2}
  traffic:
    - {at: "acc-1:Gi1/0/14", direction: in, bitsPerSecond: 90k, framesPerSecond: 50}
    - {at: "acc-1:Gi1/0/14", direction: out, bitsPerSecond: 90k, framesPerSecond: 50}
    - {at: "acc-1:Gi1/0/15", direction: in, bitsPerSecond: 900M, framesPerSecond: 225000}
    - {at: "leaf-1:Et7", direction: in, bitsPerSecond: 40M, framesPerSecond: 10000}
YAML
netmirror lab -f fabric.yaml >lab.log 2>&1 &
until grep -q 'Ctrl-C' lab.log; do kill -0 $! && read -rt 0.05 <> <(:) || true; done
