using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Offloads;
using FastBond.Linux.Links;
using FastBond.Linux.Native;
using FastBond.Linux.Ports;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <summary>
/// The bond's interface on the host: a persistent multi-queue TAP, one queue for each core. It outlives the process, so that a crash or an
/// upgrade costs the host no address, route or VLAN; the next start takes it over.
/// </summary>
internal sealed class HostInterface
{
    private readonly EngineContext _context;
    private readonly int[] _queues;
    private readonly TapPort[] _ports;
    private readonly bool _offloads;
    private readonly LinkInfo _link;
    private readonly LinkLock _owner;
    private bool _carrier;

    private HostInterface(EngineContext context, LinkInfo link, int[] queues, bool offloads, LinkLock owner, bool wasThere)
    {
        _context = context;
        _link = link;
        _queues = queues;
        _offloads = offloads;
        _ports = new TapPort[queues.Length];
        _owner = owner;
        WasThere = wasThere;
    }

    /// <summary>Interface name.</summary>
    public string Name => _link.Name;

    /// <summary>Interface index.</summary>
    public int IfIndex => _link.IfIndex;

    /// <summary>Whether an earlier process had left it.</summary>
    public bool WasThere { get; }

    /// <summary>The MAC it was found with, or came into being with.</summary>
    public HardwareAddress FoundAddress => _link.Address;

    /// <summary>What <see cref="MakePort"/> made, one for each core.</summary>
    public IReadOnlyList<TapPort> Ports => _ports;

    /// <summary>Whether the device still exists: it may have been deleted, or moved to another network namespace (then it does).</summary>
    public bool Exists => NativeMethods.TapSetCarrier(_queues[0], _carrier ? 1 : 0) == 0;

    /// <summary>Creates the interface, administratively down, or takes over the one an earlier process left; carrier off.</summary>
    public static Outcome Open(EngineContext context, string name, int queues, bool offloads, out HostInterface? host)
    {
        host = null;

        // A device that is there is claimed before it is touched: one more queue would disturb the process that has it.
        LinkInfo? found = context.Links.Find(name);
        LinkLock? owner = found is null ? null : context.TryLock(found.IfIndex);
        if (found is not null && owner is null)
        {
            return new Outcome(Errno.EBUSY, $"{name} belongs to another FastBond that is running");
        }

        List<int> descriptors = [];
        int error = OpenQueues(name, queues, offloads, descriptors);
        LinkInfo? opened = error == 0 ? context.Links.Find(name) : null;
        owner ??= opened is null ? null : context.TryLock(opened.IfIndex);
        if (opened is null || owner is null)
        {
            foreach (int descriptor in descriptors)
            {
                _ = Libc.Close(descriptor);
            }

            owner?.Dispose();
            return Refusal(name, found is not null, error == 0 ? Errno.EBUSY : (Errno)(-error));
        }

        host = new HostInterface(context, opened, [.. descriptors], offloads, owner, wasThere: found is not null);
        return Outcome.Ok;
    }

    /// <summary>Makes a core's port, of the queue of that number.</summary>
    public TapPort MakePort(int core, FramePool pool) => _ports[core] = new TapPort(_queues[core], pool, _offloads);

    /// <summary>Sets the carrier the host sees, at once.</summary>
    public void SetCarrier(bool up)
    {
        _carrier = up;
        _ = NativeMethods.TapSetCarrier(_queues[0], up ? 1 : 0);

        // The kernel would tell a loss up to a second late; asking for the flag makes it tell now.
        _ = _context.Ethtool.Carrier(Name);
    }

    /// <summary>Gives the interface a MAC.</summary>
    public void SetAddress(HardwareAddress address)
    {
        Outcome outcome = _context.Links.SetAddress(_link, address);
        if (!outcome.Success)
        {
            _context.Settings.Log(LogPriority.Error, outcome.Message);
        }
    }

    /// <summary>Gives the interface an MTU, in bytes of payload.</summary>
    public void SetMtu(int mtu)
    {
        Outcome outcome = _context.Links.SetMtu(_link, mtu);
        if (!outcome.Success)
        {
            _context.Settings.Log(LogPriority.Error, outcome.Message);
        }
    }

    /// <summary>Lets the device outlive the process, from now on.</summary>
    public void Persist() => _ = NativeMethods.TapSetPersistent(_queues[0], 1);

    /// <summary>Asks the host's stack, and the guests of a bridge above, for reports of all their multicast groups (IGMP, MLD).</summary>
    public void AskForMulticastReports()
    {
        Span<byte> frame = stackalloc byte[MulticastQueryFrame.MaxLength];
        Inject(frame[..MulticastQueryFrame.WriteIgmp(frame)]);
        Inject(frame[..MulticastQueryFrame.WriteMld(frame)]);
    }

    /// <summary>Hands the host a frame (destination MAC first) past the cores.</summary>
    public unsafe void Inject(ReadOnlySpan<byte> frame)
    {
        byte* buffer = stackalloc byte[VirtioNetHeader.Length + frame.Length];
        frame.CopyTo(new Span<byte>(buffer + VirtioNetHeader.Length, frame.Length));
        FrameDescriptor descriptor = new() { Address = VirtioNetHeader.Length, Length = (uint)frame.Length };
        _ = NativeMethods.TapWrite(_queues[0], buffer, &descriptor, 1);
    }

    /// <summary>Closes the queues. Kept, the device stays with its addresses and without carrier; otherwise it goes.</summary>
    public void Close(bool keep)
    {
        SetCarrier(false);
        _ = NativeMethods.TapSetPersistent(_queues[0], keep ? 1 : 0);
        foreach (int queue in _queues)
        {
            _ = Libc.Close(queue);
        }

        _owner.Dispose();
    }

    private static int OpenQueues(string name, int queues, bool offloads, List<int> descriptors)
    {
        for (int i = 0; i < queues; i++)
        {
            int descriptor = NativeMethods.TapOpen(name);
            if (descriptor < 0)
            {
                return descriptor;
            }

            descriptors.Add(descriptor);
        }

        int first = descriptors[0];
        int error = NativeMethods.TapSetCarrier(first, 0);
        error = error != 0 ? error : TapOffloads.Set(first, offloads);
        return error != 0 || queues == 1 ? error : NativeMethods.TapSteer(first, (uint)queues);
    }

    private static Outcome Refusal(string name, bool wasThere, Errno error) => error switch
    {
        Errno.EINVAL or Errno.EBUSY when wasThere =>
            new Outcome(Errno.EEXIST, $"an interface {name} exists and is not a free multi-queue TAP that FastBond could take over"),
        Errno.EINVAL => new Outcome(error, $"'{name}' is not a name for an interface"),
        Errno.ENOENT => new Outcome(error, "/dev/net/tun is missing: the kernel module tun is needed"),
        Errno.EPERM => new Outcome(error, $"creating {name} needs CAP_NET_ADMIN"),
        _ => new Outcome(error, $"the kernel refused the TAP {name}"),
    };
}
