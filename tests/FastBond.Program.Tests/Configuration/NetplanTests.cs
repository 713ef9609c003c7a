using FastBond.Configuration;
using FastBond.Configuration.Netplan;
using FastBond.Core.Frames;

namespace FastBond.Program.Tests.Configuration;

/// <summary>Netplan's YAML as people have it, and FastBond's section.</summary>
public sealed class NetplanTests
{
    [Fact]
    public void AWholeBondIsRead()
    {
        BondConfiguration bond = Read.Yaml(
            """
            network:
              version: 2
              renderer: networkd
              ethernets:
                enp3s0: {dhcp4: false, optional: true}
                enp4s0: {}
              bonds:
                bond0:
                  interfaces: [enp3s0, enp4s0]
                  macaddress: 02:00:00:00:00:AA
                  mtu: 9000
                  addresses:
                    - 192.0.2.10/24
                    - "fd00::10/64"
                  routes:
                    - to: default
                      via: 192.0.2.1
                      metric: 100
                    - {to: 198.51.100.7, via: 192.0.2.2, on-link: true, table: 7}
                    - {to: "::/0", via: "fd00::1", from: "fd00::10"}
                  optional: true
                  parameters:
                    up-delay: 250ms
                    mode: active-backup
                    primary: enp4s0
                    mii-monitor-interval: 0.1s
                    fail-over-mac-policy: active
                    gratuitious-arp: 3
                    all-members-active: true
                    learn-packet-interval: 2
                    resend-igmp: 4
            fastbond:
              idle: sleep
              bonds:
                bond0:
                  peer-notify-delay: 200
                  xdp_mode: native
                  slaves:
                    enp4s0: {prio: 7, xdp_mode: generic}
            """) is { HasErrors: false } reading ? Assert.Single(reading.Bonds) : throw new InvalidOperationException();
        Assert.Equal("bond0", bond.Name);
        Assert.Equal("enp3s0 enp4s0", bond.Slaves.Names());
        Assert.Equal(
            "mode=active-backup miimon=100 updelay=250 peer_notif_delay=200 primary=enp4s0 fail_over_mac=active resend_igmp=4 num_grat_arp=3 "
            + "all_slaves_active=on lp_interval=2 idle=sleep xdp_mode=native",
            bond.Options.Words());
        Assert.Equal("xdp_mode=generic prio=7", bond.Slaves[1].Options.Words());
        Assert.Equal(HardwareAddress.Parse("02:00:00:00:00:aa"), bond.MacAddress);
        Assert.Equal(9000, bond.Mtu);
        Assert.Equal(["192.0.2.10/24", "fd00::10/64"], bond.Addresses.Select(address => address.ToString()));
        Assert.Equal(["default via 192.0.2.1", "198.51.100.7/32 via 192.0.2.2", "default via fd00::1"], bond.Routes.Select(route => route.ToString()));
        Assert.Equal((100u, true, 7u, "fd00::10"), (bond.Routes[0].Metric, bond.Routes[1].OnLink, bond.Routes[1].Table, bond.Routes[2].Source?.ToString()));
        Assert.Equal(["a.yaml:23: warning: up delay (250) is not a multiple of miimon (100), value rounded to 200 ms"], reading.Lines());
        Assert.Equal(23, bond.Options.Single(option => option.Name == "updelay").Place.Line);
    }

    [Theory]
    [InlineData("mode: 1\n        mii-monitor-interval: 0", "mode=active-backup miimon=0")]
    [InlineData("mode: balance-rr\n        packets-per-slave: 8\n        all-slaves-active: no", "mode=balance-rr all_slaves_active=off packets_per_slave=8")]
    [InlineData("{}", "")]
    public void ParametersHaveTheKernelsNames(string parameters, string options) => Assert.Equal(
        options,
        Read.Yaml($"bonds:\n  bond0:\n    parameters:\n        {parameters}\n").OnlyBond().Options.Words());

    [Fact]
    public void LacpIsConfiguredToo() => Assert.Equal(
        "mode=802.3ad xmit_hash_policy=layer3+4 min_links=1 lacp_rate=fast ad_select=bandwidth",
        Assert.Single(Read.Yaml(
            "bonds:\n  bond0:\n    parameters: {mode: 802.3ad, lacp-rate: fast, transmit-hash-policy: layer3+4, ad-select: bandwidth, min-links: 1}\n").Bonds).Options.Words());

    [Fact]
    public void TheArpMonitorIsConfiguredToo() => Assert.Equal(
        "mode=balance-rr arp_interval=1000 arp_ip_target=192.0.2.1,192.0.2.2 arp_validate=all",
        Assert.Single(Read.Yaml(
            "bonds:\n  bond0:\n    parameters: {mode: balance-rr, arp-interval: 1s, arp-ip-targets: [192.0.2.1, 192.0.2.2], arp-validate: all}\n").Bonds).Options.Words());

    [Theory]
    [InlineData("bonds:\n  bond0:\n    interfaces: [eth0\n    mtu: 1500\n", 3, "broken YAML: expected ',' or the closing bracket of what is opened here")]
    [InlineData("bonds:\n  bond0:\n\tmtu: 1500\n", 3, "broken YAML: expected spaces as indentation, not a tab")]
    [InlineData("bonds:\n  bond0: {}\n bond1: {}\n", 3, "broken YAML: While parsing a block mapping, did not find expected key")]
    [InlineData("bonds:\n  bond0: {mtu: \"15\n", 3, "broken YAML: While scanning a quoted scalar, found unexpected end of stream")]
    [InlineData("bonds: {}\n---\nbonds: {}\n", 2, "expected the end of the file after the first document")]
    [InlineData("bonds:\n  bond0: *eth\n", 2, "expected an anchor &eth before its alias")]
    [InlineData("bonds: [bond0]\n", 1, "expected bonds by name")]
    [InlineData("- bonds\n", 1, "expected 'network:' or 'fastbond:'")]
    [InlineData("bonds:\n  bond0:\n    interfaces: eth0\n", 3, "expected a list of interface names")]
    [InlineData("bonds:\n  bond0:\n    interfaces: [eth0, [eth1]]\n", 3, "expected a list of interface names")]
    [InlineData("bonds:\n  bond/0: {}\n", 2, "'bond/0' can't be the name of a bond")]
    [InlineData("bonds:\n  bond0: {interfaces: [a-name-longer-than-any]}\n", 2, "can't be the name of an interface")]
    [InlineData("bonds:\n  bond0:\n    mtu: huge\n", 3, "'huge' is no MTU; expected 68 - 65535 bytes")]
    [InlineData("bonds:\n  bond0:\n    macaddress: 01:00:00:00:00:01\n", 3, "expected a unicast one like 02:00:00:00:00:01")]
    [InlineData("bonds:\n  bond0:\n    addresses: [192.0.2.1/33]\n", 3, "expected one like 192.0.2.1/24")]
    [InlineData("bonds:\n  bond0:\n    routes: [{to: default, via: gw}]\n", 3, "via: 'gw' is no address; expected one like 192.0.2.254")]
    [InlineData("bonds:\n  bond0:\n    routes: [{via: 192.0.2.1}]\n", 3, "expected 'default' or one like 198.51.100.0/24")]
    [InlineData("bonds:\n  bond0:\n    routes: [{to: '::/0', via: 192.0.2.1}]\n", 3, "expected a gateway of the destination's own family")]
    [InlineData("bonds:\n  bond0:\n    routes: [{to: default, via: 192.0.2.1, metric: low}]\n", 3, "metric: 'low' is no number; expected 0 - 4294967295")]
    [InlineData("bonds:\n  bond0:\n    parameters:\n      mode: 9\n", 4, "option mode: invalid value (9); allowed values balance-rr 0")]
    [InlineData("bonds:\n  bond0:\n    parameters:\n      mii-monitor-interval: 5 parsecs\n", 4, "expected milliseconds like 100, or 100ms, 1s")]
    [InlineData("bonds:\n  bond0:\n    parameters:\n      all-members-active: maybe\n", 4, "expected true or false")]
    [InlineData("bonds:\n  bond0:\n    parameters:\n      mode: active-backup\n      lacp-rate: fast\n", 5, "option lacp_rate: mode dependency failed")]
    [InlineData("bonds:\n  bond0:\n    parameters:\n      mii-monitor-interval: 100\n      arp-interval: 100\n", 5, "ARP monitoring cannot be used with MII monitoring")]
    [InlineData("bonds:\n  bond0:\n    interfaces: [bond1]\n  bond1: {}\n", 3, "bond1 is a bond and can't be a slave of bond0")]
    [InlineData("bonds:\n  bond0:\n    interfaces: [eth0]\n  bond1:\n    interfaces: [eth0]\n", 5, "eth0 is a slave of bond1 here and of bond0 at a.yaml:3")]
    [InlineData("bonds:\n  bond0:\n    interfaces: [eth0]\nfastbond:\n  bonds:\n    bond0:\n      ring: 100\n", 7, "option ring: invalid value (100); allowed values a power of two")]
    [InlineData("bonds:\n  bond0:\n    interfaces: [eth0]\nfastbond:\n  bonds:\n    bond0:\n      slaves:\n        eth0:\n          queue_id: 99\n", 9, "option queue_id: 99 is not a queue")]
    public void WhatIsWrongIsSaidWithItsLineAndNothingIsLeft(string text, int line, string said)
    {
        ConfigurationReading reading = Read.Yaml(text);
        Assert.Empty(reading.Bonds);
        Problem error = Assert.Single(reading.Problems, problem => problem.Severity == Severity.Error);
        Assert.Equal(("a.yaml", line), (error.Place.File, error.Place.Line));
        Assert.Contains(said, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bonds:\n  bond0: {interface: [eth0]}\n", "unknown key 'interface' is left out; the nearest is 'interfaces'")]
    [InlineData("bonds:\n  bond0:\n    parameters: {mii-monitor: 100}\n", "unknown parameter 'mii-monitor' is left out; the nearest is 'mii-monitor-interval'")]
    [InlineData("bonds:\n  bond0:\n    parameters: {lacprate: fast}\n", "unknown parameter 'lacprate' is left out; the nearest is 'lacp-rate'")]
    [InlineData("bonds:\n  bond0: {}\nfastbonds: {}\n", "unknown key 'fastbonds' is left out; the nearest is 'fastbond'")]
    [InlineData("network:\n  bond: {}\n  bonds:\n    bond0: {}\n", "unknown section 'bond' is left out; the nearest is 'bonds'")]
    [InlineData("bonds:\n  bond0: {}\nfastbond: {core: 2}\n", "unknown option 'core' is left out; the nearest is 'cores'")]
    [InlineData("bonds:\n  bond0: {interfaces: [eth0]}\nfastbond: {bonds: {bond0: {slaves: {eth0: {xdpmode: native}}}}}\n", "unknown slave option 'xdpmode' is left out; the nearest is 'xdp_mode'")]
    [InlineData("bonds:\n  bond0: {}\nfastbond: {bonds: {bond1: {cores: 2}}}\n", "there is no bond bond1 under 'bonds:'")]
    [InlineData("bonds:\n  bond0: {}\nfastbond: {bonds: {bond0: {slaves: {eth0: {prio: 1}}}}}\n", "eth0 is none of the interfaces of bond0")]
    [InlineData("bonds:\n  bond0: {dhcp4: true}\n", "dhcp4 is the job of whoever manages bond0")]
    [InlineData("bonds:\n  bond0: {nameservers: {addresses: [192.0.2.53]}}\n", "nameservers is the job of whoever manages bond0")]
    [InlineData("bonds:\n  bond0: {mtu: 1400, mtu: 1500}\n", "'mtu' stands here twice; the later one counts")]
    [InlineData("bonds:\n  bond0: {interfaces: [eth0], parameters: {mode: active-backup, primary: eth1}}\n", "primary eth1 is none of the slaves")]
    [InlineData("bonds:\n  bond0: {parameters: {mii-monitor-interval: 5}}\n", "miimon (5) is finer than links can be relied on to be checked")]
    [InlineData("ethernets: {nic: {match: {macaddress: '02:00:00:00:00:01'}}}\nbonds:\n  bond0: {interfaces: [nic]}\n", "nic is told by its hardware alone")]
    [InlineData("ethernets: {eth0: {dhcp4: true}}\nbonds:\n  bond0: {interfaces: [eth0]}\n", "eth0 is a slave of bond0, which has no addresses of its own")]
    public void WhatIsDoubtfulIsSaidAndTheRestStands(string text, string said)
    {
        ConfigurationReading reading = Read.Yaml(text);
        Assert.Equal("bond0", Assert.Single(reading.Bonds).Name);
        Assert.Contains(said, Assert.Single(reading.Problems).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralFilesAreMergedAndWhatTheyDisagreeOnIsNamedWithBoth()
    {
        ConfigurationReading reading = Read.Yaml(
            "network:\n  bonds:\n    bond0:\n      interfaces: [eth0]\n      mtu: 1500\n      addresses: [192.0.2.1/24]\n      parameters: {mode: balance-rr, up-delay: 200}\n",
            "network:\n  bonds:\n    bond0:\n      interfaces: [eth1]\n      mtu: 9000\n      addresses: [192.0.2.2/24]\n      parameters:\n        mode: active-backup\n",
            "fastbond: {bonds: {bond0: {idle: spin}}}\n");
        BondConfiguration bond = Assert.Single(reading.Bonds);
        Assert.Equal("eth0 eth1", bond.Slaves.Names());
        Assert.Equal("mode=active-backup updelay=200 idle=spin", bond.Options.Words());
        Assert.Equal((9000, 2), (bond.Mtu, bond.Addresses.Count));
        Assert.Equal(
            [
                "b.yaml:5: warning: the MTU of bond0 is 9000 here and 1500 at a.yaml:5; 9000 is taken",
                "b.yaml:8: warning: option mode of bond0 is active-backup here and balance-rr at a.yaml:7; active-backup is taken",
            ],
            reading.Lines());
    }

    [Fact]
    public void AnInterfaceIsCalledWhatNetplanCallsItInTheEnd() => Assert.Equal(
        "lan0 enp4s0 eth2",
        Read.Yaml(
            """
            bonds:
              bond0: {interfaces: [a, b, eth2]}
            ethernets:
              a: {match: {macaddress: "02:00:00:00:00:01"}, set-name: lan0}
              b: {match: {name: enp4s0}}
            """).OnlyBond().Slaves.Names());

    [Fact]
    public void DefaultsAreForEveryBondThatSaysNothingElse()
    {
        ConfigurationReading reading = Read.Yaml("bonds: {bond0: {}, bond1: {parameters: {mii-monitor-interval: 50}}}\nfastbond: {miimon: 200, cores: 2-3}\n");
        Assert.Empty(reading.Lines());
        Assert.Equal(["miimon=200 cores=2-3", "miimon=50 cores=2-3"], reading.Bonds.Select(bond => bond.Options.Words()));
    }

    [Fact]
    public void ADirectoryIsReadInTheOrderOfNames()
    {
        using TempDirectory directory = new();
        File.WriteAllText(directory.File("20-b.yaml"), "bonds: {bond0: {mtu: 9000}}\n");
        File.WriteAllText(directory.File("10-a.yaml"), "bonds: {bond0: {mtu: 1500}}\n");
        File.WriteAllText(directory.File("30-c.yml.bak"), "{{{\n");
        ConfigurationReading reading = ConfigurationFiles.Read(directory.Path);
        Assert.Equal(9000, Assert.Single(reading.Bonds).Mtu);
        Assert.Equal(
            $"{directory.File("20-b.yaml")}:1: warning: the MTU of bond0 is 9000 here and 1500 at {directory.File("10-a.yaml")}:1; 9000 is taken",
            Assert.Single(reading.Lines()));
    }

    [Fact]
    public void AFileThatCannotBeReadIsSaid()
    {
        using TempDirectory directory = new();
        string path = directory.File("x.yaml");
        Assert.Equal([$"{path}: there is no such file"], ConfigurationFiles.Read(path).Lines());
        File.WriteAllBytes(path, [0xff, 0xfe, 0x00, 0x80]);
        Assert.Equal([$"{path}: not text; expected UTF-8"], ConfigurationFiles.Read(path).Lines());
        File.WriteAllText(path, new string('#', 1 << 21));
        Assert.Equal([$"{path}: too long; expected at most 1024 KiB"], ConfigurationFiles.Read(path).Lines());
        Assert.Empty(ConfigurationFiles.Read(Directory.CreateDirectory(directory.File("empty")).FullName).Problems);
    }

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 14) - 1)]
    [InlineData(1 << 14)]
    [InlineData((1 << 14) + 1)]
    [InlineData(1 << 20)]
    public void AFileIsReadWhole(int length)
    {
        using TempDirectory directory = new();
        string path = directory.File("x.yaml"), text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
        File.WriteAllText(path, text);
        Assert.Equal(text, ConfigurationFiles.TryReadText(path, new Draft()));
    }

    /// <summary>Large objects bring on collections of the whole heap, which stop every poll core, and a daemon is told to reload often.</summary>
    [Fact]
    public void ASmallFileTakesNoLargeObject()
    {
        const long SmallestLargeObject = 85_000;
        using TempDirectory directory = new();
        string path = directory.File("x.yaml");
        File.WriteAllText(path, "bonds: {bond0: {mtu: 9000}}\n");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(ConfigurationFiles.TryReadText(path, new Draft()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, SmallestLargeObject);
    }

    [Fact]
    public void DeepNestingIsAnErrorAndNoCrash() =>
        Assert.Contains("expected at most 32 levels of nesting", Assert.Single(Read.Yaml(new string('[', 100_000)).Problems).Text, StringComparison.Ordinal);

    [Fact]
    public void ImportedYamlIsWhatNetplanWouldWrite() => Assert.Equal(
        """
        network:
          version: 2
          ethernets:
            eth0: {}
            "a\"b:c": {}
          bonds:
            bond0:
              interfaces: [eth0, "a\"b:c"]
              addresses: ["fd00::1/64", 192.0.2.1/24]
              routes:
                - to: default
                  via: 192.0.2.254
              parameters:
                mode: balance-xor
                mii-monitor-interval: 100
                all-members-active: false
        fastbond:
          bonds:
            bond0:
              cores: 2-4

        """.Replace("a\\\"b:c", "a\\\"b", StringComparison.Ordinal),
        NetplanWriter.Write(Read.Yaml(
            """
            bonds:
              bond0:
                interfaces: [eth0, 'a"b']
                addresses: ["fd00::1/64", 192.0.2.1/24]
                gateway4: 192.0.2.254
                parameters: {all-members-active: off, mode: 2, mii-monitor-interval: 100}
            fastbond: {cores: "2-4"}
            """).Bonds));
}
