using System.ComponentModel;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>What happened to an interface or an address.</summary>
public enum LinkEventKind
{
    /// <summary>An interface is there or has changed.</summary>
    LinkNew = 1,

    /// <summary>An interface is gone.</summary>
    LinkGone,

    /// <summary>An address is there or has changed.</summary>
    AddressNew,

    /// <summary>An address is gone.</summary>
    AddressGone,

    /// <summary>The kernel had to drop messages: everything known may be wrong, list it again.</summary>
    Overrun,
}

/// <summary>One change.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Link">The interface, of the link kinds.</param>
/// <param name="Address">The address, of the address kinds.</param>
public readonly record struct LinkEvent(LinkEventKind Kind, LinkInfo? Link, AddressInfo? Address);

/// <summary>
/// The kernel's stream of changes to interfaces and addresses, of the network namespace of the thread that opened it. Reading costs
/// nothing on the managed heap while there is nothing to read.
/// </summary>
public sealed unsafe class LinkWatch : IDisposable
{
    private const int Burst = 16;
    private readonly WatchHandle _handle;
    private readonly NativeEvent[] _events = new NativeEvent[Burst];

    /// <summary>Subscribes: open it first, list afterwards, and nothing is missed.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    /// <exception cref="DllNotFoundException">libfastbond.so is not there.</exception>
    public LinkWatch()
    {
        int error = NativeMethods.WatchOpen(out _handle);
        if (error < 0)
        {
            throw new Win32Exception(-error);
        }

        Fd = NativeMethods.WatchFd(_handle);
    }

    /// <summary>The descriptor to wait on; readable when there are events.</summary>
    public int Fd { get; }

    /// <summary>Appends all that has happened since the last call; never waits.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public void Read(List<LinkEvent> into)
    {
        int count;
        do
        {
            fixed (NativeEvent* events = _events)
            {
                count = NativeMethods.WatchRead(_handle, events, Burst);
                for (int i = 0; i < count; i++)
                {
                    into.Add(From(events + i));
                }
            }

            if (count < 0)
            {
                throw new Win32Exception(-count);
            }
        }
        while (count == Burst);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static LinkEvent From(NativeEvent* happened)
    {
        LinkEventKind kind = (LinkEventKind)happened->Kind;
        return kind switch
        {
            LinkEventKind.LinkNew or LinkEventKind.LinkGone => new LinkEvent(kind, LinkInfo.From(&happened->Link), null),
            LinkEventKind.AddressNew or LinkEventKind.AddressGone => new LinkEvent(kind, null, AddressInfo.From(&happened->Address)),
            _ => new LinkEvent(kind, null, null),
        };
    }
}
