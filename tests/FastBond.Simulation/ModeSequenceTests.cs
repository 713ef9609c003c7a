using System.Globalization;
using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Simulation.PeerCases;

namespace FastBond.Simulation;

/// <summary>
/// Frames of every sort leave on the slaves on which they left a kernel bond (golden/traces/other-mode-sequence.json; balance-rr has
/// sequences of its own, balance-xor its hash vectors).
/// </summary>
public class ModeSequenceTests
{
    [Theory]
    [InlineData("broadcast", BondMode.Broadcast)]
    [InlineData("active-backup", BondMode.ActiveBackup)]
    public void Every_sort_of_frame_leaves_where_the_kernel_sent_it(string recorded, BondMode mode)
    {
        using JsonDocument recordings = JsonDocument.Parse(File.ReadAllText(GoldenTrace.PathOf("other-mode-sequence.json")));
        JsonElement recording = recordings.RootElement.EnumerateArray().Single(one => one.GetProperty("mode").ValueEquals(recorded));
        using PeerBench bench = new PeerBench(recording.GetProperty("slaves").GetInt32(), mode).Started();
        int number = 0;
        foreach (JsonElement sent in recording.GetProperty("sent").EnumerateArray())
        {
            bench.Forget();
            bench.Send(Frame(bench, sent.GetProperty("what").GetString()!, ++number));
            int[] left = [.. bench.Counts().Index().Where(static nic => nic.Item > 0).Select(static nic => nic.Index)];
            Assert.Equal(sent.GetProperty("slaves").EnumerateArray().Select(static slave => slave.GetInt32()), left);
        }

        Assert.Equal(46, number);
    }

    /// <summary>The recording describes its frames in a few words; what they don't say makes no difference in these modes.</summary>
    private static byte[] Frame(PeerBench bench, string what, int number)
    {
        byte last = what.Contains("mac ..", StringComparison.Ordinal) ? byte.Parse(what[^2..], CultureInfo.InvariantCulture) : (byte)0;
        string destination = what switch
        {
            "88b5 bcast" => "ff:ff:ff:ff:ff:ff",
            "88b5 mcast" => "01:00:5e:01:02:03",
            "lacpdu-like 8809" => "01:80:c2:00:00:02",
            _ when what.StartsWith("arp request", StringComparison.Ordinal) => "ff:ff:ff:ff:ff:ff",
            _ => $"02:c0:00:00:00:{last:x2}",
        };
        int etherType = what.Split(' ') switch
        {
            ["ipv4", ..] => EtherType.Ipv4,
            ["ipv6", ..] => EtherType.Ipv6,
            ["arp", ..] => EtherType.Arp,
            ["lacpdu-like", ..] => 0x8809,
            _ => 0x88b5,
        };
        byte[] frame = new byte[60];
        EthernetFrame.WriteHeader(frame, HardwareAddress.Parse(destination).AsSpan(), bench.Mac, [], (ushort)etherType);
        frame[^1] = (byte)number;
        return frame;
    }
}
