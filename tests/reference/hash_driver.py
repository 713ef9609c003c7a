#!/usr/bin/env python3
"""Answers many frames in one process: hex frames on stdin, one a line (an empty
line is the empty frame); for each one line of hashes, in the order of CASES."""
import sys

from hash_reference import POLICIES, xmit_hash

CASES = [(policy, vlan) for vlan in ('offload', 'inband') for policy in POLICIES]

if __name__ == '__main__':
    frames = [bytes.fromhex(line) for line in sys.stdin.read().split('\n')[:-1]]
    for frame in frames:
        print(*[xmit_hash(policy, frame, 'little', vlan) for policy, vlan in CASES])
