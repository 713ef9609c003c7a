using System.Text.Json;
using FastBond.Configuration;
using FastBond.Configuration.Import;
using FastBond.Configuration.Netplan;
using FsCheck;
using FsCheck.Fluent;

namespace FastBond.Program.Tests.Configuration;

/// <summary>What the importers refuse and where, and that no text whatever makes them throw or leave half of a configuration.</summary>
public sealed class ImportTests
{
    private static readonly string Golden = Path.Combine(Repository.Root, "tests", "golden");

    [Theory]
    [InlineData("modules.conf", "alias bond0 bonding\nprobeall bond0 eth0 eth1 bond0\n", 2, "bond0 loads itself, without end; expected other modules")]
    [InlineData("modules.conf", "alias bond0\n", 1, "expected 'alias NAME MODULE'")]
    [InlineData("modules.conf", "alias bond0 bonding\noptions bond0 miimon\n", 2, "'miimon': expected option=value")]
    [InlineData("modules.conf", "alias bond0 bonding\noptions bond0 \\\n  mode=7\n", 2, "option mode: invalid value (7)")]
    [InlineData("modules.conf", "alias bond0 bonding\noptions bond0 miimon=fast\n", 2, "option miimon: invalid value (fast)")]
    [InlineData("modules.conf", "options bonding max_bonds=many\n", 1, "max_bonds: 'many'; expected 0 - 64")]
    [InlineData("modules.conf", "options bonding -o\n", 1, "expected a name after -o")]
    [InlineData("modules.conf", "options bonding primary=\"eth0\n", 1, "expected a closing quote")]
    [InlineData("modules.conf", "alias eth0 e1000\n", 0, "there is no bond in it")]
    [InlineData("ifcfg-bond0", "DEVICE=bond0\nBONDING_OPTS=\"mode=active-backup miimon 100\"\n", 2, "'miimon': expected option=value")]
    [InlineData("ifcfg-bond0", "DEVICE=bond0\nBONDING_OPTS=mode=active-backup miimon=100\n", 2, "expected quotes around a value with spaces")]
    [InlineData("ifcfg-bond0", "DEVICE=bond0\nBONDING_MASTER=yes\nIPADDR=192.168.1\n", 3, "IPADDR: '192.168.1' is no address")]
    [InlineData("ifcfg-bond0", "DEVICE=bond0\nBONDING_MASTER=yes\nIPADDR=192.168.1.1\nNETMASK=255.0.255.0\n", 4, "is no mask; expected one like 255.255.255.0")]
    [InlineData("ifcfg-bond0", "DEVICE=bond0\nBONDING_MASTER=yes\nIPADDR=192.168.1.1\nPREFIX=33\n", 4, "PREFIX: '33'; expected 0 - 32")]
    [InlineData("ifcfg-bond0", "ifup eth0\n", 1, "expected KEY=value")]
    [InlineData("ifcfg-eth0", "DEVICE=eth0\nSLAVE=yes\n", 2, "SLAVE=yes without its bond; expected MASTER=bond0")]
    [InlineData("interfaces", "bond-slaves eth0\n", 1, "outside of a stanza; expected 'auto NAME' or 'iface NAME inet static'")]
    [InlineData("interfaces", "iface\n", 1, "expected 'iface NAME inet METHOD'")]
    [InlineData("interfaces", "iface bond0 inet static\n  bond-slaves eth0\n  address 192.0.2.1\n  netmask 255.255.0.255\n", 4, "is no mask")]
    [InlineData("interfaces", "iface bond0 inet static\n  bond-slaves eth0\n  bond-mode turbo\n", 3, "option mode: invalid value (turbo)")]
    [InlineData("a.netdev", "Name=bond0\n", 1, "expected [Section]")]
    [InlineData("a.netdev", "[NetDev]\nKind=bond\n", 1, "expected Name=bond0")]
    [InlineData("a.netdev", "[NetDev]\nKind=bond\nName=bond0\n[Bond]\nMIIMonitorSec=soon\n", 5, "'soon' is no time; expected seconds like 1, or 100ms")]
    [InlineData("a.netdev", "[NetDev]\nKind=bond\nName=bond0\n[Bond]\nmode active-backup\n", 5, "expected Key=value")]
    [InlineData("a.netdev", "[NetDev]\nKind=bond\nName=bond0\n[Bond]\nAllSlavesActive=sometimes\n", 5, "option all_slaves_active: invalid value (sometimes)")]
    [InlineData("bonding/bond0", "Bonding Mode: load unbalancing\n", 1, "is no mode; expected load balancing (round-robin)")]
    [InlineData("bonding/bond0", "Ethernet Channel Bonding Driver: v1\nMII Status up\n", 2, "expected 'Label: value'")]
    [InlineData("bonding/bond0", "Ethernet Channel Bonding Driver: v1\nMII Polling Interval (ms): often\n", 2, "option miimon: invalid value (often)")]
    [InlineData("x.sh", "ip link add type bond\n", 1, "expected a name before 'type bond'")]
    [InlineData("x.sh", "ip link add bond0 type bond miimon\n", 1, "expected a value after 'miimon'")]
    [InlineData("x.sh", "ip link add bond0 type bond mode 8\n", 1, "option mode: invalid value (8)")]
    [InlineData("x.sh", "ip link add bond0 type bond miimon 100 arp_interval 100\n", 0, "")]
    [InlineData("x.sh", "ip link add bond0 type bond\nip addr add dev bond0\n", 2, "expected an address")]
    [InlineData("x.sh", "ip link add bond0 type bond\nip route add 300.0.0.0/8 dev bond0\n", 2, "is no destination of a route")]
    [InlineData("x.sh", "ifenslave\n", 1, "expected 'ifenslave BOND INTERFACE …'")]
    [InlineData("x.sh", "ifenslave bond0 eth0\nifenslave bond1 eth0\n", 2, "eth0 is a slave of bond1 here and of bond0 at x.sh:1")]
    [InlineData("notes.txt", "buy milk\n", 0, "no kind of file that says anything of bonds; expected modules.conf, ifcfg")]
    [InlineData("empty", "", 0, "no kind of file")]
    public void WhatIsWrongIsSaidWithItsLineAndNothingIsLeft(string file, string text, int line, string said)
    {
        ConfigurationReading reading = Importer.Read([new SourceText(file, text)]);
        if (said.Length == 0)
        {
            Assert.False(reading.HasErrors);
            return;
        }

        Assert.Empty(reading.Bonds);
        Problem error = Assert.Single(reading.Problems, problem => problem.Severity == Severity.Error);
        Assert.Equal((file, line), (error.Place.File, error.Place.Line));
        Assert.Contains(said, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("modules.conf", "alias bond0 bonding\noptions bond0 mimon=100\n", "modules.conf:2: warning: unknown option 'mimon' is left out; the nearest is 'miimon'")]
    [InlineData("modules.conf", "alias bond0 bonding\noption bond0 miimon=100\n", "modules.conf:2: warning: unknown directive 'option' is left out; the nearest is 'options'")]
    [InlineData("modules.conf", "options bonding mode=1\n", "modules.conf:1: note: no bond is named; the module makes bond0")]
    [InlineData("modules.conf", "alias bond0 bonding\noptions bond0 miimon=5\n", "modules.conf:2: warning: miimon (5) is finer than links can be relied on to be checked; at least 10, and 100 is a good start")]
    [InlineData("ifcfg-bond0", "BONDING_MASTER=yes\nMUT=9000\n", "ifcfg-bond0:2: warning: unknown key 'MUT' is left out; the nearest is 'MTU'")]
    [InlineData("ifcfg-bond0", "BONDING_MASTER=yes\nIPADDR=192.168.1.1\n", "ifcfg-bond0:2: warning: 192.168.1.1 without PREFIX or NETMASK; /24 by its class is taken")]
    [InlineData("interfaces", "iface bond0 inet manual\n  bond-slaves eth0\n  bond-mimon 100\n", "interfaces:3: warning: unknown option 'mimon' is left out; the nearest is 'miimon'")]
    [InlineData("interfaces", "iface bond0 inet manual\n  bond-slaves all\n", "interfaces:2: note: bond-slaves all: which interfaces there are can't be told from here; name them under 'interfaces:'")]
    [InlineData("a.netdev", "[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMIMonitorSec=1\n", "a.netdev:5: warning: unknown key of [Bond] 'MIMonitorSec' is left out; the nearest is 'MIIMonitorSec'")]
    [InlineData("x.sh", "ip link add bond0 type bond mimon 100\n", "x.sh:1: warning: unknown option 'mimon' is left out; the nearest is 'miimon'")]
    [InlineData("x.sh", "ip link add bond0 type bond lacp_rate fast\n", "x.sh:1: note: lacp_rate=fast has no effect here and is left out: option lacp_rate: mode dependency failed, not supported in mode balance-rr(0); it is for 802.3ad")]
    [InlineData("x.sh", "ip link add bond0 type bond miimon 100 arp_interval 50\n", "x.sh:1: note: arp_interval=50 has no effect here and is left out: option arp_interval: ARP monitoring cannot be used with MII monitoring; give miimon=0, or leave out arp_interval")]
    [InlineData("x.sh", "ip link add bond0 type bond active_slave eth0\n", "x.sh:1: note: the active slave is chosen at run time ('fastbond active'); primary keeps a preference")]
    public void WhatIsDoubtfulOrLeftOutIsSaid(string file, string text, string said)
    {
        ConfigurationReading reading = Importer.Read([new SourceText(file, text)]);
        Assert.Equal([said], reading.Lines());
        Assert.Equal("bond0", Assert.Single(reading.Bonds).Name);
    }

    [Fact]
    public void FilesThatDisagreeAreBothNamed()
    {
        ConfigurationReading reading = Importer.Read(
        [
            new SourceText("modules.conf", "alias bond0 bonding\noptions bond0 mode=1 miimon=100\n"),
            new SourceText("ifcfg-bond0", "DEVICE=bond0\nBONDING_OPTS=\"mode=balance-xor\"\n"),
        ]);
        Assert.Equal(["modules.conf:2: warning: option mode of bond0 is 1 here and balance-xor at ifcfg-bond0:2; 1 is taken"], reading.Lines());
    }

    public static TheoryData<string> StatusTexts =>
    [
        .. Directory.GetFiles(Path.Combine(Golden, "proc"), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => File.Exists(Path.Combine(Golden, "iplink", name + ".json"))).Order(StringComparer.Ordinal),
    ];

    /// <summary>The recordings hold the same moment as /proc text and as ip's JSON: what is imported from the one is what the other says.</summary>
    [Theory]
    [MemberData(nameof(StatusTexts))]
    public void AStatusTextLeadsToTheBondThatIpShowed(string name)
    {
        string text = File.ReadAllText(Path.Combine(Golden, "proc", name + ".txt"));
        BondConfiguration bond = Assert.Single(Importer.Read([new SourceText("bonding/bond0", text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..])]).Bonds);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Golden, "iplink", name + ".json")));
        JsonElement[] links = [.. document.RootElement.EnumerateArray()];
        JsonElement data = links.First(link => link.GetProperty("ifname").GetString() == "bond0").GetProperty("linkinfo").GetProperty("info_data");
        string[] slaves = [.. links.Where(link => link.TryGetProperty("master", out JsonElement master) && master.GetString() == "bond0").Select(link => link.GetProperty("ifname").GetString()!)];
        Assert.Equal(slaves.Order(StringComparer.Ordinal), bond.Slaves.Select(slave => slave.Name).Order(StringComparer.Ordinal));
        foreach (Setting option in bond.Options)
        {
            string key = option.Name switch { "num_grat_arp" => "num_peer_notif", "peer_notif_delay" => "peer_notify_delay", "lacp_active" => "ad_lacp_active", "lacp_rate" => "ad_lacp_rate", _ => option.Name };
            if (key == "ad_actor_sys_prio")
            {
                continue;
            }

            Assert.True(data.TryGetProperty(key, out JsonElement shown), $"ip shows no {key}");
            Assert.Equal(shown.ValueKind == JsonValueKind.Array ? string.Join(',', shown.EnumerateArray()) : shown.ToString(), option.Value);
        }
    }

    [Theory]
    [MemberData(nameof(ImportSampleTests.Names), MemberType = typeof(ImportSampleTests))]
    public void NoTextMakesAnImporterThrowOrLeavesHalfOfIt(string sample)
    {
        foreach (string path in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "samples", sample), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string file = Path.GetRelativePath(Repository.Root, path);
            Prop.ForAll(Arb.From(Generators.Mutated(File.ReadAllText(path), " \t\n\\=[]#;'\"\0-+$>&|:/0ae€")), text =>
            {
                ConfigurationReading reading = Importer.Read([new SourceText(file, text)]);
                Assert.True(reading.HasErrors == (reading.Bonds.Count == 0), "errors and bonds exclude each other");
                Assert.All(reading.Problems, problem => Assert.DoesNotContain('\n', problem.ToString()));
                if (!reading.HasErrors)
                {
                    string yaml = NetplanWriter.Write(reading.Bonds);
                    ConfigurationReading again = Read.Yaml(yaml);
                    Assert.False(again.HasErrors, string.Join('\n', again.Lines()) + "\n" + yaml);
                    Assert.Equal(yaml, NetplanWriter.Write(again.Bonds));
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithQuietOnSuccess(true));
        }
    }
}
