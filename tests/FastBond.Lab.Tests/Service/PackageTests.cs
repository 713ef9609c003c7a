using FastBond.Lab.Machine;
using FastBond.Lab.Product;
using Xunit;

namespace FastBond.Lab.Tests.Service;

/// <summary>The Debian package: what it holds runs, is documented, and comes and goes cleanly.</summary>
public sealed class PackageTests : ScenarioTest, IClassFixture<UnpackedPackage>
{
    private static readonly TimeSpan Installation = TimeSpan.FromMinutes(1);
    private readonly UnpackedPackage _package;

    public PackageTests(UnpackedPackage package)
    {
        _package = package;
        Assert.SkipUnless(package.SkipReason.Length == 0, package.SkipReason);
    }

    [Fact]
    public void It_holds_what_it_should_and_says_what_it_needs()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(_package.Folder, "*", SearchOption.AllDirectories)
                .Select(file => file[_package.Folder.Length..] + (new FileInfo(file).LinkTarget is { } target ? $" -> {target}" : "")).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(
            [
                "/usr/bin/fastbond -> ../lib/fastbond/fastbond",
                "/usr/lib/fastbond/fastbond",
                "/usr/lib/fastbond/ifenslave -> fastbond",
                "/usr/lib/fastbond/libfastbond.so",
                "/usr/lib/systemd/system/fastbond.service",
                "/usr/share/bash-completion/completions/fastbond",
                "/usr/share/doc/fastbond/copyright",
                "/usr/share/doc/fastbond/examples/fastbond.yaml",
                "/usr/share/fish/vendor_completions.d/fastbond.fish",
                "/usr/share/man/man8/fastbond.8.gz",
                "/usr/share/man/man8/ifenslave.fastbond.8.gz -> fastbond.8.gz",
                "/usr/share/zsh/vendor-completions/_fastbond",
            ],
            files);
        Assert.Equal($"fastbond {Field("Version")}\n", Command.Run(_package.Path("/usr/bin/fastbond"), ["--version"]).EnsureSuccess().Output);

        // Every library that the loader looks for comes from a package that is named.
        string[] needed = [.. DependencyNames(Field("Depends"))];
        foreach (string file in new[] { "fastbond", "libfastbond.so" })
        {
            foreach (string library in DirectlyNeeded(_package.Path("/usr/lib/fastbond/" + file)))
            {
                string owner = Command.Run("dpkg-query", ["--search", "*/" + library]).EnsureSuccess().Output.Split(':')[0];
                Assert.Contains(owner, needed);
            }
        }
    }

    [Fact]
    public void Its_example_configuration_and_its_ifenslave_work()
    {
        string example = string.Join('\n', File.ReadAllLines(_package.Path("/usr/share/doc/fastbond/examples/fastbond.yaml"))
            .SkipWhile(line => line != "# network:").Select(line => line[Math.Min(2, line.Length)..])) + "\n";
        ConfiguredHost host = new(Lab, example, ipv6: true, program: _package.Path("/usr/bin/fastbond"));
        BondStatus status = host.Daemon.WaitFor(now => now.HasAllUp(2), Soon, "both slaves");
        Assert.Equal("eth0", status.ActiveSlave);
        Assert.Equal(200, (int)status.Option("peer_notify_delay")!);
        Assert.Contains("192.0.2.10/24", host.Place.Ip("address show dev bond0").Output, StringComparison.Ordinal);
        Assert.Contains("fd00::10/64", host.Place.Ip("address show dev bond0").Output, StringComparison.Ordinal);
        Assert.Contains("default via 192.0.2.1", host.Place.Ip("route").Output, StringComparison.Ordinal);
        Assert.Equal("nothing changes\n", host.Daemon.Do($"check --config {host.File.Path}").Output);

        // S21: what leaves has its own MAC again.
        Assert.Equal(("02:aa:00:00:00:00", "02:aa:00:00:00:00"), (host.Place.Link("eth0").Address, host.Place.Link("eth1").Address));
        Ifenslave(host, "-d bond0 eth0 eth1");
        Assert.Equal(("02:aa:00:00:00:00", "02:aa:00:00:00:01"), (host.Place.Link("eth0").Address, host.Place.Link("eth1").Address));
        Ifenslave(host, "bond0 eth1 eth0");
        host.Daemon.WaitFor(now => now.HasAllUp(2), Soon, "both slaves again");
        Ifenslave(host, "-c bond0 eth1");
        Assert.Equal("eth1", host.Daemon.Status().ActiveSlave);
        Assert.Equal(host.Daemon.Text(), Ifenslave(host, "bond0"));
    }

    [Fact]
    public void Its_manual_page_renders_without_a_warning()
    {
        Assert.SkipUnless(Has("groff"), "this machine lacks groff");
        string page = Path.Combine(_package.Folder, "fastbond.8");
        File.WriteAllText(page, Command.Run("gzip", ["-dc", _package.Path("/usr/share/man/man8/fastbond.8.gz")]).EnsureSuccess().Output);
        CommandResult rendered = Command.Run("groff", ["-Kutf8", "-Tutf8", "-man", "-ww", "-P-cbou", page]).EnsureSuccess();
        File.Delete(page);
        Assert.Equal("", rendered.Error);
        Assert.Contains("fastbond reload [--confirm SECONDS]", rendered.Output, StringComparison.Ordinal);
        Assert.Contains("/etc/fastbond/fastbond.yaml", rendered.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fastbond rel", "release reload")]
    [InlineData("fastbond show --b", "--brief")]
    [InlineData("fastbond set bond0 mii", "miimon=")]
    [InlineData("fastbond enslave bond0 l", "lo")]
    [InlineData("fastbond hash --policy layer2", "layer2 layer2+3")]
    public void Its_completion_completes(string line, string words)
    {
        // As bash calls it: the words, which of them, the line and the place in it.
        string script =
            $"""
            PATH={_package.Path("/usr/bin")}:$PATH
            source {_package.Path("/usr/share/bash-completion/completions/fastbond")}
            COMP_WORDS=({line}) COMP_CWORD=$((${"{"}#COMP_WORDS[@]{"}"} - 1)) COMP_LINE='{line}' COMP_POINT={line.Length}
            _fastbond 2>/dev/null
            echo "${"{"}COMPREPLY[*]{"}"}"
            """;
        Assert.Equal(words + "\n", Command.Run("bash", ["-c", script]).Output);
    }

    [Theory]
    [InlineData("zsh", "/usr/share/zsh/vendor-completions/_fastbond")]
    [InlineData("fish", "/usr/share/fish/vendor_completions.d/fastbond.fish")]
    public void Its_completion_is_the_shells_language(string shell, string file)
    {
        Assert.SkipUnless(Has(shell), $"this machine lacks {shell}");
        Command.Run(shell, ["-n", _package.Path(file)]).EnsureSuccess();
    }

    [Fact]
    public void Its_unit_says_what_the_service_needs()
    {
        string path = _package.Path("/usr/lib/systemd/system/fastbond.service");
        string[] keys = [.. File.ReadAllLines(path).Where(line => line.Length > 0 && line[0] is not ('#' or '['))];
        Assert.All(
            [
                "Type=notify", "NotifyAccess=main", "WatchdogSec=10", "Restart=on-failure", "ExecStart=/usr/bin/fastbond run --config /etc/fastbond/fastbond.yaml",
                "ExecReload=/usr/bin/fastbond reload", "RuntimeDirectory=fastbond", "RuntimeDirectoryPreserve=yes", "LimitMEMLOCK=infinity", "CPUAffinity=0",
                "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_BPF CAP_IPC_LOCK", "DeviceAllow=/dev/net/tun rw",
            ],
            key => Assert.Contains(key, keys));
        Assert.DoesNotContain(keys, key => key.StartsWith("ProtectKernelTunables", StringComparison.Ordinal) || key.StartsWith("MemoryDenyWriteExecute", StringComparison.Ordinal));
        Assert.SkipUnless(Has("systemd-analyze"), "this machine lacks systemd-analyze");

        // The program isn't installed here: another stands in for it, so that all else is looked at.
        string unit = Path.Combine(_package.Folder, "fastbond.service");
        File.WriteAllText(unit, File.ReadAllText(path).Replace("/usr/bin/fastbond", "/bin/true", StringComparison.Ordinal));
        CommandResult verified = Command.Run("systemd-analyze", ["verify", "--man=no", unit]);
        File.Delete(unit);
        Assert.Equal("", verified.Error + verified.Output);
    }

    [Fact]
    public void It_installs_and_removes_cleanly()
    {
        using SmallSystem system = new([.. DependencyNames(Field("Depends"))]);
        string[] before = system.Files();
        Dpkg("--install", _package.File);
        Assert.Contains("\nfastbond:x:", system.Groups, StringComparison.Ordinal);
        Assert.True(Directory.Exists(system.Path("/etc/fastbond")));
        Dpkg("--install", _package.File);
        Dpkg("--remove", "fastbond");
        Assert.Equal(before, system.Files());

        Dpkg("--install", _package.File);
        File.WriteAllText(system.Path("/etc/fastbond/fastbond.yaml"), "bonds: {}\n");
        Dpkg("--remove", "fastbond");
        Assert.Equal([.. before.Concat(["/etc/fastbond", "/etc/fastbond/fastbond.yaml"]).Order(StringComparer.Ordinal)], system.Files());
        Dpkg("--purge", "fastbond");
        Assert.Equal(before, system.Files());
        Assert.DoesNotContain("fastbond", system.Groups, StringComparison.Ordinal);

        void Dpkg(string action, string what) => Command.Run("dpkg", ["--root=" + system.Folder, action, what], Installation).EnsureSuccess();
    }

    private static bool Has(string program) => Command.Run("sh", ["-c", $"command -v {program}"]).Success;

    /// <summary>The libraries a file names itself; those that they need in turn are their packages' concern.</summary>
    private static IEnumerable<string> DirectlyNeeded(string file) =>
        Command.Run("readelf", ["--dynamic", file]).EnsureSuccess().Output.Split('\n').Where(line => line.Contains("(NEEDED)", StringComparison.Ordinal))
            .Select(line => line.Split('[', ']')[1]);

    private static IEnumerable<string> DependencyNames(string depends) => depends.Split(", ").Select(one => one.Split(' ')[0]);

    private string Field(string name) => Command.Run("dpkg-deb", ["--field", _package.File, name]).EnsureSuccess().Output.Trim();

    private string Ifenslave(ConfiguredHost host, string words) =>
        host.Place.Try(["env", $"FASTBOND_SOCKET={host.Daemon.Socket}", _package.Path("/usr/lib/fastbond/ifenslave"), .. Command.Words(words)]).EnsureSuccess().Output;
}
