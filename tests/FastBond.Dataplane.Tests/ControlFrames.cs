using System.Net;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Dataplane.Tests;

/// <summary>Frames that the monitors look at.</summary>
internal static class ControlFrames
{
    public const uint Vlan5 = 0x8100_0005, Service7 = 0x88a8_0007;

    private static readonly HardwareAddress Port = HardwareAddress.Parse("00:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:a0");
    private static readonly HardwareAddress Mac = HardwareAddress.Parse("02:5b:00:00:00:01");

    public static byte[] Arp(string sender, string target, params uint[] tags)
    {
        byte[] frame = new byte[128];
        return frame[..ArpFrame.WriteRequest(frame, Mac, IPAddress.Parse(sender), IPAddress.Parse(target), tags)];
    }

    public static byte[] Solicitation(string sender, string target, params uint[] tags)
    {
        byte[] frame = new byte[128];
        return frame[..NeighborDiscoveryFrame.WriteSolicitation(frame, Mac, IPAddress.Parse(sender), IPAddress.Parse(target), tags)];
    }

    public static byte[] Advertisement(string address, params uint[] tags)
    {
        byte[] frame = new byte[128];
        return frame[..NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(frame, Mac, IPAddress.Parse(address), tags)];
    }

    /// <summary>IPv6, but no neighbour discovery: a router solicitation.</summary>
    public static byte[] Ipv6()
    {
        byte[] frame = Solicitation("fe80::1", "fe80::2");
        frame[54] = 133;
        return frame;
    }

    /// <summary>An ARP request on InfiniBand, as a slave receives it.</summary>
    public static byte[] IpoibArp(string sender, string target)
    {
        byte[] frame = new byte[IpoibFrame.ArpLength];
        IpoibFrame.WriteArpRequest(frame, Port, IpoibAddress.DefaultBroadcast, IPAddress.Parse(sender), IPAddress.Parse(target));
        return [.. new byte[IpoibAddress.Length], .. frame[IpoibAddress.Length..]];
    }

    public static byte[] IpoibAdvertisement(string address)
    {
        byte[] frame = new byte[IpoibFrame.MaxControlLength];
        int length = IpoibFrame.WriteUnsolicitedAdvertisement(frame, Port, IpoibAddress.DefaultBroadcast, IPAddress.Parse(address));
        return [.. new byte[IpoibAddress.Length], .. frame[IpoibAddress.Length..length]];
    }

    /// <summary>The last four bytes of an address as they are loaded from a frame.</summary>
    public static uint Word(string address) => BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes().AsSpan(^4));
}
