using System.Numerics;
using System.Runtime.CompilerServices;
using FastBond.Core.Hashing;

namespace FastBond.Core.Frames;

/// <summary>Finds the IGMP frames of a burst, which balance-rr must: they are rare, and every frame pays for the search.</summary>
internal static unsafe class BurstIgmp
{
    // Bytes of a frame in which the vector form looks: up to where a tagged IPv4 packet has its protocol.
    private const uint Reads = 28;

    /// <summary>
    /// The frames among up to 64 that are IGMP (<see cref="EthernetFrame.IsIgmp"/>), as bits.
    /// </summary>
    /// <param name="vlan">How a VLAN tag is seen.</param>
    /// <param name="memory">Start of the frame memory, which the descriptors' addresses count from.</param>
    /// <param name="frames">The descriptors.</param>
    /// <param name="count">How many.</param>
    /// <param name="shortest">The length that none is below, in bytes.</param>
    internal static ulong Find(HashVlan vlan, byte* memory, FrameDescriptor* frames, int count, uint shortest)
    {
        ulong suspects = ulong.MaxValue >> (64 - count);
        if (shortest >= Reads)
        {
            suspects = BurstHash.FramesAtOnce switch
            {
                8 => Suspects<Lanes256>(memory, frames, count, suspects),
                4 => Suspects<Lanes128>(memory, frames, count, suspects),
                _ => suspects,
            };
        }

        ulong found = 0;
        for (; suspects != 0; suspects &= suspects - 1)
        {
            int i = BitOperations.TrailingZeroCount(suspects);
            found |= EthernetFrame.IsIgmp(memory + frames[i].Address, (int)frames[i].Length, vlan) ? 1UL << i : 0;
        }

        return found;
    }

    /// <summary>
    /// All frames of the full groups if any of them says IPv4 and 2, where an untagged packet says so or a tagged one; and those that make no full group.
    /// </summary>
    private static ulong Suspects<TLanes>(byte* memory, FrameDescriptor* frames, int count, ulong all)
        where TLanes : struct, ILanes<TLanes>
    {
        // Of each frame two words become 0, or one: the one of an untagged packet's type and protocol, and that of a tagged one's.
        TLanes nearest = TLanes.Create(uint.MaxValue);
        int done = 0;
        for (; done <= count - TLanes.Count; done += TLanes.Count)
        {
            FrameDescriptor* group = frames + done;
            TLanes a = TLanes.LoadFrames(memory, group, 12), b = TLanes.LoadFrames(memory, group + 1, 12);
            TLanes c = TLanes.LoadFrames(memory, group + 2, 12), d = TLanes.LoadFrames(memory, group + 3, 12);
            TLanes pair = Differs(TLanes.UnpackLow(a, b), TLanes.UnpackHigh(a, b));
            TLanes next = Differs(TLanes.UnpackLow(c, d), TLanes.UnpackHigh(c, d));
            nearest = TLanes.Min(nearest, TLanes.Min(pair, next));
        }

        bool any = TLanes.Zeros(nearest) != 0;
        return any ? all : done < count ? all >> done << done : 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TLanes Differs(TLanes typeWord, TLanes protocolWord) =>
            ((typeWord ^ TLanes.Create(0x0008)) & TLanes.Create(0xffff)) |
            ((protocolWord ^ TLanes.Create((uint)IpProtocol.Igmp << 24)) & TLanes.Create(0xff00_0000));
    }
}
