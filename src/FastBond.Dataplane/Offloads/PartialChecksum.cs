using System.Runtime.CompilerServices;

namespace FastBond.Dataplane.Offloads;

/// <summary>Checksums of ordinary frames that the host left to the device.</summary>
public static unsafe class PartialChecksum
{
    private const int UdpChecksumOffset = PacketLayout.UdpChecksum;

    /// <summary>
    /// Stores the checksum that the frame's header asks for (VIRTIO 1.2 section 5.1.6.2): the field holds the pseudo-header's sum. A field
    /// outside of the frame is left alone.
    /// </summary>
    public static void Complete(byte* frame, int length, VirtioNetHeader* header)
    {
        int start = header->ChecksumStart;
        int field = start + header->ChecksumOffset;
        if (field > length - sizeof(ushort))
        {
            return;
        }

        ushort checksum = Checksums.Finish(Checksums.Sum(frame + start, length - start));

        // Where UDP has its checksum 0 would say that there is none (RFC 768).
        Unsafe.WriteUnaligned(frame + field, checksum == 0 && header->ChecksumOffset == UdpChecksumOffset ? ushort.MaxValue : checksum);
    }
}
