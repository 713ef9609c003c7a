using System.Runtime.CompilerServices;
using FastBond.Core.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Links;
using FastBond.Linux.Native;
using FastBond.Linux.Restore;

namespace FastBond.Lab.Tests.Native;

/// <summary>
/// A process that takes an interface over and then does nothing until it is killed: this very program, started with
/// <c>FASTBOND_TEST_HOLD=STATEDIR:INTERFACE</c>.
/// </summary>
internal static class Holder
{
    public const string BondAddress = "02:00:00:00:be:ef";
    public const int Mtu = 1400;

    private const string Variable = "FASTBOND_TEST_HOLD";
    private const string Ready = "holding";

    /// <summary>Starts one in a namespace and waits until it holds the interface.</summary>
    public static ChildProcess Start(NetworkNamespace place, string stateDirectory, string name)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "FastBond.Lab.Tests");
        ChildProcess child = place.Start(["env", $"{Variable}={stateDirectory}:{name}", program]);
        try
        {
            child.WaitForLine(line => line.Contains(Ready, StringComparison.Ordinal), TimeSpan.FromSeconds(10), Ready);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    // Before xunit's Main, which knows nothing of it.
    [ModuleInitializer]
    internal static void HoldIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(':') is [var directory, var name])
        {
            Hold(new StateDirectory(directory), name);
        }
    }

    private static void Hold(StateDirectory state, string name)
    {
        using NetlinkSocket netlink = new();
        using Ethtool ethtool = new();
        Linux.Links.LinkInfo link = netlink.Find(name) ?? throw new LabException($"no {name}");
        TakenLink.Take(state, netlink, ethtool, link, out TakenLink? taken).ThrowIfFailed();
        taken!.Silence([]).ThrowIfFailed();
        netlink.SetUp(link, up: false).ThrowIfFailed();
        netlink.SetAddress(link, HardwareAddress.Parse(BondAddress)).ThrowIfFailed();
        netlink.SetMtu(link, Mtu).ThrowIfFailed();
        netlink.SetUp(link, up: true).ThrowIfFailed();
        int attached = NativeMethods.XdpAttach(link.IfIndex, 1, XdpMode.Native, 0, out XdpHandle xdp);
        if (attached < 0 || TestSocket.Open(xdp, link.IfIndex, 0, XdpMode.Native, out TestSocket? socket) < 0)
        {
            throw new LabException($"attach: {attached}");
        }
        Console.WriteLine(Ready);
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(socket);
    }
}
