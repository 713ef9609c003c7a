using FastBond.Core.Bonds;

namespace FastBond.Dataplane.Counters;

/// <summary>
/// Where each counter lies in a bond's counter block, so that any process that maps the file can read and sum it.
/// </summary>
/// <remarks>
/// <code>
/// 0      header: magic (8 bytes) | version, header bytes, cores, rows, row bytes, drop reasons (4 each) | bond name (64, zero-padded)
/// 4096   core 0: row 0 | row 1 | … | row 63 | bond row | host row
///        core 1: …
/// </code>
/// <para>
/// A row is 32 words of 64 bits: <see cref="Counter"/>, then <see cref="DropReason"/>. Rows 0 to 63 are the slaves' slots, from attach to
/// release. What a released slave had is not lost: the bond row is the sum over all slaves that ever were. The host row counts the frames
/// from and to the host port, and those dropped before a slave had anything to do with them (no slave, bad length) or after (host port
/// full): the bond's own drops. A core writes only its own rows, with plain 64-bit stores, and rows share no cache line.
/// A reader adds up the cores; it costs them nothing. All numbers are in the machine's byte order.
/// </para>
/// </remarks>
public static class CounterLayout
{
    /// <summary>"FBCOUNTS", read as a little-endian word.</summary>
    public const ulong Magic = 0x53_54_4e_55_4f_43_42_46;

    /// <summary>Rises whenever a counter changes its place or meaning.</summary>
    public const uint Version = 1;

    /// <summary>Bytes before the first core.</summary>
    public const int HeaderSize = 4096;

    /// <summary>Where the bond's name stands, and for how many bytes.</summary>
    public const int NameOffset = 32;

    /// <summary>Bytes of the name field.</summary>
    public const int NameSize = 64;

    /// <summary>The row of the bond itself.</summary>
    public const int BondRow = ForwardingTable.MaxSlaves;

    /// <summary>The row of the host port.</summary>
    public const int HostRow = BondRow + 1;

    /// <summary>Rows of each core.</summary>
    public const int Rows = HostRow + 1;

    /// <summary>64-bit words of a row.</summary>
    public const int RowWords = 32;

    /// <summary>The first drop reason's word.</summary>
    public const int FirstDrop = (int)Counter.TxBytes + 1;

    /// <summary>How many drop reasons there are.</summary>
    public static readonly int DropReasons = Enum.GetValues<DropReason>().Length;

    /// <summary>Bytes of a block for that many cores.</summary>
    public static long Size(int cores) => HeaderSize + ((long)cores * Rows * RowWords * sizeof(ulong));

    /// <summary>Offset in bytes of a core's row.</summary>
    public static long RowOffset(int core, int row) => HeaderSize + ((((long)core * Rows) + row) * RowWords * sizeof(ulong));
}
