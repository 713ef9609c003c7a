using System.Runtime.CompilerServices;
using FastBond.Core.Frames;

namespace FastBond.Dataplane.Offloads;

/// <summary>
/// Cuts a super-frame that the host left to the device (TSO, USO) into the frames that it stands for, as many at a time as there is room
/// for: <see cref="TryBegin"/>, then <see cref="Next"/> until it is no longer <see cref="IsActive"/>.
/// </summary>
/// <remarks>
/// Every segment has the super-frame's headers with its own lengths, IPv4 identification (rising by one), TCP sequence number and checksums.
/// FIN and PSH are set in the last only, CWR in the first only (RFC 3168 section 6.1.2). Allocates nothing.
/// </remarks>
public sealed unsafe class Segmenter
{
    private const byte Fin = 0x01, Psh = 0x08, Cwr = 0x80;

    private byte* _frame;
    private int _length;
    private int _gsoSize;
    private int _done;
    private PacketLayout _layout;
    private byte _flags;
    private uint _sequence;
    private uint _id;
    private uint _networkSum;
    private uint _transportSum;

    /// <summary>Whether segments are still to come.</summary>
    public bool IsActive => _done < _length;

    /// <summary>
    /// Begins with a super-frame, whose bytes must stay where they are (headers are changed) until it is done. False if its headers don't
    /// say how to cut it; then nothing has begun.
    /// </summary>
    public bool TryBegin(byte* frame, int length, VirtioNetHeader* header)
    {
        byte type = (byte)(header->GsoType & ~VirtioNetHeader.GsoEcn);
        _done = _length = 0;
        if (header->GsoSize == 0 || !PacketLayout.TryParse(frame, length, out _layout) || _layout.Payload >= length || type != GsoType)
        {
            return false;
        }

        _frame = frame;
        _length = length;
        _done = _layout.Payload;
        _gsoSize = header->GsoSize;
        bool partial = (header->Flags & VirtioNetHeader.NeedsChecksum) != 0;
        PrepareNetwork();
        PrepareTransport(partial);
        return true;
    }

    /// <summary>
    /// Writes the next segments into the frames in hand and sets their lengths; returns how many. A segment longer than
    /// <paramref name="capacity"/> gets its length alone: it can only be dropped.
    /// </summary>
    /// <param name="memory">Start of the frame memory, which the descriptors' addresses count from.</param>
    /// <param name="frames">Frames in hand.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="capacity">The longest frame that each can hold, in bytes.</param>
    public int Next(byte* memory, FrameDescriptor* frames, int count, int capacity)
    {
        int headers = _layout.Payload;
        int written = 0;
        while (written < count && _done < _length)
        {
            int payload = Math.Min(_gsoSize, _length - _done);
            frames[written].Length = (uint)(headers + payload);
            frames[written].Options = 0;
            if (headers + payload <= capacity)
            {
                byte* target = memory + frames[written].Address;
                Unsafe.CopyBlockUnaligned(target, _frame, (uint)headers);
                uint sum = Checksums.CopyAndSum(_frame + _done, target + headers, payload);
                WriteNetwork(target, payload);
                WriteTransport(target, payload, sum);
            }

            _id++;
            _sequence += (uint)payload;
            _done += payload;
            written++;
        }

        return written;
    }

    private byte GsoType => _layout.Protocol switch
    {
        IpProtocol.Tcp => _layout.IsIpv6 ? VirtioNetHeader.GsoTcpV6 : VirtioNetHeader.GsoTcpV4,
        IpProtocol.Udp => VirtioNetHeader.GsoUdpL4,
        _ => VirtioNetHeader.GsoNone,
    };

    /// <summary>Zeroes what differs from segment to segment, so that the rest is summed once.</summary>
    private void PrepareNetwork()
    {
        if (_layout.IsIpv6)
        {
            return;
        }

        byte* header = _frame + _layout.Network;
        _id = Wire.BigEndian16(header + PacketLayout.Ipv4Id);
        Unsafe.WriteUnaligned<uint>(header + PacketLayout.Ipv4TotalLength, 0);
        Unsafe.WriteUnaligned<ushort>(header + PacketLayout.Ipv4Checksum, 0);
        _networkSum = Checksums.Sum(header, _layout.Transport - _layout.Network);
    }

    private void PrepareTransport(bool partial)
    {
        byte* header = _frame + _layout.Transport;
        bool tcp = _layout.Protocol == IpProtocol.Tcp;
        byte* field = header + (tcp ? PacketLayout.TcpChecksum : PacketLayout.UdpChecksum);

        // The host's own sum of the pseudo-header, less the length it has in it, knows the last address of a routing header too.
        uint pseudo = partial
            ? (uint)Unsafe.ReadUnaligned<ushort>(field) + (ushort)~Checksums.Word((uint)(_length - _layout.Transport))
            : _layout.PseudoHeaderSum(_frame);
        Unsafe.WriteUnaligned<ushort>(field, 0);
        if (tcp)
        {
            _flags = header[PacketLayout.TcpFlags];
            _sequence = Wire.BigEndian32(header + PacketLayout.TcpSequence);
            Unsafe.WriteUnaligned<uint>(header + PacketLayout.TcpSequence, 0);
            header[PacketLayout.TcpFlags] = 0;
        }
        else
        {
            Unsafe.WriteUnaligned<ushort>(header + PacketLayout.UdpLength, 0);
        }

        _transportSum = pseudo + Checksums.Sum(header, _layout.Payload - _layout.Transport);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteNetwork(byte* target, int payload)
    {
        byte* header = target + _layout.Network;
        if (_layout.IsIpv6)
        {
            uint length = Checksums.Word((uint)(_layout.Payload - _layout.Network - PacketLayout.Ipv6HeaderLength + payload));
            Unsafe.WriteUnaligned(header + PacketLayout.Ipv6PayloadLength, (ushort)length);
            return;
        }

        uint total = Checksums.Word((uint)(_layout.Payload - _layout.Network + payload));
        uint id = Checksums.Word((ushort)_id);
        Unsafe.WriteUnaligned(header + PacketLayout.Ipv4TotalLength, (ushort)total);
        Unsafe.WriteUnaligned(header + PacketLayout.Ipv4Id, (ushort)id);
        Unsafe.WriteUnaligned(header + PacketLayout.Ipv4Checksum, Checksums.Finish(_networkSum + total + id));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteTransport(byte* target, int payload, uint payloadSum)
    {
        byte* header = target + _layout.Transport;
        uint length = Checksums.Word((uint)(_layout.Payload - _layout.Transport + payload));
        ulong sum = (ulong)_transportSum + length + payloadSum;
        if (_layout.Protocol != IpProtocol.Tcp)
        {
            ushort checksum = Checksums.Finish(sum + length);
            Unsafe.WriteUnaligned(header + PacketLayout.UdpLength, (ushort)length);
            Unsafe.WriteUnaligned(header + PacketLayout.UdpChecksum, checksum == 0 ? ushort.MaxValue : checksum);
            return;
        }

        bool first = _done == _layout.Payload;
        bool last = _done + payload == _length;
        byte flags = (byte)(_flags & ~((first ? 0 : Cwr) | (last ? 0 : Fin | Psh)));
        header[PacketLayout.TcpFlags] = flags;
        Wire.WriteBigEndian32(header + PacketLayout.TcpSequence, _sequence);
        Unsafe.WriteUnaligned(
            header + PacketLayout.TcpChecksum,
            Checksums.Finish(sum + Checksums.Word(flags) + Checksums.Word(_sequence >> 16) + Checksums.Word((ushort)_sequence)));
    }
}
