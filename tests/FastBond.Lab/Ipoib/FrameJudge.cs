using System.Buffers.Binary;
using System.Net;

namespace FastBond.Lab.Ipoib;

/// <summary>
/// What RFC 4391, 4390 and 4861 say of frames on an IPoIB link, told from the frame alone. Shares nothing with the program it judges.
/// </summary>
public static class FrameJudge
{
    /// <summary>Whether the frame is more than data: ARP, neighbour discovery, multicast reports, DHCP.</summary>
    public static bool IsControl(FabricFrame frame) =>
        frame.IsArp || frame.Icmpv6Type is >= 130 and <= 143 || IsMld(frame) || IsIgmp(frame) || DhcpPort(frame) != 0;

    /// <summary>What is wrong with a frame that the port of this address sent; null if nothing is.</summary>
    public static string? Fault(FabricFrame frame, byte[] sender)
    {
        if (frame.Bytes.Length < FabricFrame.HeaderLength)
        {
            return "too short";
        }
        if ((frame.Bytes[22] | frame.Bytes[23]) != 0)
        {
            return "reserved bytes of the encapsulation header are not zero";
        }
        return DestinationFault(frame) ?? frame.Type switch
        {
            0x0806 => ArpFault(frame.Packet, sender),
            0x0800 => Ipv4Fault(frame),
            0x86dd => Ipv6Fault(frame.Packet, sender),
            _ => $"ethertype {frame.Type:x4}",
        };
    }

    /// <summary>Reads what a host says of its groups into <paramref name="groups"/>.</summary>
    public static void ReadReports(FabricFrame frame, ISet<IPAddress> groups)
    {
        if (IsIgmp(frame))
        {
            ReadOnlySpan<byte> message = frame.Packet[((frame.Packet[0] & 15) * 4)..];
            if (message[0] is 0x12 or 0x16)
            {
                groups.Add(new IPAddress(message.Slice(4, 4)));
            }
            else if (message[0] == 0x22)
            {
                ReadRecords(message, 4, groups);
            }
        }
        else if (IsMld(frame) && frame.Packet[48] == 143)
        {
            ReadRecords(frame.Packet[48..], 16, groups);
        }
    }

    private static bool IsIgmp(FabricFrame frame) => frame.Type == 0x0800 && frame.Packet.Length >= 28 && frame.Packet[9] == 2;

    private static bool IsMld(FabricFrame frame) => frame.Type == 0x86dd && frame.Packet.Length > 56 && frame.Packet[6] == 0 && frame.Packet[40] == 58;

    private static void ReadRecords(ReadOnlySpan<byte> message, int length, ISet<IPAddress> groups)
    {
        int at = 8;
        for (int records = BinaryPrimitives.ReadUInt16BigEndian(message[6..]); records > 0 && at + 4 + length <= message.Length; records--)
        {
            int sources = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
            IPAddress group = new(message.Slice(at + 4, length));
            if (message[at] is 2 or 4 || sources > 0)
            {
                groups.Add(group);
            }
            else
            {
                groups.Remove(group);
            }
            at += 4 + length + (sources * length);
        }
    }

    /// <summary>A group's address must be the packet's own destination, mapped as RFC 4391 section 4 has it.</summary>
    private static string? DestinationFault(FabricFrame frame)
    {
        ReadOnlySpan<byte> to = frame.Bytes.AsSpan(0, 20);
        if (to[4] != 0xff)
        {
            return to[1..4].SequenceEqual((ReadOnlySpan<byte>)[0xff, 0xff, 0xff]) || !to[4..].ContainsAnyExcept((byte)0) ? "no address to send to" : null;
        }
        ReadOnlySpan<byte> packet = frame.Packet;
        byte[] group = new byte[20];
        ReadOnlySpan<byte> head = [0, 0xff, 0xff, 0xff, 0xff, 0x12];
        head.CopyTo(group);
        group[6] = frame.Type == 0x86dd ? (byte)0x60 : (byte)0x40;
        group[7] = 0x1b;
        to[8..10].CopyTo(group.AsSpan(8));
        if (frame.Type == 0x86dd)
        {
            packet[30..40].CopyTo(group.AsSpan(10));
        }
        else
        {
            bool isGroup = frame.Type == 0x0800 && packet[16] >> 4 == 0xe;
            group.AsSpan(16).Fill(0xff);
            if (isGroup)
            {
                packet[16..20].CopyTo(group.AsSpan(16));
                group[16] &= 0x0f;
            }
        }
        return to.SequenceEqual(group) ? null : $"sent to the group {Convert.ToHexString(to)}, not {Convert.ToHexString(group)}";
    }

    private static string? ArpFault(ReadOnlySpan<byte> packet, byte[] sender)
    {
        ReadOnlySpan<byte> head = [0, 32, 8, 0, 20, 4, 0];
        return packet.Length != 56 ? $"ARP of {packet.Length} bytes"
            : !packet[..7].SequenceEqual(head) || packet[7] is not (1 or 2) ? "ARP of another hardware type or length"
            : !packet[9..28].SequenceEqual(sender.AsSpan(1)) ? "ARP that does not say the sender's own address"
            : packet[7] == 1 && packet[32..52].ContainsAnyExcept((byte)0) ? "ARP request with a target hardware address"
            : null;
    }

    private static string? Ipv4Fault(FabricFrame frame)
    {
        ReadOnlySpan<byte> packet = frame.Packet;
        int header = packet.Length < 20 ? 0 : (packet[0] & 15) * 4;
        int total = packet.Length < 20 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (header < 20 || total < header || total > packet.Length)
        {
            return "IPv4 lengths";
        }
        if (Sum(packet[..header]) != 0xffff)
        {
            return "IPv4 header checksum";
        }
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3fff) != 0;
        ReadOnlySpan<byte> payload = packet[header..total];
        bool hasChecksum = !isFragment && (packet[9] == 6 || (packet[9] == 17 && BinaryPrimitives.ReadUInt16BigEndian(payload[6..]) != 0));
        if (hasChecksum && Sum([.. packet[12..20], 0, packet[9], (byte)(payload.Length >> 8), (byte)payload.Length, .. payload]) != 0xffff)
        {
            return "TCP or UDP checksum";
        }
        return DhcpPort(frame) == 67 ? DhcpFault(payload[8..]) : null;
    }

    /// <summary>RFC 4390 section 2.</summary>
    private static string? DhcpFault(ReadOnlySpan<byte> bootp) =>
        bootp.Length < 240 || bootp[0] != 1 ? null
        : bootp[1] != 32 || bootp[2] != 0 ? $"DHCP with htype {bootp[1]}, hlen {bootp[2]}"
        : bootp.Slice(28, 16).ContainsAnyExcept((byte)0) ? "DHCP with a hardware address"
        : (bootp[10] & 0x80) == 0 ? "DHCP that does not ask to be answered by broadcast"
        : !HasOption(bootp[240..], 61) ? "DHCP without a client identifier"
        : null;

    private static bool HasOption(ReadOnlySpan<byte> options, byte wanted)
    {
        for (int at = 0; at < options.Length && options[at] != 255; at += options[at] == 0 ? 1 : 2 + options[at + 1])
        {
            if (options[at] == wanted)
            {
                return true;
            }
        }
        return false;
    }

    private static string? Ipv6Fault(ReadOnlySpan<byte> packet, byte[] sender)
    {
        int payload = packet.Length < 40 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (payload < 0 || payload > packet.Length - 40)
        {
            return "IPv6 lengths";
        }
        ReadOnlySpan<byte> message = packet.Slice(40, payload);
        if (packet[6] is not (6 or 17 or 58))
        {
            return null;
        }
        if (Sum([.. packet[8..40], (byte)(payload >> 8), (byte)payload, 0, packet[6], .. message]) != 0xffff)
        {
            return "TCP, UDP or ICMPv6 checksum";
        }
        return packet[6] == 58 && message[0] is >= 133 and <= 136 ? OptionFault(message, sender) : null;
    }

    /// <summary>RFC 4391 section 9.3: link-layer address options are of length 3, two zero bytes before the address.</summary>
    private static string? OptionFault(ReadOnlySpan<byte> message, byte[] sender)
    {
        int at = message[0] switch { 133 => 8, 134 => 16, _ => 24 };
        while (at < message.Length)
        {
            int length = at + 1 < message.Length ? message[at + 1] * 8 : 0;
            if (length == 0 || at + length > message.Length)
            {
                return "an option that does not end";
            }
            if (message[at] is 1 or 2)
            {
                ReadOnlySpan<byte> option = message.Slice(at, length);
                if (length != 24 || (option[2] | option[3]) != 0)
                {
                    return "a link-layer address option that is not of length 3";
                }
                if (!option[5..].SequenceEqual(sender.AsSpan(1)))
                {
                    return "a link-layer address that is not the sender's own";
                }
            }
            at += length;
        }
        return null;
    }

    private static int DhcpPort(FabricFrame frame)
    {
        ReadOnlySpan<byte> packet = frame.Packet;
        int header = frame.Type == 0x0800 && packet.Length >= 28 && packet[9] == 17 ? (packet[0] & 15) * 4 : 0;
        int port = header == 0 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(packet[(header + 2)..]);
        return port is 67 or 68 ? port : 0;
    }

    /// <summary>The ones' complement sum: ffff over what contains its own right checksum.</summary>
    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        long sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? bytes[i] << 8 : bytes[i];
        }
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int)sum;
    }
}
