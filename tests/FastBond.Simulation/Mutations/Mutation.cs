namespace FastBond.Simulation.Mutations;

/// <summary>
/// One rule of the sources, broken: a piece of text that stands exactly once in a file, and what takes its place. The product has no hook
/// for this; a copy of the sources is changed and built.
/// </summary>
/// <param name="Rule">What no longer holds.</param>
/// <param name="File">Path below src.</param>
/// <param name="Original">What stands there.</param>
/// <param name="Broken">What is put there.</param>
internal sealed record Mutation(string Rule, string File, string Original, string Broken)
{
    /// <summary>The rules that the simulator must be seen to defend.</summary>
    public static readonly IReadOnlyList<Mutation> All =
    [
        new(
            "no data leaves through a slave without carrier",
            "FastBond.Core/Bonds/Slave.cs",
            "public bool CanTransmit => IsRunning && Link == LinkState.Up && IsActive;",
            "public bool CanTransmit => Link == LinkState.Up && IsActive;"),
        new(
            "nothing is accepted from an inactive slave",
            "FastBond.Dataplane/Cores/Lane.cs",
            "(table.AcceptMask >> slot & 1) == 0)",
            "table.SlaveMask == 0)"),
        new(
            "in active-backup exactly one slave is active",
            "FastBond.Core/Modes/ActiveBackup.cs",
            "            bond.SetInactiveFlags(old);",
            "            old.IsInactive |= false;"),
        new(
            "a table says all that has changed",
            "FastBond.Core/Bonds/BondTable.cs",
            "        a.AcceptMask == b.AcceptMask &&\n",
            ""),
        new(
            "the bond has carrier if and only if a link is up",
            "FastBond.Core/Bonds/BondSelection.cs",
            "bool carrier = _slaves.Exists(static slave => slave.Link == LinkState.Up);",
            "bool carrier = _slaves.Exists(static slave => slave.Link != LinkState.Down);"),
        new(
            "frames of a slave leave in the order in which they came",
            "FastBond.Dataplane/Frames/FramePool.cs",
            "        for (ulong rest = set; rest != 0; rest &= rest - 1)\n        {\n            FrameDescriptor* frame = burst + (uint)BitOperations.TrailingZeroCount(rest);",
            "        for (ulong rest = set; rest != 0; rest ^= 1UL << BitOperations.Log2(rest))\n        {\n            FrameDescriptor* frame = burst + BitOperations.Log2(rest);"),
        new(
            "what is dropped is freed",
            "FastBond.Dataplane/Cores/Lane.cs",
            "        _pool.Free(burst, count);\n        _counters.Dropped(row, reason, count);",
            "        _counters.Dropped(row, reason, count);"),
        new(
            "what is dropped is counted",
            "FastBond.Dataplane/Cores/Lane.cs",
            "            Drop(slot, DropReason.RingFull, burst, FrameSet.Without(set, sent));",
            "            _pool.Free(_scratch.List, FrameSet.Copy(burst, FrameSet.Without(set, sent), _scratch.List));"),
        new(
            "no counter runs backwards",
            "FastBond.Dataplane/Cores/Lane.Commands.cs",
            "                if (command.NewSlave)",
            "                if (!command.NewSlave)"),
        new(
            "the slave is the one the hash names",
            "FastBond.Dataplane/Cores/TransmitChooser.cs",
            "FrameSet.Equal(remainders, (byte)remainder)",
            "FrameSet.Equal(remainders, (byte)(divisor.Divisor - 1 - remainder))"),
        new(
            "no two slaves of a bond have one MAC with fail_over_mac follow",
            "FastBond.Core/Bonds/BondAddresses.cs",
            "        if (ChangeAddress(slave, Address, \"new active slave\") && holder is not null)",
            "        if (!ChangeAddress(slave, Address, \"new active slave\") && holder is not null)"),
        new(
            "a released interface gets back the MAC it came with",
            "FastBond.Core/Bonds/BondMembership.cs",
            "        if (slave.Address != slave.OriginalAddress)",
            "        if (slave.Address == slave.OriginalAddress)"),
        new(
            "a link that stays up is used again in the end",
            "FastBond.Core/Monitoring/MiiMonitor.cs",
            "            slave.Delay--;",
            "            slave.Delay -= slave.Link == LinkState.Back ? 0 : 1;"),
        new(
            "a link that is lost is noticed",
            "FastBond.Core/Monitoring/MiiMonitor.cs",
            "        if (slave.IsRunning)\n        {\n            if (slave.Link == LinkState.Up)",
            "        if (slave.Link == LinkState.Up || slave.IsRunning)\n        {\n            if (slave.Link == LinkState.Up)"),
        new(
            "a fail-over is announced",
            "FastBond.Core/Monitoring/PeerNotifications.cs",
            "        _passesLeft = bond.Options.NumPeerNotif * Spacing;",
            "        _passesLeft = 0;"),
        new(
            "a slave named as primary takes over when it is up",
            "FastBond.Core/Bonds/BondOptionHooks.cs",
            "        _forcePrimary = PrimarySlave is not null;",
            "        PrimarySlave = null;"),
        new(
            "a backup that hears nothing is given up by the ARP monitor",
            "FastBond.Core/Monitoring/ArpMonitor.ActiveBackup.cs",
            "            : Probing is null && !IsWithin(heardNs, missedMax + 1);",
            "            : false;"),
        new(
            "the cores note when a slave last received",
            "FastBond.Dataplane/Cores/LaneWatch.cs",
            "            Volatile.Write(ref _lastReceivedNs[slot], nowNs);\n            return false;",
            "            return false;"),
    ];
}
