using FastBond.Lab.Demo;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using Xunit;

namespace FastBond.Lab.Tests.Harness;

/// <summary>What the demo makes of what it saw.</summary>
public sealed class DemoTests
{
    [Fact]
    public void A_cut_is_told_by_frames_lost_and_the_longest_pause()
    {
        byte[] mac = new byte[6];
        ObservedFrame[] arrived = [.. new[] { (0, 0u), (1, 1u), (51, 5u), (51, 5u), (52, 6u) }.Select(
            frame => new ObservedFrame(frame.Item1 * 1_000_000L, new TestFrame(1, frame.Item2).Build(mac, mac)))];
        CutResult cut = CutResult.From("link", default, 7, arrived);
        Assert.Equal((3, TimeSpan.FromMilliseconds(50)), (cut.Lost, cut.Pause));
        Assert.Equal(7, CutResult.From("link", default, 7, []).Lost);
    }

    [Fact]
    public void The_sampler_sees_traffic_and_the_picture_is_drawn()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        Assert.SkipUnless(Directory.Exists("/usr/share/gnuplot"), "gnuplot is missing");
        using NetworkNamespace place = NetworkNamespace.Create();
        VethPair.Create(new VethEnd(place, "eth0"), new VethEnd(place, "eth1"));
        place.Ip("link set eth0 up");
        place.Ip("link set eth1 up");
        Wait.Until(() => place.Link("eth0").HasCarrier, TimeSpan.FromSeconds(5), "carrier");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastbond-lab");
        try
        {
            Report report = new("balance-rr");
            using ThroughputSampler sampler = new(place, ["eth0", "eth1"]);
            report.Watch(sampler);
            report.Mark("stream");
            byte[] mac = new byte[6];
            using FrameStream stream = new(place, "eth0", n => new TestFrame(1, n).Build(mac, mac, 1000), 1000, 500);
            stream.Finish();
            report.MarkCut("cut");
            Wait.For(TimeSpan.FromMilliseconds(300));
            sampler.Stop();
            Assert.InRange(report.Samples.Sum(sample => sample.Slaves[0].TxBitsPerSecond) * 0.1, 3_000_000, 5_000_000);
            Assert.InRange(report.Samples.Sum(sample => sample.Slaves[1].RxBitsPerSecond) * 0.1, 3_000_000, 5_000_000);

            IReadOnlyList<string> pictures = Plot.Draw(report, folder.FullName);
            Assert.Equal([".png", ".svg"], pictures.Select(Path.GetExtension));
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(pictures[0])[..4]);
            Assert.Contains("cut", File.ReadAllText(pictures[1]), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
