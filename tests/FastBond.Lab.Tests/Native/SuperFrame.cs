using System.Runtime.InteropServices;
using FastBond.Dataplane.Offloads;
using FastBond.Dataplane.Tests.Offloads;
using FastBond.Lab.Frames;
using FastBond.Lab.Net;

namespace FastBond.Lab.Tests.Native;

/// <summary>Super-frames as a guest's stack hands them to its host.</summary>
internal static class SuperFrame
{
    /// <summary>Has one leave by a device, which is to cut it into segments of that much payload; false if its queue was full.</summary>
    public static bool Send(NetworkNamespace place, string device, PacketSpec super, int segmentSize)
    {
        int transport = super.HeaderLength - (super.Udp ? 8 : 20 + super.TcpOptions.Length);
        VirtioNetHeader header = new()
        {
            Flags = VirtioNetHeader.NeedsChecksum,
            GsoType = (byte)((super.Udp ? VirtioNetHeader.GsoUdpL4 : super.Ipv6 ? VirtioNetHeader.GsoTcpV6 : VirtioNetHeader.GsoTcpV4) |
                ((super.Flags & PacketSpec.Cwr) != 0 ? VirtioNetHeader.GsoEcn : 0)),
            HeaderLength = (ushort)super.HeaderLength,
            GsoSize = (ushort)segmentSize,
            ChecksumStart = (ushort)transport,
            ChecksumOffset = (ushort)(super.Udp ? 6 : 16),
        };
        using PacketSocket socket = new(place, device, receive: false, virtioHeaders: true);
        return socket.Send([.. MemoryMarshal.AsBytes(new ReadOnlySpan<VirtioNetHeader>(in header)), .. super.BuildPartial()]);
    }
}
