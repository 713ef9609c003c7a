using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Simulation.Infiniband;

/// <summary>
/// A host with a bond of InfiniBand slaves and its Ethernet face, as an engine and its cores put them together, and a small stack above that
/// knows nothing but Ethernet.
/// </summary>
internal sealed class FabricHost : SimulatedWorld, IFaceEffects
{
    private const long GiveUpNs = 3_000_000_000;
    private static readonly byte[] Everybody = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

    private readonly Fabric _fabric;
    private readonly byte[] _ip;
    private readonly byte[] _mac;
    private readonly Dictionary<int, byte[]> _neighbors = [];
    private readonly Dictionary<int, byte[]> _everSeen = [];
    private readonly Dictionary<int, long> _waitingSinceNs = [];
    private int _queuePairs;

    public FabricHost(Fabric fabric, int index, string monitor = "miimon=100")
    {
        _fabric = fabric;
        Index = index;
        _ip = [192, 0, 2, (byte)(index + 1)];
        _mac = [2, 0xfa, 0xce, 0, 0, (byte)index];
        BondAddress = new HardwareAddress(_mac);
        Bond = new Bond("bond0", this, BondAddress);
        Face = new EthernetFace(this, BondAddress);
        Face.SetHostAddresses([new FaceAddress(IpKey.From(_ip), 24)]);
        Face.Settle();
        Assert.Equal(Outcome.Ok, Bond.Apply(0, [("mode", "active-backup"), .. monitor.Split(' ').Select(static word => word.Split('=')).Select(static pair => (pair[0], pair[1]))]));
        Bond.SetHostAddresses(0, [new HostAddress(new IPAddress(_ip), [], default) { PrefixLength = 24 }]);
        Create("ib0");
        Create("ib1");
        Bond.SetUp(0, true);
    }

    public int Index { get; }

    public Bond Bond { get; }

    public EthernetFace Face { get; }

    public int Answers { get; private set; }

    /// <summary>A port is there, new or with a new queue pair, and is enslaved.</summary>
    public void Create(string name)
    {
        Add(name, $"00:00:{Index:x2}:{++_queuePairs:x2}:fe:80:00:00:00:00:00:00:00:02:c9:03:00:{Index:x2}:00:{name[^1]:x2}", SlaveDevice.Infiniband);
        Assert.Equal(Outcome.Ok, Bond.Enslave(_fabric.NowNs, name));
        Step();
    }

    /// <summary>A port vanishes: its driver was unloaded.</summary>
    public void Vanish(string name)
    {
        Delete(name);
        if (Bond.Slaves.FirstOrDefault(slave => slave.Name == name) is { } slave)
        {
            Bond.DeviceGone(_fabric.NowNs, slave);
        }

        Step();
    }

    /// <summary>What the control thread does when something has happened or is due.</summary>
    public void Step()
    {
        NowNs = _fabric.NowNs;
        foreach (Slave slave in Bond.Slaves)
        {
            Bond.CarrierChanged(NowNs, slave, Devices[slave.Name].Carrier);
        }

        while (Bond.NextDueNs <= NowNs)
        {
            Bond.Tick(NowNs);
        }

        if (Bond.Slaves.Count > 0)
        {
            Slave active = Bond.ActiveSlave ?? Bond.Slaves[0];
            Face.SetFabric(active.Address, active.Broadcast, [.. Bond.Slaves.Select(static slave => slave.Address)]);
        }

        Face.Tick(NowNs);
    }

    /// <summary>Asks a neighbour for a sign of life, or for its MAC; one that has been silent for long is looked for anew.</summary>
    public void Ping(FabricHost peer)
    {
        if (_waitingSinceNs.TryGetValue(peer.Index, out long sinceNs) && NowNs - sinceNs > GiveUpNs)
        {
            _neighbors.Remove(peer.Index);
            _waitingSinceNs.Remove(peer.Index);
        }

        _waitingSinceNs.TryAdd(peer.Index, NowNs);
        if (_neighbors.TryGetValue(peer.Index, out byte[]? mac))
        {
            FromStack([.. mac, .. _mac, 8, 0, .. Packet(peer._ip, 8)]);
        }
        else
        {
            FromStack([.. Everybody, .. _mac, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, .. _mac, .. _ip, .. new byte[6], .. peer._ip]);
        }
    }

    /// <summary>A slave receives a frame.</summary>
    public unsafe void Receive(string device, byte[] frame)
    {
        Slave? slave = Bond.Slaves.FirstOrDefault(slave => slave.Name == device);
        if (slave is null || !Devices[device].Carrier)
        {
            return;
        }

        Watch(slave, frame);
        if (!Bond.Table.Up || (Bond.Table.AcceptMask >> slave.Slot & 1) == 0)
        {
            return;
        }

        byte[] memory = [.. frame, .. new byte[64]];
        FrameDescriptor descriptor = new() { Length = (uint)frame.Length };
        fixed (byte* start = memory)
        {
            FaceOutcome outcome = Face.Map!.ToHost(start, &descriptor);
            if (outcome == FaceOutcome.Passed)
            {
                ToStack(memory.AsSpan((int)descriptor.Address, (int)descriptor.Length));
                return;
            }
        }

        Face.FromFabric(NowNs, frame);
        Face.Settle();
    }

    public override void Send(Slave slave, ReadOnlySpan<byte> frame) => _fabric.Send(this, slave.Name, frame);

    public override void SetBondAddress(HardwareAddress address) => BondAddress = address;

    public bool SendToFabric(ReadOnlySpan<byte> frame)
    {
        if (Bond.ActiveSlave is { } active && Devices.ContainsKey(active.Name))
        {
            _fabric.Send(this, active.Name, frame);
            return true;
        }

        return false;
    }

    public void SendToHost(ReadOnlySpan<byte> frame) => ToStack(frame);

    public void Publish(FaceMap map)
    {
    }

    public void GroupsChanged()
    {
    }

    public void AskForReports()
    {
    }

    /// <summary>What a core tells of a frame for the ARP monitor.</summary>
    private void Watch(Slave slave, byte[] frame)
    {
        ForwardingTable table = Bond.Table;
        Assert.True(table.IsInfiniband);
        if ((table.StampMask >> slave.Slot & 1) != 0)
        {
            Bond.Heard(_fabric.NowNs, slave, _fabric.NowNs);
        }

        if ((table.WatchMask >> slave.Slot & 1) != 0 && frame[21] != 0)
        {
            Bond.FrameReceived(_fabric.NowNs, slave, frame);
        }
    }

    private unsafe void FromStack(byte[] frame)
    {
        byte[] memory = [.. new byte[FaceMap.Headroom], .. frame];
        FrameDescriptor descriptor = new() { Address = FaceMap.Headroom, Length = (uint)frame.Length };
        fixed (byte* start = memory)
        {
            if (Face.Map!.ToFabric(start, &descriptor) == FaceOutcome.Passed)
            {
                SendToFabric(memory.AsSpan((int)descriptor.Address, (int)descriptor.Length));
                return;
            }
        }

        Face.FromHost(NowNs, frame);
        Face.Settle();
    }

    private void ToStack(ReadOnlySpan<byte> frame)
    {
        Assert.True(frame.Length >= 60, "shorter than Ethernet has it");
        if (frame[13] == 6)
        {
            ReceiveArp(frame[14..]);
            return;
        }

        Assert.Equal(_mac, frame[..6].ToArray());
        ReadOnlySpan<byte> packet = frame[14..];
        int sender = packet[15] - 1;
        if (packet[20] == 0)
        {
            Answers++;
            _waitingSinceNs.Remove(sender);
        }
        else if (_neighbors.TryGetValue(sender, out byte[]? mac))
        {
            FromStack([.. mac, .. _mac, 8, 0, .. Packet(packet.Slice(12, 4), 0)]);
        }
    }

    private void ReceiveArp(ReadOnlySpan<byte> arp)
    {
        int sender = arp[17] - 1;
        byte[] mac = arp.Slice(8, 6).ToArray();
        bool isForUs = arp.Slice(24, 4).SequenceEqual(_ip);
        Assert.NotEqual(Index, sender);

        // Whatever happens on the fabric, the stack's neighbours keep their MACs.
        Assert.Equal(_everSeen.GetValueOrDefault(sender, mac), mac);
        _everSeen[sender] = mac;
        if (isForUs || _neighbors.ContainsKey(sender))
        {
            _neighbors[sender] = mac;
        }

        if (isForUs && arp[7] == 1)
        {
            FromStack([.. mac, .. _mac, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, .. _mac, .. _ip, .. mac, .. arp.Slice(14, 4)]);
        }
    }

    /// <summary>An echo request (type 8) or reply (0), as far as anybody looks here.</summary>
    private byte[] Packet(ReadOnlySpan<byte> to, byte type)
    {
        byte[] packet = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, .. _ip, .. to, type, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)_fabric.Carried);
        return packet;
    }
}
