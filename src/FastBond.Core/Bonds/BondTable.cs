namespace FastBond.Core.Bonds;

/// <content>The bond's answer to the data plane: the forwarding table, built whole from the state, published if it is news.</content>
public sealed partial class Bond
{
    private void PublishIfChanged()
    {
        ForwardingTable table = BuildTable();
        if (!SaysTheSame(table, Table))
        {
            Table = table;
            _effects.Publish(table);
        }
    }

    private ForwardingTable BuildTable()
    {
        int count = _slaves.Count;
        byte[] usable = new byte[count];
        int usableCount = 0;
        ulong acceptMask = 0;
        ulong slaveMask = 0;
        foreach (Slave slave in _slaves)
        {
            ulong bit = 1UL << slave.Slot;
            slaveMask |= bit;
            if (!slave.IsInactive)
            {
                acceptMask |= bit;
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
        };
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
        a.Usable.AsSpan().SequenceEqual(b.Usable) &&
        a.FirstUsableFrom.AsSpan().SequenceEqual(b.FirstUsableFrom);
}
