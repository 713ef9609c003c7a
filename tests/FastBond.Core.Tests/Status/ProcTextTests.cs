using FastBond.Core.Bonds;
using FastBond.Core.Status;
using FastBond.Core.Tests.Options;
using Xunit;

namespace FastBond.Core.Tests.Status;

/// <summary>The /proc text against what a real kernel bond wrote in the same state, byte for byte.</summary>
public sealed class ProcTextTests
{
    private const string RecordedVersion = "6.12.117+deb12-amd64";

    public static TheoryData<string> Recorded => [.. GoldenStates.Expected("proc")];

    [Fact]
    public void NoRecordingIsMissing() => Assert.Equal(57, Recorded.Count);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void TellsWhatTheKernelTells(string name)
    {
        string text = File.ReadAllText(GoldenFiles.PathOf("proc", $"{name}.txt"));
        string expected = text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        Assert.Equal(expected, ProcText.Format(GoldenStates.Make(name), RecordedVersion));
    }

    [Fact]
    public void ShowsTargetsOfBothFamilies()
    {
        TestBond test = new TestBond(BondMode.ActiveBackup)
            .Set("arp_interval", "100").Set("arp_ip_target", "10.9.0.2,10.9.0.3").Set("ns_ip6_target", "fd00::1,fd00:0:0:0::2");
        string text = ProcText.Format(test.Bond, "1");
        Assert.Contains("ARP IP target/s (n.n.n.n form): 10.9.0.2, 10.9.0.3\n", text, StringComparison.Ordinal);
        Assert.Contains("NS IPv6 target/s (xx::xx form): fd00::1, fd00::2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhyTellsOfUnusedSlavesAndOfTheDefault()
    {
        TestBond test = new(BondMode.ActiveBackup, "s2");
        Assert.True(test.Bond.ApplyAtCreation(1, []).Success);
        test.Enslave("s0", "s1", "s2").Up();
        string plain = ProcText.Format(test.Bond, "1");
        string why = ProcText.Format(test.Bond, "1", why: true);
        Assert.Equal(
            [
                "Monitoring: miimon=100 is FastBond's default, as neither miimon nor arp_interval was given",
                "Not used: backup of active-backup, s0 is active",
                "Not used: link down, no carrier",
            ],
            why.Split('\n').Except(plain.Split('\n')));
    }
}
