using System.Buffers.Binary;

namespace FastBond.Simulation.Network;

/// <summary>One port of a <see cref="LearningSwitch"/>. Ports of one trunk count as one for learning and flooding.</summary>
internal sealed class SwitchPort(LearningSwitch owner, CableEnd end, int trunk) : IStation
{
    public string Name { get; } = $"{owner.Name}:{end.Cable.Name}";

    public CableEnd End { get; } = end;

    /// <summary>The trunk it belongs to, below 64; a port without one has a number of its own.</summary>
    public int Trunk { get; } = trunk;

    public bool IsLit => owner.HasPower;

    /// <summary>Carrier without forwarding, as a switch shows while it starts.</summary>
    public bool IsBlocked { get; set; }

    public bool Forwards => IsLit && End.HasSignal && !IsBlocked;

    public void Receive(CableEnd end, NetworkFrame frame) => owner.Forward(this, frame);

    public void SignalChanged(CableEnd end) => owner.PortChanged(this);
}

/// <summary>
/// A switch that learns which MAC is behind which port or static trunk, floods what it doesn't know, and forgets with time and with the
/// last port of a trunk.
/// </summary>
internal sealed class LearningSwitch(SimulatedNetwork network, string name)
{
    private readonly List<SwitchPort> _ports = [];
    private readonly Dictionary<ulong, (int Trunk, long SeenNs)> _learnt = [];

    public string Name { get; } = name;

    public bool HasPower { get; private set; } = true;

    public long AgeingNs { get; set; } = 20 * VirtualTime.Second;

    /// <summary>How often a MAC has moved from one trunk to another.</summary>
    public long Moves { get; private set; }

    public IReadOnlyList<SwitchPort> Ports => _ports;

    public SwitchPort AddPort(CableEnd end, int trunk)
    {
        SwitchPort port = new(this, end, trunk);
        _ports.Add(port);
        return port;
    }

    /// <summary>Without power it knows nothing, and its ports are dark.</summary>
    public void SetPower(bool on)
    {
        HasPower = on;
        _learnt.Clear();
        foreach (SwitchPort port in _ports)
        {
            port.End.Cable.Update();
        }
    }

    /// <summary>The trunk behind which a MAC was learnt; null if it isn't known.</summary>
    public int? TrunkOf(ReadOnlySpan<byte> mac) =>
        _learnt.TryGetValue(Key(mac), out (int Trunk, long SeenNs) entry) && network.NowNs - entry.SeenNs < AgeingNs ? entry.Trunk : null;

    public void PortChanged(SwitchPort port)
    {
        if (!_ports.Exists(other => other.Trunk == port.Trunk && other.Forwards))
        {
            foreach (ulong mac in _learnt.Where(entry => entry.Value.Trunk == port.Trunk).Select(static entry => entry.Key).ToArray())
            {
                _learnt.Remove(mac);
            }
        }

        network.Disturbed();
    }

    public void Forward(SwitchPort from, NetworkFrame frame)
    {
        if (!from.Forwards || IsForThisSwitch(frame.Bytes))
        {
            return;
        }

        Learn(frame.Bytes.AsSpan(6, 6), from.Trunk);
        if (!frame.IsMulticast && TrunkOf(frame.Bytes) is { } known)
        {
            if (known != from.Trunk)
            {
                Send(known, frame);
            }

            return;
        }

        ulong done = 1UL << from.Trunk;
        foreach (SwitchPort port in _ports)
        {
            if ((done >> port.Trunk & 1) == 0)
            {
                done |= 1UL << port.Trunk;
                Send(port.Trunk, frame);
            }
        }
    }

    private void Send(int trunk, NetworkFrame frame)
    {
        int count = 0;
        foreach (SwitchPort port in _ports)
        {
            count += port.Trunk == trunk && port.Forwards ? 1 : 0;
        }

        if (count == 0)
        {
            return;
        }

        // As simple switches do: by both MACs.
        int chosen = (frame.Bytes[5] ^ frame.Bytes[11]) % count;
        foreach (SwitchPort port in _ports)
        {
            if (port.Trunk == trunk && port.Forwards && chosen-- == 0)
            {
                port.End.Send(frame);
            }
        }
    }

    private void Learn(ReadOnlySpan<byte> mac, int trunk)
    {
        if ((mac[0] & 1) != 0)
        {
            return;
        }

        int? known = TrunkOf(mac);
        if (known != trunk)
        {
            Moves += known is null ? 0 : 1;
            network.History.Add(Happening.Learnt, Name, (long)Key(mac));
            network.Disturbed();
        }

        _learnt[Key(mac)] = (trunk, network.NowNs);
    }

    /// <summary>01:80:c2:00:00:00 to 0f are never forwarded; what has no header isn't either.</summary>
    private static bool IsForThisSwitch(ReadOnlySpan<byte> frame) =>
        frame.Length < 14 || (frame[..5].SequenceEqual<byte>([0x01, 0x80, 0xc2, 0, 0]) && frame[5] < 0x10);

    private static ulong Key(ReadOnlySpan<byte> mac) =>
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(mac) << 32) | BinaryPrimitives.ReadUInt32BigEndian(mac[2..]);
}
