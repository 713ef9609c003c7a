using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Core.Monitoring;

/// <summary>
/// Declares links up and down by whether anything is heard through them (link-monitoring.md sections 4 to 8): every <c>arp_interval</c> it
/// judges all slaves by when they last received, then asks the targets. Here is what counts as heard; how active-backup judges
/// and probes, and how the other modes do, stands beside.
/// </summary>
internal sealed partial class ArpMonitor(Bond bond)
{
    /// <summary>Those bits of <c>arp_validate</c> by which only answers count, on the active slave or on backups.</summary>
    public const int Validation = ValidateActive | ValidateBackup;

    private const int ValidateActive = 1, ValidateBackup = 2, Filter = 4;

    private readonly Probes _probes = new(bond);
    private UInt128[] _arpTargets = [];
    private UInt128[] _nsTargets = [];
    private long _passNs = long.MaxValue;
    private long _hintNs = long.MaxValue;

    /// <summary>When <see cref="Run"/> must next be called; <see cref="long.MaxValue"/> while the monitor does not run.</summary>
    public long DueNs => Math.Min(_passNs, _hintNs);

    /// <summary>Whether the monitor runs.</summary>
    public bool IsRunning => _passNs != long.MaxValue;

    /// <summary>Active-backup without a current slave: the one that is asked whether it can become it (the kernel's current_arp_slave).</summary>
    public Slave? Probing { get; private set; }

    /// <summary>Whether of what a slave receives only ARP and IPv6 frames count.</summary>
    public bool Filters => (bond.Options.ArpValidate & Filter) != 0;

    /// <summary>What backups must let in: the groups at which IPv6 targets are asked for, if the answers are validated. The same list until it changes.</summary>
    public IReadOnlyList<UInt128> GroupsOfBackups { get; private set; } = [];

    /// <summary>The last four bytes of each target's address, as they are loaded from a frame.</summary>
    public uint[] TargetWords { get; private set; } = [];

    private long IntervalNs => bond.Options.ArpInterval * Clock.Millisecond;

    /// <summary>Runs from now on, beginning with a pass.</summary>
    public void Start()
    {
        _passNs = bond.NowNs;
        if (bond.Options.ArpIpTargets.Count + bond.Options.NsIp6Targets.Count == 0)
        {
            bond.Log(LogPriority.Warning, "ARP monitoring has been set up, but no ARP targets have been specified");
        }
    }

    /// <summary>Runs no more; links stay as they are, and none is probed any longer.</summary>
    public void Stop()
    {
        _passNs = long.MaxValue;
        _hintNs = long.MaxValue;
        ForgetProbing();
    }

    /// <summary>A new slave: what it did before it came does not count, nor does that it did nothing.</summary>
    public void Enslaved(Slave slave)
    {
        slave.LastRxNs = bond.NowNs - IntervalNs - Clock.Jiffy;
        slave.LastTxNs = slave.LastRxNs;
        Array.Fill(slave.TargetRxNs, slave.LastRxNs);
    }

    /// <summary>A slave leaves.</summary>
    public void Released(Slave slave)
    {
        if (slave == Probing)
        {
            Probing = null;
        }
    }

    /// <summary>A slave's transmit ring hangs: it is judged now, the others when their time has come.</summary>
    public void Hint()
    {
        if (IsRunning)
        {
            _hintNs = bond.NowNs;
        }
    }

    /// <summary>
    /// The lists of targets were written, or what is validated. A target that is new counts as heard just now.
    /// </summary>
    public void TargetsWritten()
    {
        _arpTargets = Renumber(_arpTargets, bond.Options.ArpIpTargets, first: 0);
        _nsTargets = Renumber(_nsTargets, bond.Options.NsIp6Targets, first: Slave.TargetsOfAKind);
        TargetWords = [.. _arpTargets.Concat(_nsTargets).Select(IpNumber.LastWordOf)];
        bool validates = bond.Mode.SelectsActive && bond.Options.ArpValidate != 0;
        UInt128[] groups = validates ? [.. _nsTargets.Select(IpNumber.SolicitedNode).Distinct()] : [];
        GroupsOfBackups = GroupsOfBackups.SequenceEqual(groups) ? GroupsOfBackups : groups;
    }

    /// <summary>Whether only an answer counts on this slave; else anything that it receives.</summary>
    public bool Validates(Slave slave) => (bond.Options.ArpValidate & (slave.IsActive ? ValidateActive : ValidateBackup)) != 0;

    /// <summary>A slave was seen to have received something, of the kind that counts.</summary>
    public void Heard(Slave slave, long timeNs)
    {
        if (IsRunning && !Validates(slave))
        {
            slave.LastRxNs = Math.Max(slave.LastRxNs, timeNs);
        }
    }

    /// <summary>A slave received an ARP packet or neighbour discovery.</summary>
    public void Received(Slave slave, long timeNs, ReadOnlySpan<byte> bytes)
    {
        if (!IsRunning)
        {
            return;
        }

        if (!Validates(slave))
        {
            Heard(slave, timeNs);
        }
        else if (slave.LinkType == SlaveDevice.Infiniband)
        {
            ReceivedFromFabric(slave, timeNs, bytes);
        }
        else if (EthernetFrame.TryParse(bytes, out EthernetFrame frame))
        {
            // What is meant for another host says nothing: a switch may flood it anywhere.
            bool isGroups = (frame.Destination[0] & 1) != 0;
            if (isGroups || frame.Destination.SequenceEqual(slave.Address.AsSpan()))
            {
                ReceivedPacket(slave, timeNs, frame.Type, frame.Payload);
            }
        }
    }

    /// <summary>A fabric delivers nothing that is meant for others, and tells nobody whom it was meant for.</summary>
    private void ReceivedFromFabric(Slave slave, long timeNs, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= IpoibFrame.HeaderLength)
        {
            ReceivedPacket(
                slave, timeNs, BinaryPrimitives.ReadUInt16BigEndian(bytes[IpoibFrame.TypeOffset..]), bytes[IpoibFrame.HeaderLength..]);
        }
    }

    private void ReceivedPacket(Slave slave, long timeNs, ushort type, ReadOnlySpan<byte> packet)
    {
        // The kernel knows only Ethernet's ARP, so that on InfiniBand it can validate nothing; here it is the slave's own kind that counts.
        if (type == EtherType.Arp && ArpMessage.TryParse(packet, (ushort)slave.LinkType, slave.Address.Length, out ArpMessage arp))
        {
            Validate(slave, timeNs, IpNumber.OfIpv4(arp.SenderIp), IpNumber.OfIpv4(arp.TargetIp), arp.Operation == ArpMessage.Reply);
        }
        else if (type == EtherType.Ipv6 && NeighborPacket.TryParse(packet, out NeighborPacket neighbor))
        {
            Validate(slave, timeNs, neighbor.Source, neighbor.Destination, isAnswer: true);
        }
    }

    /// <summary>Does the pass that is due; true if a slave changed.</summary>
    public bool Run()
    {
        bool regular = _passNs <= bond.NowNs;
        _hintNs = long.MaxValue;
        if (regular)
        {
            _passNs = bond.NowNs + IntervalNs;
        }

        return bond.Slaves.Count > 0 && (bond.Mode.SelectsActive ? RunActiveBackup(regular) : RunLoadBalancing(regular));
    }

    /// <summary>Whether something that was done then is no longer ago than so many intervals, and a half to be lenient.</summary>
    private bool IsWithin(long timeNs, int intervals) =>
        bond.NowNs >= timeNs - IntervalNs && bond.NowNs <= timeNs + (intervals * IntervalNs) + (IntervalNs / 2);

    /// <summary>
    /// When the slave last gave a sign of life; with <c>arp_all_targets</c> in active-backup, when the target did that has been silent for longest.
    /// </summary>
    private long LastReceived(Slave slave)
    {
        if (!bond.Options.ArpAllTargets || _arpTargets.Length + _nsTargets.Length == 0)
        {
            return slave.LastRxNs;
        }

        long oldest = long.MaxValue;
        foreach (long timeNs in slave.TargetRxNs.AsSpan(0, _arpTargets.Length))
        {
            oldest = Math.Min(oldest, timeNs);
        }

        foreach (long timeNs in slave.TargetRxNs.AsSpan(Slave.TargetsOfAKind, _nsTargets.Length))
        {
            oldest = Math.Min(oldest, timeNs);
        }

        return oldest;
    }

    /// <summary>
    /// Section 5: an active slave must hear a target answer us. A backup hears our own question, sent by a current slave that is known
    /// to work; while there is none, it hears what the probing slave is answered.
    /// </summary>
    private void Validate(Slave slave, long timeNs, UInt128 sender, UInt128 receiver, bool isAnswer)
    {
        if (slave.IsActive)
        {
            Accept(slave, timeNs, sender, receiver);
        }
        else if (bond.ActiveSlave is { } current && LastReceived(current) > current.LastLinkUpNs)
        {
            Accept(slave, timeNs, receiver, sender);
        }
        else if (isAnswer && Probing is { } probing && IsWithin(probing.LastTxNs, 1))
        {
            Accept(slave, timeNs, sender, receiver);
        }
    }

    private void Accept(Slave slave, long timeNs, UInt128 target, UInt128 own)
    {
        int slot = SlotOf(target);
        if (slot >= 0 && (bond.HostAddresses.IsOwn(own) || (own == IpNumber.AllNodes && slot >= Slave.TargetsOfAKind)))
        {
            slave.LastRxNs = timeNs;
            slave.TargetRxNs[slot] = timeNs;
        }
    }

    /// <summary>The place of a target in <see cref="Slave.TargetRxNs"/>; an IPv6 target also stands for the group at which it is asked for.</summary>
    private int SlotOf(UInt128 address)
    {
        int index = Array.IndexOf(_arpTargets, address);
        if (index >= 0)
        {
            return index;
        }

        for (int i = 0; i < _nsTargets.Length; i++)
        {
            if (_nsTargets[i] == address || IpNumber.SolicitedNode(_nsTargets[i]) == address)
            {
                return Slave.TargetsOfAKind + i;
            }
        }

        return -1;
    }

    /// <summary>
    /// The numbers of a list's addresses. One that was only lengthened or shortened by one, as sysfs does, keeps what was
    /// heard of the others; a list that replaces another, as by netlink, begins anew.
    /// </summary>
    private UInt128[] Renumber(UInt128[] old, IReadOnlyList<IPAddress> addresses, int first)
    {
        UInt128[] numbers = [.. addresses.Select(IpNumber.Of)];
        bool lengthened = numbers.Length == old.Length + 1 && numbers.AsSpan().StartsWith(old);
        int removed = numbers.Length == old.Length - 1 ? old.AsSpan().CommonPrefixLength(numbers) : -1;
        bool shortened = removed >= 0 && old.AsSpan(removed + 1).SequenceEqual(numbers.AsSpan(removed));
        foreach (Slave slave in bond.Slaves)
        {
            Span<long> times = slave.TargetRxNs.AsSpan(first, Slave.TargetsOfAKind);
            if (shortened)
            {
                times[(removed + 1)..].CopyTo(times[removed..]);
            }
            else if (!numbers.AsSpan().SequenceEqual(old))
            {
                times[(lengthened ? old.Length : 0)..].Fill(bond.NowNs);
            }
        }

        return numbers;
    }
}
