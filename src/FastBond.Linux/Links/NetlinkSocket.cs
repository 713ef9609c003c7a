using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>
/// Asks the kernel about interfaces, their addresses and routes, and changes them. Belongs to one thread at a time, and to the network
/// namespace of the thread that opened it.
/// </summary>
public sealed unsafe class NetlinkSocket : IDisposable
{
    private const int UsualCount = 64;
    private readonly NetlinkHandle _handle;

    /// <summary>Opens a socket.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    /// <exception cref="DllNotFoundException">libfastbond.so is not there.</exception>
    public NetlinkSocket()
    {
        int error = NativeMethods.NetlinkOpen(out _handle);
        if (error < 0)
        {
            throw new Win32Exception(-error);
        }
    }

    /// <summary>All interfaces of the namespace.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public IReadOnlyList<LinkInfo> Links()
    {
        for (int max = UsualCount; ;)
        {
            NativeLink[] found = new NativeLink[max];
            fixed (NativeLink* into = found)
            {
                int count = Checked(NativeMethods.Links(_handle, into, max));
                if (count <= max)
                {
                    LinkInfo[] result = new LinkInfo[count];
                    for (int i = 0; i < count; i++)
                    {
                        result[i] = LinkInfo.From(into + i);
                    }

                    return result;
                }

                max = count;
            }
        }
    }

    /// <summary>All addresses of all interfaces of the namespace.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public IReadOnlyList<AddressInfo> Addresses()
    {
        for (int max = UsualCount; ;)
        {
            NativeAddress[] found = new NativeAddress[max];
            fixed (NativeAddress* into = found)
            {
                int count = Checked(NativeMethods.Addresses(_handle, into, max));
                if (count <= max)
                {
                    AddressInfo[] result = new AddressInfo[count];
                    for (int i = 0; i < count; i++)
                    {
                        result[i] = AddressInfo.From(into + i);
                    }

                    return result;
                }

                max = count;
            }
        }
    }

    /// <summary>The interface of that name (an alternative name will do); null if there is none.</summary>
    public LinkInfo? Find(string name) =>
        name.Length > 0 && NativeMethods.LinkGet(_handle, 0, name, out NativeLink link) == 0 ? LinkInfo.From(&link) : null;

    /// <summary>The interface of that index; null if there is none.</summary>
    public LinkInfo? Find(int ifIndex) =>
        ifIndex > 0 && NativeMethods.LinkGet(_handle, ifIndex, null, out NativeLink link) == 0 ? LinkInfo.From(&link) : null;

    /// <summary>A default route of the main table that leaves by the interface, in the words of <c>ip route</c>; null if there is none.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public string? DefaultRoute(int ifIndex)
    {
        const int Size = 128;
        byte* text = stackalloc byte[Size];
        return Checked(NativeMethods.HasDefaultRoute(_handle, ifIndex, text, Size)) == 0
            ? null
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }

    /// <summary>Sets an interface up or down.</summary>
    public Outcome SetUp(LinkInfo link, bool up) =>
        NativeError.ToOutcome(NativeMethods.LinkSetUp(_handle, link.IfIndex, up ? 1 : 0), $"cannot set {link.Name} {(up ? "up" : "down")}");

    /// <summary>Sets the MTU (bytes of payload).</summary>
    public Outcome SetMtu(LinkInfo link, int mtu) =>
        NativeError.ToOutcome(NativeMethods.LinkSetMtu(_handle, link.IfIndex, (uint)mtu), $"cannot set the MTU of {link.Name} to {mtu}");

    /// <summary>Sets the link-layer address.</summary>
    public Outcome SetAddress(LinkInfo link, HardwareAddress address)
    {
        fixed (byte* bytes = address.AsSpan())
        {
            return NativeError.ToOutcome(NativeMethods.LinkSetAddress(_handle, link.IfIndex, bytes, (uint)address.Length),
                $"cannot set the address of {link.Name} to {address}");
        }
    }

    /// <summary>Lets the stack use ARP on the interface, or forbids it.</summary>
    public Outcome SetArp(LinkInfo link, bool on) =>
        NativeError.ToOutcome(NativeMethods.LinkSetArp(_handle, link.IfIndex, on ? 1 : 0), $"cannot set ARP of {link.Name} {(on ? "on" : "off")}");

    /// <summary>Deletes an interface of software.</summary>
    public Outcome Delete(LinkInfo link) =>
        NativeError.ToOutcome(NativeMethods.LinkDelete(_handle, link.IfIndex), $"cannot delete {link.Name}");

    /// <summary>Adds an address.</summary>
    public Outcome Add(AddressInfo address) =>
        NativeError.ToOutcome(NativeMethods.AddressAdd(_handle, address.ToNative()), $"cannot add {address.Address}/{address.PrefixLength}");

    /// <summary>Removes an address.</summary>
    public Outcome Remove(AddressInfo address) =>
        NativeError.ToOutcome(NativeMethods.AddressDelete(_handle, address.ToNative()), $"cannot remove {address.Address}/{address.PrefixLength}");

    /// <summary>The routes that leave by an interface, but those the kernel made by itself.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public IReadOnlyList<RouteInfo> Routes(int ifIndex)
    {
        for (int max = UsualCount; ;)
        {
            NativeRoute[] found = new NativeRoute[max];
            fixed (NativeRoute* into = found)
            {
                int count = Checked(NativeMethods.Routes(_handle, ifIndex, into, max));
                if (count <= max)
                {
                    RouteInfo[] result = new RouteInfo[count];
                    for (int i = 0; i < count; i++)
                    {
                        result[i] = RouteInfo.From(into + i);
                    }

                    return result;
                }

                max = count;
            }
        }
    }

    /// <summary>Adds a route.</summary>
    public Outcome Add(RouteInfo route) =>
        NativeError.ToOutcome(NativeMethods.RouteAdd(_handle, route.ToNative()), $"cannot add the route {route}");

    /// <summary>Removes a route.</summary>
    public Outcome Remove(RouteInfo route) =>
        NativeError.ToOutcome(NativeMethods.RouteDelete(_handle, route.ToNative()), $"cannot remove the route {route}");

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception(-result);
}
