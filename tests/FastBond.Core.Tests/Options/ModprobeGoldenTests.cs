using System.Text.Json;
using FastBond.Core.Bonds;
using Xunit;

namespace FastBond.Core.Tests.Options;

/// <summary>
/// Module parameters are more lenient than options: what is wrong is warned of and put right, where a write is refused. Which of the two a
/// recorded load corresponds to here is said for every row; the leniency itself belongs to what imports such lines.
/// </summary>
public sealed class ModprobeGoldenTests
{
    private static readonly Dictionary<string, (Errno Answer, string Why)> Answers = new(StringComparer.Ordinal)
    {
        ["mode=4 miimon=0"] = (Errno.EOPNOTSUPP, "the mode isn't there yet"),
        ["mode=1 arp_interval=100"] = (Errno.None, "a load without targets drops arp_interval, a write keeps it: targets may follow"),
        ["mode=5 arp_interval=100 arp_ip_target=10.0.0.1"] = (Errno.EOPNOTSUPP, "the mode isn't there yet"),
        ["mode=2 lacp_rate=1"] = (Errno.EACCES, "a load ignores what isn't for the mode"),
        ["mode=1 updelay=100"] = (Errno.EPERM, "a load warns"),
        ["mode=1 primary=s0 miimon=100"] = (Errno.None, "the same"),
        ["mode=1 num_grat_arp=256"] = (Errno.EINVAL, "a load takes the default"),
        ["mode=0 packets_per_slave=65536"] = (Errno.EINVAL, "a load takes the default"),
        ["max_bonds=-1"] = (Errno.EINVAL, "not an option of a bond"),
        ["mode=6 tlb_dynamic_lb=0"] = (Errno.EOPNOTSUPP, "the mode isn't there yet"),
        ["mode=1 arp_ip_target=0.0.0.0 arp_interval=100"] = (Errno.EINVAL, "a load warns"),
    };

    [Fact]
    public void EveryRowIsAnswered()
    {
        List<JsonElement> rows = GoldenFiles.ReadJsonLines("options", "modprobe-parameters.jsonl");
        Assert.Equal(Answers.Keys.Order(StringComparer.Ordinal), rows.Select(r => r.GetProperty("modprobe bonding").GetString()!).Order(StringComparer.Ordinal));
        foreach (JsonElement row in rows)
        {
            string parameters = row.GetProperty("modprobe bonding").GetString()!;
            TestBond test = new();
            Outcome outcome = test.TryApply([.. parameters.Split(' ').Select(p => p.Split('=')).Select(p => (p[0], p[1]))]);
            Assert.Equal((parameters, Answers[parameters].Answer), (parameters, outcome.Error));
            if (Answers[parameters].Why == "the same")
            {
                Assert.All(row.GetProperty("after").EnumerateObject(), p => Assert.Equal(p.Value.GetString(), test.Bond.GetOption(p.Name)));
            }
        }
    }
}
