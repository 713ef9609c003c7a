namespace FastBond.Lab.Ipoib;

/// <summary>What became of a frame in the fabric.</summary>
public enum Fate
{
    /// <summary>Delivered to whoever it was for.</summary>
    Delivered,

    /// <summary>Nobody has the address, or is in the group.</summary>
    Nobody,

    /// <summary>An ethertype that an IPoIB driver does not send.</summary>
    Protocol,

    /// <summary>Longer than the fabric's MTU and 4 bytes, or too short to be a frame.</summary>
    Length,

    /// <summary>Sent, or to be received, on a port without link.</summary>
    Cut,

    /// <summary>Lost on the way, as asked for.</summary>
    Lost,
}

/// <summary>A frame that a port has sent, as it came: destination first.</summary>
/// <param name="TimeNs">When, on <see cref="Frames.ObservedFrame.NowNs"/>'s clock.</param>
/// <param name="Port">Name of the sending port.</param>
/// <param name="Bytes">20 bytes of destination, 4 of encapsulation, packet.</param>
/// <param name="Fate">What became of it.</param>
public sealed record FabricFrame(long TimeNs, string Port, byte[] Bytes, Fate Fate)
{
    /// <summary>Bytes in front of the packet.</summary>
    public const int HeaderLength = 24;

    /// <summary>The ethertype.</summary>
    public int Type => Bytes.Length < HeaderLength ? -1 : (Bytes[20] << 8) | Bytes[21];

    /// <summary>The packet.</summary>
    public ReadOnlySpan<byte> Packet => Bytes.AsSpan(HeaderLength);

    /// <summary>The destination in hex.</summary>
    public string Destination => Convert.ToHexString(Bytes, 0, 20);

    /// <summary>Whether it is ARP.</summary>
    public bool IsArp => Type == 0x0806;

    /// <summary>Whether it is a request by which somebody tells everybody of its own address.</summary>
    public bool IsGratuitousArp(string ip) =>
        IsArp && Packet.Length >= 56 && Packet[7] == 1 && Packet[28..32].SequenceEqual(Packet[52..56]) &&
        new System.Net.IPAddress(Packet[28..32]).ToString() == ip;

    /// <summary>The type of an ICMPv6 message; -1 for anything else.</summary>
    public int Icmpv6Type => Type == 0x86dd && Packet.Length > 40 && Packet[6] == 58 ? Packet[40] : -1;
}
