using System.Buffers.Binary;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// Reads a host's multicast reports: IGMP versions 1 to 3 (RFC 1112, 2236, 3376) and MLD versions 1 and 2 (RFC 2710, 3810). What ends
/// early is read as far as it goes.
/// </summary>
internal static class MembershipReport
{
    private const int RecordHeader = 4;

    // Record types of IGMPv3 and MLDv2, the same in both.
    private const byte IsInclude = 1, IsExclude = 2, ToInclude = 3, ToExclude = 4, Allow = 5;

    /// <summary>Reads an IPv4 packet of protocol 2.</summary>
    internal static void ReadIgmp(ReadOnlySpan<byte> packet, MulticastGroups groups)
    {
        const byte Version1 = 0x12, Version2 = 0x16, Leave = 0x17, Version3 = 0x22;
        const int Length = 8, GroupOffset = 4;
        ReadOnlySpan<byte> message = packet[Math.Min(packet.Length, (packet[0] & 15) * 4)..];
        if (message.Length < Length)
        {
            return;
        }

        switch (message[0])
        {
            case Version1 or Version2:
                Tell(groups, message.Slice(GroupOffset, sizeof(uint)), joined: true);
                break;
            case Leave:
                Tell(groups, message.Slice(GroupOffset, sizeof(uint)), joined: false);
                break;
            case Version3:
                ReadRecords(message, sizeof(uint), groups);
                break;
        }
    }

    /// <summary>
    /// Reads an IPv6 packet whose first header is hop-by-hop options, as MLD has them. True if it was MLD.
    /// </summary>
    internal static bool ReadMld(ReadOnlySpan<byte> packet, MulticastGroups groups)
    {
        const byte Version1 = 131, Done = 132, Version2 = 143;
        const int GroupOffset = 8;
        ReadOnlySpan<byte> options = packet[NeighborDiscoveryPacket.Ipv6HeaderLength..];
        int optionsLength = options.Length > 1 ? (options[1] + 1) * 8 : 0;
        if (optionsLength == 0 || options[0] != IpProtocol.Icmpv6 || options.Length < optionsLength + GroupOffset)
        {
            return false;
        }

        ReadOnlySpan<byte> message = options[optionsLength..];
        if (message[0] == Version2)
        {
            ReadRecords(message, NeighborDiscoveryPacket.AddressLength, groups);
        }
        else if (message[0] is Version1 or Done && message.Length >= GroupOffset + NeighborDiscoveryPacket.AddressLength)
        {
            Tell(groups, message.Slice(GroupOffset, NeighborDiscoveryPacket.AddressLength), message[0] == Version1);
        }

        return true;
    }

    /// <summary>The group records of IGMPv3 and MLDv2, which differ in the length of addresses alone.</summary>
    private static void ReadRecords(ReadOnlySpan<byte> message, int addressLength, MulticastGroups groups)
    {
        const int CountOffset = 6, RecordsOffset = 8;
        int records = BinaryPrimitives.ReadUInt16BigEndian(message[CountOffset..]);
        ReadOnlySpan<byte> rest = message[RecordsOffset..];
        for (; records > 0 && rest.Length >= RecordHeader + addressLength; records--)
        {
            byte type = rest[0];
            int sources = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            ReadOnlySpan<byte> group = rest.Slice(RecordHeader, addressLength);
            if (type is IsExclude or ToExclude or Allow || (type is IsInclude or ToInclude && sources > 0))
            {
                Tell(groups, group, joined: true);
            }
            else if (type == ToInclude)
            {
                Tell(groups, group, joined: false);
            }

            int length = RecordHeader + addressLength + (sources * addressLength) + (rest[1] * sizeof(uint));
            rest = rest[Math.Min(rest.Length, length)..];
        }
    }

    private static void Tell(MulticastGroups groups, ReadOnlySpan<byte> address, bool joined)
    {
        IpKey group = IpKey.From(address);
        if (!group.IsMulticast)
        {
            return;
        }

        if (joined)
        {
            groups.Joined(group);
        }
        else
        {
            groups.Left(group);
        }
    }
}
