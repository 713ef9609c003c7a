using FastBond.Doctor;

namespace FastBond.Program.Tests;

/// <summary>What the doctor makes of a machine, from its facts.</summary>
public sealed class DoctorTests
{
    private static readonly NicFacts Nic = new() { Name = "eth0", Driver = "ice", SpeedMbps = 25000, Queues = 8, MaxQueues = 8, IsUp = true, Carrier = true };

    private static readonly MachineFacts Machine = new()
    {
        Kernel = new Version(6, 12),
        HugePages = (64, 2048),
        Cpus = 8,
        IsolatedCpus = "2-7",
        Governors = ["performance"],
    };

    [Fact]
    public void AMachineThatIsWellNeedsNoCommand()
    {
        IReadOnlyList<Finding> findings = [.. Examination.OfMachine(Machine), .. Examination.OfNic(Nic, Machine)];
        Assert.All(findings, finding => Assert.Null(finding.Command));
        Assert.Equal(
            [
                "Linux 6.12: has all that FastBond uses", "locked memory: enough", "huge pages: 64 of 2048 KiB free", "isolated CPUs: 2-7; name them under 'cores'",
                "ice, 25000 Mb/s, 8 queue(s): zerocopy expected, up to 8 core(s), MTU up to 3498",
            ],
            findings.Select(finding => finding.Text));
    }

    public static TheoryData<string, string> MachineFindings => new()
    {
        { "kernel 5.4", "apt install linux-image-amd64    (a newer kernel, and a reboot)" },
        { "tun", "modprobe tun" },
        { "memlock", "ulimit -l unlimited    (the service has LimitMEMLOCK=infinity)" },
        { "huge pages", "sysctl -w vm.nr_hugepages=64" },
        { "isolated", "isolcpus=1-7 nohz_full=1-7 on the kernel's command line    (those that 'cores' names)" },
        { "governor", "cpupower frequency-set -g performance" },
        { "jit", "sysctl -w net.core.bpf_jit_enable=1" },
        { "bonding", "ip link delete bond0    (or modprobe -r bonding)" },
    };

    [Theory]
    [MemberData(nameof(MachineFindings))]
    public void EachThingWrongWithTheMachineHasItsCommand(string what, string command) =>
        Assert.Equal(command, Assert.Single(Examination.OfMachine(what switch
        {
            "kernel 5.4" => Machine with { Kernel = new Version(5, 4) },
            "tun" => Machine with { HasTun = false },
            "memlock" => Machine with { Memlock = 8 << 20 },
            "huge pages" => Machine with { HugePages = (0, 2048) },
            "isolated" => Machine with { IsolatedCpus = "" },
            "governor" => Machine with { Governors = ["performance", "powersave"] },
            "jit" => Machine with { BpfJit = false },
            _ => Machine with { HasKernelBonds = true },
        }), finding => finding.Command is not null).Command);

    public static TheoryData<string, string> NicFindings => new()
    {
        { "few queues", "ethtool -L eth0 combined 16" },
        { "ena", "ethtool -L eth0 combined 4" },
        { "mtu", "ip link set eth0 mtu 3498" },
        { "offloads", "ethtool -K eth0 rx-lro off rx-vlan-filter off" },
        { "master", "ip link set eth0 nomaster" },
        { "route", "ip route delete default via 192.0.2.1 dev eth0" },
        { "address", "ip address flush dev eth0" },
        { "NetworkManager", "nmcli device set eth0 managed no" },
        { "systemd-networkd", @"printf '[Match]\nName=eth0\n[Link]\nUnmanaged=yes\n' > /etc/systemd/network/05-eth0.network && networkctl reload" },
        { "ifupdown", "ifdown eth0    (and take it out of /etc/network/interfaces)" },
    };

    [Theory]
    [MemberData(nameof(NicFindings))]
    public void EachThingWrongWithAnInterfaceHasItsCommand(string what, string command) =>
        Assert.Equal(command, Assert.Single(Examination.OfNic(what switch
        {
            "few queues" => Nic with { MaxQueues = 16 },
            "ena" => Nic with { Driver = "ena" },
            "mtu" => Nic with { Mtu = 9000 },
            "offloads" => Nic with { OffloadsInTheWay = ["rx-lro", "rx-vlan-filter"] },
            "master" => Nic with { Master = "br0" },
            "route" => Nic with { DefaultRoute = "default via 192.0.2.1 dev eth0" },
            "address" => Nic with { Addresses = ["192.0.2.5/24"] },
            var manager => Nic with { Managers = [manager] },
        }, Machine), finding => finding.Command is not null).Command);

    [Theory]
    [InlineData("5.15", false, 3498, "enough; UDP crosses the host interface in super-frames from 6.2, InfiniBand has large MTUs from 6.6")]
    [InlineData("6.2", true, 3624, "enough; InfiniBand has large MTUs from 6.6")]
    [InlineData("6.6", true, 65064, "has all that FastBond uses")]
    public void TheKernelLimitsTheMtu(string kernel, bool infiniBand, int mtu, string said)
    {
        MachineFacts machine = Machine with { Kernel = Version.Parse(kernel) };
        Assert.Equal($"Linux {kernel}: {said}", Examination.OfMachine(machine)[0].Text);
        string text = Examination.OfNic(Nic with { IsInfiniBand = infiniBand }, machine)[0].Text;
        Assert.EndsWith($", MTU up to {mtu}", text, StringComparison.Ordinal);
        Assert.Contains(infiniBand ? ": generic expected" : ": zerocopy expected", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ice", "5.4", "generic", "native needs Linux 5.5; this is 5.4")]
    [InlineData("veth", "6.12", "native", null)]
    [InlineData("virtio_net", "6.1", "native", "zerocopy needs Linux 6.11; this is 6.1")]
    [InlineData("vmxnet3", "6.1", "generic", "native needs Linux 6.6; this is 6.1")]
    [InlineData("e1000", "6.12", "generic", null)]
    [InlineData("", "6.12", "generic", null)]
    public void TheModeFollowsFromDriverAndKernel(string driver, string kernel, string mode, string? better)
    {
        IReadOnlyList<Finding> findings = Examination.OfNic(Nic with { Driver = driver }, Machine with { Kernel = Version.Parse(kernel) });
        Assert.Contains($": {mode} expected, ", findings[0].Text, StringComparison.Ordinal);
        Assert.Equal(better, findings.ElementAtOrDefault(1)?.Text);
    }

    [Fact]
    public void ASlaveOfOursIsLeftInPeace() => Assert.Equal(
        "a slave of bond0 now", Examination.OfNic(Nic with { Bond = "bond0", Addresses = ["192.0.2.5/24"] }, Machine)[^1].Text);

    [Fact]
    public void WhatIsSpecialIsSaid()
    {
        Assert.Contains("fail_over_mac=active", Examination.OfNic(Nic with { IsVirtualFunction = true }, Machine)[^1].Text, StringComparison.Ordinal);
        Assert.Contains("InfiniBand", Examination.OfNic(Nic with { IsInfiniBand = true }, Machine)[^1].Text, StringComparison.Ordinal);
        Assert.Contains(", no carrier, ", Examination.OfNic(Nic with { SpeedMbps = 0, Carrier = false }, Machine)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheManualHasEveryCommandAndTheUnitsFiles()
    {
        string manual = (await Ran.AsyncOf("manual")).Output;
        foreach (string command in new[] { "run", "check", "reload", "confirm", "import", "doctor", "events", "show", "enslave", "hash", "restore" })
        {
            Assert.Contains($"\n.B fastbond {command}\n", manual, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("fastbond manual", manual, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n", manual, StringComparison.Ordinal);
    }
}
