using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Simulation.Arp;

/// <summary>ARP packets and neighbour discovery as hosts send them; addresses as text.</summary>
internal static class ArpFrames
{
    public const string Bond = "02:b0:00:00:00:01";
    public const string Peer = "02:5b:00:00:00:ff";
    public const string Broadcast = "ff:ff:ff:ff:ff:ff";

    private const int Ipv6Destination = 38;

    public static byte[] Request(string mac, string sender, string target, params ReadOnlySpan<uint> tags)
    {
        byte[] frame = new byte[ArpFrame.RequestLength + (tags.Length * EthernetFrame.TagLength)];
        ArpFrame.WriteRequest(frame, HardwareAddress.Parse(mac), IPAddress.Parse(sender), IPAddress.Parse(target), [.. tags]);
        return frame;
    }

    public static byte[] Reply(string to, string mac, string sender, string target, params ReadOnlySpan<uint> tags)
    {
        byte[] frame = Request(mac, sender, target, tags);
        frame[^21] = 2;
        HardwareAddress.Parse(to).AsSpan().CopyTo(frame.AsSpan(^10));
        return To(frame, to);
    }

    public static byte[] Solicitation(string mac, string sender, string target)
    {
        byte[] frame = new byte[NeighborDiscoveryFrame.MaxLength];
        return frame[..NeighborDiscoveryFrame.WriteSolicitation(frame, HardwareAddress.Parse(mac), IPAddress.Parse(sender), IPAddress.Parse(target), [])];
    }

    public static byte[] Advertisement(string to, string mac, string address, string destination)
    {
        byte[] frame = new byte[NeighborDiscoveryFrame.MaxLength];
        frame = frame[..NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(frame, HardwareAddress.Parse(mac), IPAddress.Parse(address), [])];
        IPAddress.Parse(destination).GetAddressBytes().CopyTo(frame, Ipv6Destination);
        return To(frame, to);
    }

    /// <summary>The same frame to another MAC.</summary>
    public static byte[] To(byte[] frame, string mac)
    {
        byte[] other = [.. frame];
        HardwareAddress.Parse(mac).AsSpan().CopyTo(other);
        return other;
    }
}
