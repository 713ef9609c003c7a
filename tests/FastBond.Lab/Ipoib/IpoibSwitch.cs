using System.Net;
using FastBond.Lab.Frames;
using FastBond.Lab.Net;

namespace FastBond.Lab.Ipoib;

/// <summary>
/// An InfiniBand fabric for the lab, which has none: it joins TAP devices of link type 32, and peers in this process, as IPoIB drivers and a
/// subnet would. Unicast goes by queue pair and GID, multicast to the members of the group; who receives sees 20 zero bytes.
/// </summary>
/// <remarks>
/// A host's IGMP and MLD reports stand for what is a join with the subnet manager; groups of the link alone (224.0.0.0/24, ff02::/16) are
/// everybody's. A driver's own multicast does not come back to it. Ordinary data is counted, the rest is kept.
/// </remarks>
public sealed class IpoibSwitch : IDisposable
{
    private static readonly int[] Protocols = [0x0800, 0x86dd, 0x0806, 0x8035, 0x88ca];

    private readonly Lock _gate = new();
    private readonly List<IpoibPort> _ports = [];
    private readonly List<FabricFrame> _frames = [];
    private readonly List<string> _faults = [];
    private long _count;

    /// <summary>Bytes of IP packet that pass.</summary>
    public int Mtu { get; set; } = 2044;

    /// <summary>The frames kept: ARP, neighbour discovery, multicast reports, DHCP, and whatever was not delivered.</summary>
    public IReadOnlyList<FabricFrame> Frames
    {
        get
        {
            lock (_gate)
            {
                return [.. _frames];
            }
        }
    }

    /// <summary>What is wrong with frames that were sent, by the standards; must be empty.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_gate)
            {
                return [.. _faults];
            }
        }
    }

    /// <summary>How many frames were sent in all.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Makes a TAP device of link type 32 and connects it.</summary>
    public IpoibPort Connect(NetworkNamespace place, string device, string name, byte[] address)
    {
        IpoibPort port = new(name, address);
        port.Device = new TapDevice(place, device, TapDevice.InfiniBand, frame => Forward(port, frame));
        Add(port);
        return port;
    }

    /// <summary>Connects somebody of this process.</summary>
    public IpoibPort Connect(string name, byte[] address, Action<byte[]> receive)
    {
        IpoibPort port = new(name, address) { Receive = receive };
        Add(port);
        return port;
    }

    /// <summary>A port sends a frame: destination first.</summary>
    public void Forward(IpoibPort from, byte[] frame)
    {
        List<IpoibPort> to = [];
        lock (_gate)
        {
            _count++;
            Fate fate = Decide(from, frame, to);
            FabricFrame seen = new(ObservedFrame.NowNs, from.Name, frame, fate);
            if (FrameJudge.Fault(seen, from.Address) is { } fault)
            {
                _faults.Add($"{from.Name}: {fault}: {Convert.ToHexString(frame)}");
            }
            if (fate != Fate.Delivered || FrameJudge.IsControl(seen))
            {
                _frames.Add(seen);
            }
            FrameJudge.ReadReports(seen, from.Groups);
        }
        byte[] received = [.. new byte[20], .. frame.AsSpan(Math.Min(20, frame.Length))];
        foreach (IpoibPort port in to)
        {
            port.Deliver(received);
        }
    }

    /// <summary>Waits until a frame that is kept satisfies a condition; returns the first such.</summary>
    public FabricFrame WaitFor(Func<FabricFrame, bool> condition, TimeSpan limit, string what) =>
        Machine.Wait.Until(() => Frames.FirstOrDefault(condition), limit, what);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IpoibPort port in _ports)
        {
            port.Dispose();
        }
    }

    private void Add(IpoibPort port)
    {
        lock (_gate)
        {
            _ports.Add(port);
        }
    }

    private Fate Decide(IpoibPort from, byte[] frame, List<IpoibPort> to)
    {
        if (frame.Length is < FabricFrame.HeaderLength || frame.Length > Mtu + FabricFrame.HeaderLength)
        {
            return Fate.Length;
        }
        if (!Protocols.Contains((frame[20] << 8) | frame[21]))
        {
            return Fate.Protocol;
        }
        if (from.IsCut)
        {
            return Fate.Cut;
        }
        if (from.IsSilent || from.Loses())
        {
            return Fate.Lost;
        }
        bool isGroup = frame[4] == 0xff;
        to.AddRange(_ports.Where(port => port != from && (isGroup ? IsMember(port, frame) : IsFor(port, frame))));
        if (to.Count == 0)
        {
            return Fate.Nobody;
        }
        to.RemoveAll(static port => port.IsCut || port.IsSilent);
        return to.Count == 0 ? Fate.Cut : Fate.Delivered;
    }

    /// <summary>Queue pair and GID; the flags in front are nobody's business.</summary>
    private static bool IsFor(IpoibPort port, byte[] frame) => frame.AsSpan(1, 19).SequenceEqual(port.Address.AsSpan(1));

    /// <summary>By the multicast GID alone; the P_Key in it is written by the driver.</summary>
    private static bool IsMember(IpoibPort port, byte[] frame)
    {
        ReadOnlySpan<byte> last = frame.AsSpan(16, 4);
        if (frame[6] == 0x60)
        {
            // ff02::/16 has lost its first bytes on the way into the address: whatever nobody reports is the link's own.
            return port.Groups.Any(group => group.GetAddressBytes() is { Length: 16 } ip && ip.AsSpan(6).SequenceEqual(frame.AsSpan(10, 10)))
                || (frame[5] & 15) == 2 && !IsReported(frame);
        }
        bool isLinks = last[0] == 0 && last[1] == 0 && last[2] == 0;
        bool isBroadcast = !last.ContainsAnyExcept((byte)0xff);
        IPAddress wanted = new([(byte)(0xe0 | last[0]), last[1], last[2], last[3]]);
        return isLinks || isBroadcast || port.Groups.Contains(wanted);
    }

    // A packet of wider scope than the link's goes only to who asked.
    private static bool IsReported(byte[] frame) => frame.Length > 50 && (frame[FabricFrame.HeaderLength + 25] & 15) > 2;
}
