using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.PeerCases;

/// <summary>What a slave's cable ends in: it keeps what comes and sends what it is told to.</summary>
internal sealed class Recorder(CableEnd end) : IStation
{
    public string Name => end.Cable.Name;

    public bool IsLit { get; private set; } = true;

    public List<NetworkFrame> Frames { get; } = [];

    public void Receive(CableEnd receiving, NetworkFrame frame) => Frames.Add(frame);

    public void SignalChanged(CableEnd changed)
    {
        // A recorder doesn't care.
    }

    /// <summary>Its light goes on or off: the slave's carrier.</summary>
    public void Light(bool on)
    {
        IsLit = on;
        end.Cable.Update();
    }

    public void Send(NetworkFrame frame) => end.Send(frame);
}

/// <summary>
/// One host whose slaves e0, e1 … each end in a <see cref="Recorder"/>: the other systems' virtual ports with scripted link, reception and
/// acceptance. Its end is part of every test: what was taken is given back as it was, and no frame is lost sight of.
/// </summary>
internal sealed class PeerBench : IDisposable
{
    public static readonly HardwareAddress Peer = HardwareAddress.Parse("02:99:00:00:00:10");

    private readonly SimulatedHost _sender;
    private int _sent;

    public PeerBench(int nics, BondMode mode, params ReadOnlySpan<(string Option, string Value)> options)
    {
        Host = Network.AddHost(cores: 1, nics);
        _sender = Network.AddHost(cores: 1, foreseenSlaves: 1);
        Recorders = new Recorder[nics];
        for (int i = 0; i < nics; i++)
        {
            Cable cable = Network.AddCable();
            Recorders[i] = new Recorder(cable.B);
            cable.Plug(Host.AddNic(cable.A), Recorders[i]);
        }

        Host.Stack.Hears = Heard.Add;
        Ok(Host.Set("mode", $"{(int)mode}"));
        Ok(Host.Set("miimon", "100"));
        foreach ((string option, string value) in options)
        {
            Ok(Host.Set(option, value));
        }
    }

    public SimulatedNetwork Network { get; } = new();

    public SimulatedHost Host { get; }

    public Bond Bond => Host.Bond;

    public Recorder[] Recorders { get; }

    /// <summary>What the host's stack has read.</summary>
    public List<NetworkFrame> Heard { get; } = [];

    public HardwareAddress Mac => Host.World.BondAddress;

    public static void Ok(Outcome outcome) => Assert.Equal(Outcome.Ok, outcome);

    /// <summary>Enslaves every interface and brings the bond up.</summary>
    public PeerBench Started()
    {
        EnslaveAll();
        Ok(Host.SetUp(true));
        Network.RunFor(1);
        return this;
    }

    public void EnslaveAll()
    {
        foreach (Nic nic in Host.Nics)
        {
            Ok(Host.Enslave(nic.DeviceName));
        }
    }

    /// <summary>The device as the operating system has it.</summary>
    public SimulatedDevice Device(int nic) => Host.World.Devices[$"e{nic}"];

    public Slave Slave(int nic) => Bond.FindSlave($"e{nic}") ?? throw new ArgumentException($"e{nic} is no slave", nameof(nic));

    /// <summary>The links go down or up, and the bond has the time to find out.</summary>
    public void SetLinks(bool up, params ReadOnlySpan<int> nics)
    {
        foreach (int nic in nics)
        {
            Recorders[nic].Light(up);
        }

        Network.RunFor(150);
    }

    /// <summary>The host sends frames, and they have the time to leave.</summary>
    public void Send(params IEnumerable<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            Host.Stack.Send(new NetworkFrame(Network.NextNumber(), FrameKind.Odd, Host, frame) { Sequence = ++_sent });
            Network.RunFor(0.01);
        }

        Network.RunFor(1);
    }

    /// <summary>The host sends so many datagrams of one flow, each different.</summary>
    public void SendDatagrams(int count) => Send(Enumerable.Range(0, count).Select(_ => Datagram()));

    /// <summary>Frames for the host arrive on a slave.</summary>
    public void Arrive(int nic, int count)
    {
        for (int i = 0; i < count; i++)
        {
            long number = Network.NextNumber();
            byte[] bytes = FrameWriter.UdpDatagram(number, Mac, Peer, IPAddress.Parse("198.18.1.1"), Host.Address, 1);
            Recorders[nic].Send(new NetworkFrame(number, FrameKind.Odd, _sender, bytes) { Sequence = number });
            Network.RunFor(0.01);
        }

        Network.RunFor(1);
    }

    /// <summary>
    /// How many of the test's frames have come out of each slave; what the bond or the stack sent by itself does not count.
    /// </summary>
    public int[] Counts() => [.. Recorders.Select(static recorder => recorder.Frames.Count(static frame => frame.Kind == FrameKind.Odd))];

    public void Forget()
    {
        Heard.Clear();
        foreach (Recorder recorder in Recorders)
        {
            recorder.Frames.Clear();
        }
    }

    /// <summary>
    /// A UDP datagram in which the peer's MAC, its address or its port may be varied; over IPv6 or below a VLAN tag, if wanted.
    /// </summary>
    public byte[] Datagram(int mac = 0, int ip = 0, int port = 0, bool ipv6 = false, bool vlan = false)
    {
        const int UdpLength = 30;
        const byte Udp = 17;
        byte[] frame = new byte[112];
        byte[] destination = Peer.AsSpan().ToArray();
        destination[5] += (byte)mac;
        int at = EthernetFrame.WriteHeader(frame, destination, Mac, vlan ? [0x8100_0005] : [], ipv6 ? EtherType.Ipv6 : EtherType.Ipv4);
        Span<byte> packet = frame.AsSpan(at);
        int header = ipv6 ? 40 : 20;
        packet[0] = ipv6 ? (byte)0x60 : (byte)0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ipv6 ? packet[4..] : packet[2..], (ushort)(ipv6 ? UdpLength : header + UdpLength));
        packet[ipv6 ? 6 : 9] = Udp;
        IPAddress.Parse(ipv6 ? "fd00::1" : "198.18.0.1").TryWriteBytes(packet[(ipv6 ? 8 : 12)..], out _);
        IPAddress.Parse(ipv6 ? "fd00::10" : "198.18.1.16").TryWriteBytes(packet[(ipv6 ? 24 : 16)..], out int length);
        packet[(ipv6 ? 24 : 16) + length - 1] += (byte)ip;
        BinaryPrimitives.WriteUInt16BigEndian(packet[header..], 5000);
        BinaryPrimitives.WriteUInt16BigEndian(packet[(header + 2)..], (ushort)(6000 + (2 * port)));
        BinaryPrimitives.WriteUInt16BigEndian(packet[(header + 4)..], UdpLength);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(frame.Length - sizeof(int)), ++_sent);
        return frame;
    }

    public void Dispose()
    {
        Network.Dispose();
        foreach (Nic nic in Host.Nics)
        {
            Assert.False(nic.IsOpen);
            Assert.True(nic.Device is null || nic.Device.Address == nic.Device.PermanentAddress, $"{nic.Name} did not get its address back");
        }
    }
}
