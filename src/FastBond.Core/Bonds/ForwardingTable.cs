using FastBond.Core.Hashing;

namespace FastBond.Core.Bonds;

/// <summary>
/// All that a poll core must know to move a burst, in one immutable object: the control plane builds it whole at every event and
/// publishes it by one store; a core reads it once a turn, so that one burst sees one table. Slaves are named by slot: a small number
/// that stays with a slave from enslave to release, while its place in enslave order may change.
/// </summary>
public sealed class ForwardingTable
{
    /// <summary>Most slaves one bond can have; also the range of a slot.</summary>
    public const int MaxSlaves = 64;

    /// <summary>"No slave": the frame is dropped and counted.</summary>
    public const byte NoSlot = 255;

    /// <summary>The table of a bond that has nothing: transmits nothing, accepts nothing.</summary>
    public static readonly ForwardingTable Empty = new();

    /// <summary>Counts up by one at every publication of a bond; cores show the generation they work with.</summary>
    public long Generation { get; init; }

    /// <summary>Whether the bond is administratively up; otherwise nothing is transmitted or accepted.</summary>
    public bool Up { get; init; }

    /// <summary>The bond's mode.</summary>
    public BondMode Mode { get; init; }

    /// <summary>
    /// For each position of the enslave order (all slaves, usable or not) the slot of the first slave from there on, going round once,
    /// that can transmit; <see cref="NoSlot"/> if none can. The whole of balance-rr's and xor24's choice; its length is the number of slaves.
    /// </summary>
    public byte[] FirstUsableFrom { get; init; } = [];

    /// <summary>Slots of the slaves that can transmit, in enslave order: the hash modes' list (modes.md section 3). Broadcast: all it copies to.</summary>
    public byte[] Usable { get; init; } = [];

    /// <summary>Slot of the current active slave, whatever its state, or <see cref="NoSlot"/>.</summary>
    public byte ActiveSlot { get; init; } = NoSlot;

    /// <summary>Slot that carries IGMP in balance-rr: the current slave even if it is down, else the first that can transmit.</summary>
    public byte IgmpSlot { get; init; } = NoSlot;

    /// <summary>Option <c>packets_per_slave</c>: 0 random, else frames in a row on one slave.</summary>
    public int PacketsPerSlave { get; init; } = 1;

    /// <summary>Option <c>xmit_hash_policy</c>.</summary>
    public TransmitHashPolicy Policy { get; init; }

    /// <summary>Option <c>hash_vlan</c>.</summary>
    public HashVlan HashVlan { get; init; }

    /// <summary>Last byte of the bond's own address, for <see cref="TransmitHashPolicy.Xor24"/>.</summary>
    public byte OwnAddressLastByte { get; init; }

    /// <summary>Bit n: frames received on slot n are delivered to the bond (its inactive flag is not set).</summary>
    public ulong AcceptMask { get; init; }

    /// <summary>Bit n: slot n has a slave.</summary>
    public ulong SlaveMask { get; init; }

    /// <summary>
    /// By transmit queue, in balance-rr and active-backup, the slot whose option <c>queue_id</c> it is, or <see cref="NoSlot"/> if that
    /// slave can't be used; empty if no slave has one. A frame for such a queue leaves by that slot, the others as the mode says.
    /// </summary>
    public byte[] QueueSlots { get; init; } = [];

    /// <summary>Whether the slaves are InfiniBand interfaces, whose frames have IPoIB's header in front.</summary>
    public bool IsInfiniband { get; init; }

    /// <summary>Bit n: when slot n last received is to be noted, for the ARP monitor.</summary>
    public ulong StampMask { get; init; }

    /// <summary>Whether only ARP and IPv6 frames count for <see cref="StampMask"/> (the filter values of <c>arp_validate</c>).</summary>
    public bool StampsOnlyArpAndIpv6 { get; init; }

    /// <summary>
    /// Bit n: of ARP packets and neighbour discovery received on slot n that name one of <see cref="WatchedWords"/>, the control plane gets
    /// a copy, whether or not they are delivered.
    /// </summary>
    public ulong WatchMask { get; init; }

    /// <summary>The last four bytes of each address watched for, as they are loaded from a frame.</summary>
    public uint[] WatchedWords { get; init; } = [];

    /// <summary>Whether the control plane gets a copy of the ARP packets and neighbour discovery that the host sends, to learn its addresses.</summary>
    public bool WatchesHost { get; init; }
}
