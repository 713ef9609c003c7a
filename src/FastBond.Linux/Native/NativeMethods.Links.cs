using System.Runtime.InteropServices;

namespace FastBond.Linux.Native;

/// <content>Links, addresses, ethtool and receive filters.</content>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "fb_nl_open")]
    public static partial int NetlinkOpen(out NetlinkHandle nl);

    [LibraryImport(Library, EntryPoint = "fb_nl_close")]
    public static partial void NetlinkClose(nint nl);

    [LibraryImport(Library, EntryPoint = "fb_links")]
    public static partial int Links(NetlinkHandle nl, NativeLink* links, int max);

    [LibraryImport(Library, EntryPoint = "fb_addresses")]
    public static partial int Addresses(NetlinkHandle nl, NativeAddress* addresses, int max);

    [LibraryImport(Library, EntryPoint = "fb_link_get", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkGet(NetlinkHandle nl, int ifIndex, string? name, out NativeLink link);

    [LibraryImport(Library, EntryPoint = "fb_has_default_route")]
    public static partial int HasDefaultRoute(NetlinkHandle nl, int ifIndex, byte* routeText, int routeTextSize);

    [LibraryImport(Library, EntryPoint = "fb_link_set_up")]
    public static partial int LinkSetUp(NetlinkHandle nl, int ifIndex, int up);

    [LibraryImport(Library, EntryPoint = "fb_link_set_mtu")]
    public static partial int LinkSetMtu(NetlinkHandle nl, int ifIndex, uint mtu);

    [LibraryImport(Library, EntryPoint = "fb_link_set_address")]
    public static partial int LinkSetAddress(NetlinkHandle nl, int ifIndex, byte* address, uint length);

    [LibraryImport(Library, EntryPoint = "fb_link_set_arp")]
    public static partial int LinkSetArp(NetlinkHandle nl, int ifIndex, int on);

    [LibraryImport(Library, EntryPoint = "fb_link_delete")]
    public static partial int LinkDelete(NetlinkHandle nl, int ifIndex);

    [LibraryImport(Library, EntryPoint = "fb_address_add")]
    public static partial int AddressAdd(NetlinkHandle nl, in NativeAddress address);

    [LibraryImport(Library, EntryPoint = "fb_address_delete")]
    public static partial int AddressDelete(NetlinkHandle nl, in NativeAddress address);

    [LibraryImport(Library, EntryPoint = "fb_routes")]
    public static partial int Routes(NetlinkHandle nl, int ifIndex, NativeRoute* routes, int max);

    [LibraryImport(Library, EntryPoint = "fb_route_add")]
    public static partial int RouteAdd(NetlinkHandle nl, in NativeRoute route);

    [LibraryImport(Library, EntryPoint = "fb_route_delete")]
    public static partial int RouteDelete(NetlinkHandle nl, in NativeRoute route);

    [LibraryImport(Library, EntryPoint = "fb_watch_open")]
    public static partial int WatchOpen(out WatchHandle watch);

    [LibraryImport(Library, EntryPoint = "fb_watch_close")]
    public static partial void WatchClose(nint watch);

    [LibraryImport(Library, EntryPoint = "fb_watch_fd")]
    public static partial int WatchFd(WatchHandle watch);

    [LibraryImport(Library, EntryPoint = "fb_watch_read")]
    public static partial int WatchRead(WatchHandle watch, NativeEvent* events, int max);

    [LibraryImport(Library, EntryPoint = "fb_ethtool_open")]
    public static partial int EthtoolOpen();

    [LibraryImport(Library, EntryPoint = "fb_ethtool_link", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EthtoolLink(int fd, string name);

    [LibraryImport(Library, EntryPoint = "fb_ethtool_speed", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EthtoolSpeed(int fd, string name, out uint speedMbps, out uint duplex);

    [LibraryImport(Library, EntryPoint = "fb_ethtool_channels", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EthtoolChannels(int fd, string name, out NativeChannels channels);

    [LibraryImport(Library, EntryPoint = "fb_ethtool_feature_get", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EthtoolFeatureGet(int fd, string name, string feature);

    [LibraryImport(Library, EntryPoint = "fb_ethtool_feature_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EthtoolFeatureSet(int fd, string name, string feature, int on);

    [LibraryImport(Library, EntryPoint = "fb_ethtool_driver", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EthtoolDriver(int fd, string name, byte* driver, int size);

    [LibraryImport(Library, EntryPoint = "fb_filter_open")]
    public static partial int FilterOpen();

    [LibraryImport(Library, EntryPoint = "fb_filter_change")]
    public static partial int FilterChange(int fd, int ifIndex, int kind, byte* address, uint length, int add);
}
