using FastBond.Core.Bonds;
using FastBond.Core.Hashing;

namespace FastBond.Benchmarks.Traffic;

/// <summary>Forwarding tables of bonds in which all is well.</summary>
internal static class Tables
{
    /// <summary>Slots 0 and up, every slave usable; in active-backup slot 0 is the active one.</summary>
    public static ForwardingTable Of(int slaves, BondMode mode, TransmitHashPolicy policy, bool watchesHost = false)
    {
        byte[] slots = [.. Enumerable.Range(0, slaves).Select(slot => (byte)slot)];
        ulong all = (1UL << slaves) - 1;
        return new ForwardingTable
        {
            Up = true,
            Mode = mode,
            FirstUsableFrom = slots,
            Usable = slots,
            ActiveSlot = 0,
            IgmpSlot = 0,
            Policy = policy,
            WatchesHost = watchesHost,
            AcceptMask = mode == BondMode.ActiveBackup ? 1 : all,
            SlaveMask = all,
        };
    }
}
