namespace FastBond.Core.Frames;

/// <summary>IP protocol and IPv6 next-header numbers (IANA) that a bond looks at.</summary>
internal static class IpProtocol
{
    internal const int HopByHop = 0;
    internal const int Icmp = 1;
    internal const int Igmp = 2;
    internal const int Ipv4 = 4;
    internal const int Tcp = 6;
    internal const int Udp = 17;
    internal const int Dccp = 33;
    internal const int Ipv6 = 41;
    internal const int Routing = 43;
    internal const int Fragment = 44;
    internal const int Gre = 47;
    internal const int Esp = 50;
    internal const int Ah = 51;
    internal const int Icmpv6 = 58;
    internal const int DestinationOptions = 60;
    internal const int Sctp = 132;
    internal const int UdpLite = 136;
}
