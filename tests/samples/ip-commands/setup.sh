#!/bin/sh
ip link add dev bond0 address 02:00:00:00:00:31 mtu 9000 type bond mode 802.3ad miimon 100 lacp_rate fast \
    xmit_hash_policy layer3+4 ad_select bandwidth min_links 1
ip link set eth0 down; ip link set eth0 master bond0
ip link set dev eth1 down && ip link set dev eth1 master bond0
ip link set eth1 type bond_slave actor_port_prio 10
ip l set bond0 up
ip addr add 192.0.2.31/24 brd + dev bond0
ip -6 a a fd00::31/64 dev bond0
ip route add default via 192.0.2.1 dev bond0 metric 100
ip r a 198.51.100.0/24 via 192.0.2.2 src 192.0.2.31
ip link add link bond0 name bond0.7 type vlan id 7
sysctl -w net.ipv4.ip_forward=1
