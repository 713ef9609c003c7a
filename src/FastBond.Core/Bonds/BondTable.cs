namespace FastBond.Core.Bonds;

/// <content>The bond's answer to the data plane: the forwarding table, built whole from the state, published if it is news.</content>
public sealed partial class Bond
{
    private void PublishIfChanged()
    {
        PublishTable();
        TellSlaves();
    }

    /// <summary>The cores' part only: whoever calls it sees to it that <see cref="PublishIfChanged"/> comes after.</summary>
    private void PublishTable()
    {
        ForwardingTable table = BuildTable();
        if (!SaysTheSame(table, Table))
        {
            Table = table;
            _effects.Publish(table);
        }
    }

    /// <summary>
    /// What follows from a slave's part and no core has to know: its flag in the kernel; what an ARP monitor needs of backups goes on those that
    /// have become one, and off those that ceased to be.
    /// </summary>
    private void TellSlaves()
    {
        foreach (Slave slave in _slaves)
        {
            if (slave.WasToldInactive != slave.IsInactive)
            {
                slave.WasToldInactive = slave.IsInactive;
                _effects.SetSlaveInactive(slave, slave.IsInactive);
            }

            IReadOnlyList<UInt128> groups = slave.IsActive ? [] : _arpMonitor.GroupsOfBackups;
            if (!ReferenceEquals(slave.Groups, groups))
            {
                slave.Groups = groups;
                _effects.SetSlaveGroups(slave, [.. groups.Select(group => slave.AddressOf(group))]);
            }
        }
    }

    private ForwardingTable BuildTable()
    {
        int count = _slaves.Count;
        byte[] usable = new byte[count];
        int usableCount = 0;
        ulong acceptMask = 0;
        ulong slaveMask = 0;
        ulong watchMask = 0;
        foreach (Slave slave in _slaves)
        {
            ulong bit = 1UL << slave.Slot;
            slaveMask |= bit;
            if (!slave.IsInactive)
            {
                acceptMask |= bit;
            }

            if (_arpMonitor.Validates(slave))
            {
                watchMask |= bit;
            }

            if (_mode.MayTransmit(slave))
            {
                usable[usableCount++] = slave.Slot;
            }
        }

        // From the end to the beginning, starting with what the last position finds when it goes round.
        byte[] firstUsableFrom = new byte[count];
        byte first = usableCount > 0 ? usable[0] : ForwardingTable.NoSlot;
        for (int position = count - 1; position >= 0; position--)
        {
            if (_mode.MayTransmit(_slaves[position]))
            {
                first = _slaves[position].Slot;
            }

            firstUsableFrom[position] = first;
        }

        return new ForwardingTable
        {
            Generation = Table.Generation + 1,
            Up = IsUp,
            Mode = Options.Mode,
            FirstUsableFrom = firstUsableFrom,
            Usable = usable[..usableCount],
            ActiveSlot = ActiveSlave?.Slot ?? ForwardingTable.NoSlot,
            IgmpSlot = _mode.IgmpSlot(this),
            PacketsPerSlave = Options.PacketsPerSlave,
            Policy = Options.XmitHashPolicy,
            HashVlan = Options.HashVlan,
            OwnAddressLastByte = Address.IsEmpty ? (byte)0 : Address.AsSpan()[^1],
            AcceptMask = acceptMask,
            SlaveMask = slaveMask,
            QueueSlots = QueueSlots(),
            IsInfiniband = LinkType == SlaveDevice.Infiniband,
            StampMask = _arpMonitor.IsRunning ? slaveMask : 0,
            StampsOnlyArpAndIpv6 = _arpMonitor.IsRunning && _arpMonitor.Filters,
            WatchMask = _arpMonitor.IsRunning ? watchMask : 0,
            WatchedWords = _arpMonitor.IsRunning ? _arpMonitor.TargetWords : [],
            WatchesHost = IsUp && !HostAddresses.AreAll && (_arpMonitor.IsRunning || (_mode.SelectsActive && Options.NumPeerNotif > 0)),
        };
    }

    /// <summary>By <c>queue_id</c>, in the modes that know it, the slave that a frame of that queue leaves by; empty if no slave has one.</summary>
    private byte[] QueueSlots()
    {
        if (!_mode.OverridesByQueue || _slaves.TrueForAll(static slave => slave.QueueId == 0))
        {
            return [];
        }

        byte[] slots = new byte[Options.TxQueues + 1];
        Array.Fill(slots, ForwardingTable.NoSlot);
        foreach (Slave slave in _slaves)
        {
            if (slave.QueueId != 0 && slave.IsRunning && slave.Link == LinkState.Up)
            {
                slots[slave.QueueId] = slave.Slot;
            }
        }

        return slots;
    }

    /// <summary>Whether both would make a core do the same; the generation does not count.</summary>
    private static bool SaysTheSame(ForwardingTable a, ForwardingTable b) =>
        a.Up == b.Up &&
        a.Mode == b.Mode &&
        a.ActiveSlot == b.ActiveSlot &&
        a.IgmpSlot == b.IgmpSlot &&
        a.PacketsPerSlave == b.PacketsPerSlave &&
        a.Policy == b.Policy &&
        a.HashVlan == b.HashVlan &&
        a.OwnAddressLastByte == b.OwnAddressLastByte &&
        a.AcceptMask == b.AcceptMask &&
        a.SlaveMask == b.SlaveMask &&
        a.IsInfiniband == b.IsInfiniband &&
        a.StampMask == b.StampMask &&
        a.StampsOnlyArpAndIpv6 == b.StampsOnlyArpAndIpv6 &&
        a.WatchMask == b.WatchMask &&
        a.WatchesHost == b.WatchesHost &&
        a.WatchedWords.AsSpan().SequenceEqual(b.WatchedWords) &&
        a.QueueSlots.AsSpan().SequenceEqual(b.QueueSlots) &&
        a.Usable.AsSpan().SequenceEqual(b.Usable) &&
        a.FirstUsableFrom.AsSpan().SequenceEqual(b.FirstUsableFrom);
}
