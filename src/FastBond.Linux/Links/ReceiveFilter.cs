using System.ComponentModel;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>
/// What one slave's NIC lets in beyond its own address: all groups while it carries the bond's traffic, everything while the bond is
/// promiscuous. By packet-socket memberships, which the kernel counts with everybody else's and takes back when the process dies.
/// </summary>
public sealed unsafe class ReceiveFilter : IDisposable
{
    private const int Multicast = 0, Promiscuous = 1, AllMulticast = 2;

    private readonly int _fd;
    private readonly LinkInfo _link;
    private bool _promiscuous;
    private bool _allMulticast;
    private HardwareAddress[] _groups = [];
    private bool _closed;

    /// <summary>Opens the socket that holds the memberships; none yet.</summary>
    /// <exception cref="Win32Exception">The kernel refused (EPERM without CAP_NET_RAW).</exception>
    public ReceiveFilter(LinkInfo link)
    {
        _link = link;
        _fd = NativeMethods.FilterOpen();
        if (_fd < 0)
        {
            throw new Win32Exception(-_fd);
        }
    }

    /// <summary>Lets in what is asked for, and no longer what is not.</summary>
    public Outcome Set(bool allMulticast, bool promiscuous)
    {
        Outcome outcome = Change(AllMulticast, ref _allMulticast, allMulticast);
        return outcome.Success ? Change(Promiscuous, ref _promiscuous, promiscuous) : outcome;
    }

    /// <summary>Lets in these groups, and no longer the others it was given before.</summary>
    public Outcome SetGroups(IReadOnlyList<HardwareAddress> groups)
    {
        int failure = 0;
        foreach (HardwareAddress group in groups.Except(_groups))
        {
            int result = Change(group, join: true);
            failure = failure < 0 ? failure : result;
        }

        foreach (HardwareAddress group in _groups.Except(groups))
        {
            _ = Change(group, join: false);
        }

        _groups = [.. groups];
        return NativeError.ToOutcome(failure, $"cannot change what {_link.Name} lets in");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _ = Libc.Close(_fd);
        }
    }

    private int Change(in HardwareAddress group, bool join)
    {
        fixed (byte* address = group.AsSpan())
        {
            return NativeMethods.FilterChange(_fd, _link.IfIndex, Multicast, address, (uint)group.Length, join ? 1 : 0);
        }
    }

    private Outcome Change(int kind, ref bool present, bool wanted)
    {
        if (present == wanted)
        {
            return Outcome.Ok;
        }

        int result = NativeMethods.FilterChange(_fd, _link.IfIndex, kind, null, 0, wanted ? 1 : 0);
        if (result == 0)
        {
            present = wanted;
        }

        return NativeError.ToOutcome(result, $"cannot change what {_link.Name} lets in");
    }
}
