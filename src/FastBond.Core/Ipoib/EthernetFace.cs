using System.Buffers.Binary;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// The Ethernet face of an IPoIB bond (ipoib.md section 9): the host, and whoever is bridged to it, speak Ethernet; the fabric speaks
/// IPoIB. This is its control plane: ARP, neighbour discovery, DHCP, multicast reports, neighbours. Cores translate the rest by the
/// <see cref="FaceMap"/> that is made here.
/// </summary>
/// <remarks>
/// Deterministic as a bond is: fed with frames and the time, in nanoseconds; answers through <see cref="IFaceEffects"/>. Not thread-safe.
/// After frames were given to it, <see cref="Settle"/> makes known what was learnt.
/// </remarks>
public sealed partial class EthernetFace : INeighborWorld
{
    /// <summary>The longest frame there can be, in bytes.</summary>
    public const int MaxFrameLength = 4096;

    private const int HostHeader = EthernetFrame.HeaderLength;
    private const int FabricHeader = IpoibFrame.HeaderLength;
    private const int ShortestEthernet = 60;
    private const int Ipv4HeaderLength = 20;
    private const long AgePeriodNs = 60_000_000_000;

    private readonly IFaceEffects _effects;
    private readonly ulong _mac;
    private readonly NeighborTable _neighbors;
    private readonly HostSide _host = new();
    private readonly MulticastGroups _groups = new();
    private readonly DhcpClients _dhcpClients = new();
    private readonly byte[] _frame = new byte[MaxFrameLength];
    private HardwareAddress _address;
    private HardwareAddress _broadcast = IpoibAddress.DefaultBroadcast;
    private IReadOnlyList<HardwareAddress> _slaveAddresses = [];
    private IReadOnlyList<HardwareAddress> _formerAddresses = [];
    private long _ageDueNs = long.MaxValue;

    /// <summary>A face whose own MAC, the host interface's, is <paramref name="address"/> for ever.</summary>
    public EthernetFace(IFaceEffects effects, HardwareAddress address)
    {
        _effects = effects;
        Address = address;
        _mac = Mac.Read(address.AsSpan());
        _neighbors = new NeighborTable(this, MaxFrameLength);
    }

    /// <summary>The face's own MAC.</summary>
    public HardwareAddress Address { get; }

    /// <summary>What became of the frames that came here.</summary>
    public FaceCounters Counters { get; } = new();

    /// <summary>The neighbours on the fabric, in no order.</summary>
    public IReadOnlyCollection<Neighbor> Neighbors => _neighbors.All;

    /// <summary>The groups the active slave must receive.</summary>
    public IReadOnlyCollection<IpKey> Groups => _groups.All;

    /// <summary>Addresses seen behind the host interface, which are not its own, in no order.</summary>
    public IEnumerable<IpKey> LearntHosts => _host.Learnt.Select(static pair => pair.Ip);

    /// <summary>The link's MTU in bytes of IP packet.</summary>
    public int Mtu { get; set; } = 1500;

    /// <summary>The map that is published.</summary>
    public FaceMap? Map { get; private set; }

    /// <summary>When <see cref="Tick"/> must next be called, in nanoseconds.</summary>
    public long NextDueNs => Math.Min(Math.Min(_neighbors.NextDueNs, _groups.NextDueNs), _ageDueNs);

    /// <summary>
    /// The active slave has changed: where frames come from now. <paramref name="slaveAddresses"/>: of all slaves; what
    /// claims to come from them is our own.
    /// </summary>
    public void SetFabric(HardwareAddress address, HardwareAddress broadcast, IReadOnlyList<HardwareAddress> slaveAddresses)
    {
        _address = address;
        if (!slaveAddresses.SequenceEqual(_slaveAddresses))
        {
            // What a slave sent may come back by another after it has left.
            _formerAddresses = _slaveAddresses;
            _slaveAddresses = slaveAddresses;
        }

        _host.Changed |= broadcast != _broadcast;
        _broadcast = broadcast;
    }

    /// <summary>The addresses that the host interface itself holds.</summary>
    public void SetHostAddresses(IReadOnlyList<FaceAddress> addresses) => _host.SetOwn(addresses);

    /// <summary>A frame of the host's side that the cores left to us.</summary>
    public void FromHost(long nowNs, ReadOnlySpan<byte> frame)
    {
        if (frame.Length is < HostHeader or > MaxFrameLength - FabricHeader + HostHeader)
        {
            Counters.Count(frame.Length < HostHeader ? FaceOutcome.Truncated : FaceOutcome.TooLong);
            return;
        }

        Begin(nowNs);
        ReadOnlySpan<byte> packet = frame[HostHeader..];
        ulong to = Mac.Read(frame);
        ulong from = Mac.Read(frame[HardwareAddress.EthernetLength..]);
        Counters.Count(BinaryPrimitives.ReadUInt16BigEndian(frame[EthernetFrame.TypeOffset..]) switch
        {
            EtherType.Arp => ArpFromHost(nowNs, packet, to),
            EtherType.Ipv4 when packet.Length >= Ipv4HeaderLength => Ipv4FromHost(nowNs, packet, to),
            EtherType.Ipv6 when packet.Length >= NeighborDiscoveryPacket.Ipv6HeaderLength => Ipv6FromHost(nowNs, packet, to, from),
            EtherType.Ipv4 or EtherType.Ipv6 => FaceOutcome.Truncated,
            _ => FaceOutcome.Protocol,
        });
    }

    /// <summary>A frame of the fabric that the cores left to us.</summary>
    public void FromFabric(long nowNs, ReadOnlySpan<byte> frame)
    {
        if (frame.Length is < FabricHeader or > MaxFrameLength)
        {
            Counters.Count(frame.Length < FabricHeader ? FaceOutcome.Truncated : FaceOutcome.TooLong);
            return;
        }

        Begin(nowNs);
        ReadOnlySpan<byte> packet = frame[FabricHeader..];
        Counters.Count(BinaryPrimitives.ReadUInt16BigEndian(frame[IpoibFrame.TypeOffset..]) switch
        {
            EtherType.Arp => ArpFromFabric(nowNs, packet),
            EtherType.Ipv4 when packet.Length >= Ipv4HeaderLength => DhcpFromFabric(packet),
            EtherType.Ipv6 when IsNeighborDiscovery(packet) => NeighborDiscoveryFromFabric(nowNs, packet),
            EtherType.Ipv4 or EtherType.Ipv6 => FaceOutcome.Truncated,
            _ => FaceOutcome.Protocol,
        });
    }

    /// <summary>Does what is due.</summary>
    public void Tick(long nowNs)
    {
        Begin(nowNs);
        _neighbors.Tick(nowNs);
        _groups.Tick(nowNs);
        if (nowNs >= _ageDueNs)
        {
            _host.Age(nowNs);
            _ageDueNs = nowNs + AgePeriodNs;
        }

        Settle();
    }

    /// <summary>Makes known what was learnt since the last time: to the cores, and to the fabric's multicast groups.</summary>
    public void Settle()
    {
        if (_neighbors.Changed || _host.Changed)
        {
            _neighbors.Changed = false;
            _host.Changed = false;
            Map = new FaceMap(_neighbors, _host, _mac, _broadcast);
            _effects.Publish(Map);
        }

        if (_groups.Changed)
        {
            _groups.Changed = false;
            _effects.GroupsChanged();
        }

        if (_groups.MustAsk)
        {
            _groups.MustAsk = false;
            _effects.AskForReports();
        }
    }

    void INeighborWorld.Solicit(Neighbor neighbor, bool everybody)
    {
        IpKey from = _host.Has(neighbor.AskedFrom) ? neighbor.AskedFrom : _host.AnyAddressFor(neighbor.Ip);
        if (!neighbor.Ip.IsIpv4 && from.IsUnspecified)
        {
            // From "::" it would mean something else (RFC 4861 section 4.3).
            return;
        }

        Span<byte> question = stackalloc byte[IpoibFrame.MaxControlLength];
        int length = neighbor.Ip.IsIpv4
            ? IpoibFrame.WriteArpRequest(question, _address, everybody ? _broadcast : neighbor.Address, from, neighbor.Ip)
            : IpoibFrame.WriteSolicitation(question, _address, _broadcast, from, neighbor.Ip, everybody ? default : neighbor.Address);
        _effects.SendToFabric(question[..length]);
    }

    void INeighborWorld.SendWaiting(Neighbor neighbor, Span<byte> frame)
    {
        neighbor.Address.AsSpan().CopyTo(frame);
        Counters.Count(_effects.SendToFabric(frame) ? FaceOutcome.Passed : FaceOutcome.NoSlave);
    }

    void INeighborWorld.Dropped(FaceOutcome outcome) => Counters.Count(outcome);

    private void Begin(long nowNs)
    {
        _groups.NowNs = nowNs;
        _ageDueNs = _ageDueNs == long.MaxValue ? nowNs + AgePeriodNs : _ageDueNs;
    }

    /// <summary>
    /// Sends the packet that stands in <see cref="_frame"/>, behind the room for a header: to whom its MAC and IP address say. Not more
    /// than the MTU.
    /// </summary>
    private FaceOutcome SendPacketToFabric(long nowNs, ushort type, int packetLength, ulong mac, IpKey destination, IpKey source)
    {
        if (packetLength > Mtu)
        {
            return FaceOutcome.TooLong;
        }

        Span<byte> frame = _frame.AsSpan(0, FabricHeader + packetLength);
        IpoibFrame.WriteHeader(frame, _broadcast.AsSpan(), type);
        if (mac != Mac.Broadcast && Mac.IsGroup(mac))
        {
            if (!destination.IsMulticast || destination.IsIpv4 != (type == EtherType.Ipv4))
            {
                return FaceOutcome.NoGroup;
            }

            Span<byte> group = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
            destination.WriteTo(group);
            IpoibAddress.WriteGroup(_broadcast.AsSpan(), group[..destination.Length], frame);
        }
        else if (mac != Mac.Broadcast)
        {
            if (NeighborOf(mac, destination) is not { } ip)
            {
                return FaceOutcome.NoNeighbor;
            }

            FaceOutcome outcome = _neighbors.Use(nowNs, ip, source, frame, out Neighbor? neighbor);
            if (outcome != FaceOutcome.Passed)
            {
                return outcome;
            }

            neighbor!.Address.AsSpan().CopyTo(frame);
        }

        return _effects.SendToFabric(frame) ? FaceOutcome.Passed : FaceOutcome.NoSlave;
    }

    /// <summary>The neighbour that the host means by a MAC: one it stands for, or whose it would be.</summary>
    private IpKey? NeighborOf(ulong mac, IpKey destination) =>
        _neighbors.FindByMac(mac) is { } known ? known.Ip
        : Mac.TryGetIpv4(mac, out IpKey ip) ? ip
        : !destination.IsUnspecified && !destination.IsMulticast && Mac.OfNeighbor(destination, attempt: 0) == mac ? destination
        : null;

    /// <summary>Hands the packet that stands in <see cref="_frame"/>, behind the room for a header, to the host.</summary>
    private FaceOutcome SendPacketToHost(ushort type, int packetLength, ulong to, ulong from)
    {
        if (packetLength > Mtu)
        {
            return FaceOutcome.TooLong;
        }

        Span<byte> header = _frame.AsSpan(FabricHeader - HostHeader, HostHeader);
        Mac.Write(header, to);
        Mac.Write(header[HardwareAddress.EthernetLength..], from);
        BinaryPrimitives.WriteUInt16BigEndian(header[EthernetFrame.TypeOffset..], type);
        int length = Math.Max(ShortestEthernet, HostHeader + packetLength);
        Span<byte> frame = _frame.AsSpan(FabricHeader - HostHeader, length);
        frame[(HostHeader + packetLength)..].Clear();
        _effects.SendToHost(frame);
        return FaceOutcome.Passed;
    }

    /// <summary>Room for a packet, as long as any can be.</summary>
    private Span<byte> PacketRoom => _frame.AsSpan(FabricHeader);

    private bool IsOwn(ReadOnlySpan<byte> address) => IsAmong(_slaveAddresses, address) || IsAmong(_formerAddresses, address);

    private static bool IsAmong(IReadOnlyList<HardwareAddress> addresses, ReadOnlySpan<byte> address)
    {
        foreach (HardwareAddress own in addresses)
        {
            if (IpoibAddress.AreSame(own.AsSpan(), address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsNeighborDiscovery(ReadOnlySpan<byte> packet) =>
        packet.Length > NeighborDiscoveryPacket.Ipv6HeaderLength && packet[6] == IpProtocol.Icmpv6 &&
        NeighborDiscoveryPacket.IsMessage(packet[NeighborDiscoveryPacket.Ipv6HeaderLength]);
}
