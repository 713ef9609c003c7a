using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>
/// A face with a host (192.0.2.1/24, fd00::1/64, fe80::1) on one side and a fabric on the other, whose frames are recorded. The peers are
/// P (192.0.2.2, fd00::2) and Q.
/// </summary>
internal sealed class FaceRig : IFaceEffects
{
    public const string FaceMac = "02face000001";
    public const string Own = "0000004801fe80000000000000" + "0002c9030000aa";
    public const string OtherSlave = "0000004901fe80000000000000" + "0002c9030000ab";
    public const string P = "8000004c02fe80000000000000" + "0002c9030000bb";
    public const string Q = "0000005003fe80000000000000" + "0002c9030000cc";
    public const string MacOfP = "024bc0000202";
    public const long Second = 1_000_000_000;

    private string[] _groups = ["224.0.0.1", "ff02::1"];

    public FaceRig()
    {
        Face = new EthernetFace(this, Wire.Address(FaceMac));
        Face.SetFabric(Wire.Address(Own), IpoibAddress.DefaultBroadcast, [Wire.Address(Own), Wire.Address(OtherSlave)]);
        Face.SetHostAddresses([new(Key("192.0.2.1"), 24), new(Key("fd00::1"), 64), new(Key("fe80::1"), 64)]);
        Face.Settle();
    }

    public EthernetFace Face { get; }

    public long NowNs { get; set; } = 1000 * Second;

    public bool HasSlave { get; set; } = true;

    public List<byte[]> Fabric { get; } = [];

    public List<byte[]> Host { get; } = [];

    public List<string> Groups { get; } = [];

    public int Published { get; private set; }

    public int Questions { get; private set; }

    public FaceMap Map => Face.Map!;

    public static IpKey Key(string address) => IpKey.From(System.Net.IPAddress.Parse(address));

    public Neighbor? Neighbor(string ip) => Face.Neighbors.FirstOrDefault(neighbor => neighbor.Ip == Key(ip));

    /// <summary>Gives a frame of the host to the face; returns what came of it if that is one frame to the fabric.</summary>
    public byte[] FromHost(byte[] frame)
    {
        Fabric.Clear();
        Face.FromHost(NowNs, frame);
        Face.Settle();
        return Assert.Single(Fabric);
    }

    public byte[] FromFabric(byte[] frame)
    {
        Host.Clear();
        Face.FromFabric(NowNs, frame);
        Face.Settle();
        return Assert.Single(Host);
    }

    public void Dropped(FaceOutcome why, byte[] frame, bool fromHost)
    {
        (int fabric, int host, ulong before) = (Fabric.Count, Host.Count, Face.Counters[why]);
        if (fromHost)
        {
            Face.FromHost(NowNs, frame);
        }
        else
        {
            Face.FromFabric(NowNs, frame);
        }

        Face.Settle();
        Assert.Equal((fabric, host, before + 1), (Fabric.Count, Host.Count, Face.Counters[why]));
    }

    /// <summary>P asks for the host, and is known from then on.</summary>
    public void Meet(string ip = "192.0.2.2", string address = P) =>
        FromFabric(Wire.Received(0x0806, Wire.Arp(32, 1, address, ip, new string('0', 40), "192.0.2.1")));

    /// <summary>Lets time pass, doing what is due when it is.</summary>
    public void RunFor(double seconds)
    {
        long end = NowNs + (long)(seconds * Second);
        while (Face.NextDueNs <= end)
        {
            NowNs = Math.Max(NowNs, Face.NextDueNs);
            Face.Tick(NowNs);
        }

        NowNs = end;
    }

    /// <summary>A frame of the host as a core translates it; null unless it passes.</summary>
    public unsafe (FaceOutcome Outcome, byte[] Frame) CoreToFabric(byte[] frame) => OnCore(frame, toFabric: true);

    /// <summary>A frame of the fabric as a core translates it.</summary>
    public unsafe (FaceOutcome Outcome, byte[] Frame) CoreToHost(byte[] frame) => OnCore(frame, toFabric: false);

    private unsafe (FaceOutcome Outcome, byte[] Frame) OnCore(byte[] frame, bool toFabric)
    {
        const int Before = 64;
        byte[] memory = new byte[Before + Math.Max(frame.Length, 64) + 64];
        memory.AsSpan().Fill(0xee);
        frame.CopyTo(memory, Before);
        FrameDescriptor descriptor = new() { Address = Before, Length = (uint)frame.Length };
        fixed (byte* start = memory)
        {
            FaceOutcome outcome = toFabric ? Map.ToFabric(start, &descriptor) : Map.ToHost(start, &descriptor);
            byte[] result = memory.AsSpan((int)descriptor.Address, (int)descriptor.Length).ToArray();
            if (outcome != FaceOutcome.Passed)
            {
                Assert.Equal(frame, result);
            }

            return (outcome, result);
        }
    }

    bool IFaceEffects.SendToFabric(ReadOnlySpan<byte> frame)
    {
        if (HasSlave)
        {
            Fabric.Add(frame.ToArray());
        }

        return HasSlave;
    }

    void IFaceEffects.SendToHost(ReadOnlySpan<byte> frame) => Host.Add(frame.ToArray());

    void IFaceEffects.Publish(FaceMap map) => Published++;

    void IFaceEffects.GroupsChanged()
    {
        string[] now = [.. Face.Groups.Select(static group => $"{group}")];
        Groups.AddRange(now.Except(_groups).Select(static group => "+" + group));
        Groups.AddRange(_groups.Except(now).Select(static group => "-" + group));
        _groups = now;
    }

    void IFaceEffects.AskForReports() => Questions++;
}
