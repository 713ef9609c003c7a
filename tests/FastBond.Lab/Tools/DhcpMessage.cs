using System.Buffers.Binary;
using System.Net;

namespace FastBond.Lab.Tools;

/// <summary>A DHCPv4 message (RFC 2131 section 2, options by RFC 2132).</summary>
public sealed class DhcpMessage
{
    /// <summary>Message types of option 53.</summary>
    public const byte Discover = 1, Offer = 2, Request = 3, Ack = 5;

    /// <summary>Options.</summary>
    public const byte RequestedAddress = 50, MessageType = 53, ServerIdentifier = 54, ClientIdentifier = 61;

    private const int FixedLength = 240;
    private const byte Pad = 0, End = 255;
    private const uint Cookie = 0x63825363;

    /// <summary>1 from clients, 2 from servers.</summary>
    public required byte Operation { get; init; }

    /// <summary>Hardware type and length.</summary>
    public required (byte Type, byte Length) Hardware { get; init; }

    /// <summary>Transaction id.</summary>
    public required uint Xid { get; init; }

    /// <summary>Whether the client asks to be answered by broadcast.</summary>
    public bool Broadcast { get; init; }

    /// <summary>The address that the client has.</summary>
    public IPAddress ClientAddress { get; init; } = IPAddress.Any;

    /// <summary>The address that it is given.</summary>
    public IPAddress YourAddress { get; init; } = IPAddress.Any;

    /// <summary>The hardware address's 16 bytes, or fewer.</summary>
    public byte[] HardwareAddress { get; init; } = [];

    /// <summary>Options by number.</summary>
    public Dictionary<byte, byte[]> Options { get; init; } = [];

    /// <summary>The message type; 0 if it has none.</summary>
    public byte Type => Options.TryGetValue(MessageType, out byte[]? type) ? type[0] : (byte)0;

    /// <summary>Reads a message; null if it is none.</summary>
    public static DhcpMessage? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedLength || BinaryPrimitives.ReadUInt32BigEndian(bytes[236..]) != Cookie)
        {
            return null;
        }
        Dictionary<byte, byte[]> options = [];
        for (int at = FixedLength; at < bytes.Length && bytes[at] != End; at += bytes[at] == Pad ? 1 : 2 + bytes[at + 1])
        {
            if (bytes[at] != Pad)
            {
                options[bytes[at]] = bytes.Slice(at + 2, bytes[at + 1]).ToArray();
            }
        }
        return new DhcpMessage
        {
            Operation = bytes[0],
            Hardware = (bytes[1], bytes[2]),
            Xid = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            Broadcast = (bytes[10] & 0x80) != 0,
            ClientAddress = new IPAddress(bytes.Slice(12, 4)),
            YourAddress = new IPAddress(bytes.Slice(16, 4)),
            HardwareAddress = bytes.Slice(28, 16).ToArray(),
            Options = options,
        };
    }

    /// <summary>The message in bytes, padded to BOOTP's 300.</summary>
    public byte[] ToBytes()
    {
        byte[] head = new byte[FixedLength];
        (head[0], head[1], head[2]) = (Operation, Hardware.Type, Hardware.Length);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), Xid);
        head[10] = Broadcast ? (byte)0x80 : (byte)0;
        ClientAddress.GetAddressBytes().CopyTo(head, 12);
        YourAddress.GetAddressBytes().CopyTo(head, 16);
        HardwareAddress.CopyTo(head, 28);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(236), Cookie);
        byte[] message = [.. head, .. Options.SelectMany(option => (byte[])[option.Key, (byte)option.Value.Length, .. option.Value]), End];
        return message.Length < 300 ? [.. message, .. new byte[300 - message.Length]] : message;
    }
}
