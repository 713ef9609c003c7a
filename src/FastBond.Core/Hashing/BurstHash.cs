using System.Numerics;
using System.Runtime.CompilerServices;
using FastBond.Core.Frames;

namespace FastBond.Core.Hashing;

/// <summary>
/// The transmit hash policies over bursts: the headers of four or eight frames are loaded as they lie, turned so that each header word is one
/// vector, and hashed together. What is not the policy's common case goes, frame by frame, by the definition in <see cref="TransmitHash"/>.
/// </summary>
internal static unsafe class BurstHash
{
    /// <summary>A policy in both forms. The generic loops below are compiled once for each.</summary>
    internal interface IPolicy
    {
        /// <summary>Bytes of a frame that the vector form reads: it is for frames that have them.</summary>
        static abstract uint Reads { get; }

        /// <summary>The definition.</summary>
        static abstract uint Hash(byte* frame, int length, HashVlan vlan);

        /// <summary>The hashes of as many frames as there are lanes. Bit n of <paramref name="odd"/>: frame n's is wrong.</summary>
        static abstract TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes>;
    }

    /// <summary>How many frames are hashed together on this machine; 1 without vectors.</summary>
    internal static int FramesAtOnce =>
        !BitConverter.IsLittleEndian ? 1 : Lanes256.IsSupported ? Lanes256.Count : Lanes128.IsSupported ? Lanes128.Count : 1;

    /// <summary>Hashes a burst whose shortest frame has <paramref name="shortest"/> bytes.</summary>
    internal static void Compute<TPolicy>(HashVlan vlan, byte* memory, FrameDescriptor* frames, int count, uint shortest, uint* hashes)
        where TPolicy : struct, IPolicy
    {
        int done = 0;
        if (shortest >= TPolicy.Reads)
        {
            done = FramesAtOnce switch
            {
                8 => Together<TPolicy, Lanes256>(vlan, memory, frames, count, hashes),
                4 => Together<TPolicy, Lanes128>(vlan, memory, frames, count, hashes),
                _ => 0,
            };
        }

        for (; done < count; done++)
        {
            hashes[done] = TPolicy.Hash(memory + frames[done].Address, (int)frames[done].Length, vlan);
        }
    }

    /// <summary>Hashes full groups of frames; returns how many frames that were.</summary>
    private static int Together<TPolicy, TLanes>(HashVlan vlan, byte* memory, FrameDescriptor* frames, int count, uint* hashes)
        where TPolicy : struct, IPolicy
        where TLanes : struct, ILanes<TLanes>
    {
        int done = 0;
        for (; done <= count - TLanes.Count; done += TLanes.Count)
        {
            TLanes.Store(TPolicy.Hash<TLanes>(memory, frames + done, vlan, out uint odd), hashes + done);
            for (; odd != 0; odd &= odd - 1)
            {
                int i = done + BitOperations.TrailingZeroCount(odd);
                hashes[i] = TPolicy.Hash(memory + frames[i].Address, (int)frames[i].Length, vlan);
            }
        }

        return done;
    }

    /// <summary>16 bytes of each frame from <paramref name="offset"/> on, as four little-endian words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Load<TLanes>(
        byte* memory, FrameDescriptor* frames, int offset, out TLanes first, out TLanes second, out TLanes third, out TLanes fourth)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes a = TLanes.LoadFrames(memory, frames, offset), b = TLanes.LoadFrames(memory, frames + 1, offset);
        TLanes c = TLanes.LoadFrames(memory, frames + 2, offset), d = TLanes.LoadFrames(memory, frames + 3, offset);
        TLanes low = TLanes.UnpackLow(a, b), lowNext = TLanes.UnpackLow(c, d);
        TLanes high = TLanes.UnpackHigh(a, b), highNext = TLanes.UnpackHigh(c, d);
        first = TLanes.UnpackLowPairs(low, lowNext);
        second = TLanes.UnpackHighPairs(low, lowNext);
        third = TLanes.UnpackLowPairs(high, highNext);
        fourth = TLanes.UnpackHighPairs(high, highNext);
    }

    /// <summary>Last bytes of both MACs and the ethertype, of the frames' bytes 4 to 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes EthernetHash<TLanes>(TLanes second, TLanes third, TLanes fourth)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes low = TLanes.Create(0xff);
        return ((second >>> 8) & low) ^ (third >>> 24) ^ ((fourth & low) << 8) ^ ((fourth >>> 8) & low);
    }

    /// <summary>Bit n: frame n has a VLAN tag that counts as metadata, of the frames' bytes 12 to 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Tagged<TLanes>(TLanes fourth, HashVlan vlan)
        where TLanes : struct, ILanes<TLanes>
    {
        // 0x8100 and 0x88a8 as they are loaded.
        TLanes type = fourth & TLanes.Create(0xffff);
        return vlan == HashVlan.Offload ? TLanes.Zeros(TLanes.Min(type ^ TLanes.Create(0x0081), type ^ TLanes.Create(0xa888))) : 0;
    }

    /// <summary>
    /// Bit n: frame n is not untagged IPv4 with a header of 20 bytes, no fragment, TCP or UDP.
    /// </summary>
    /// <param name="type">The word of ethertype, version, header length and TOS.</param>
    /// <param name="fragment">A word whose bits <paramref name="fragmentBits"/> tell a fragment.</param>
    /// <param name="fragmentBits">Offset and the flag More Fragments, as they are loaded.</param>
    /// <param name="protocol">The protocol's number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint NotPlain<TLanes>(TLanes type, TLanes fragment, uint fragmentBits, TLanes protocol)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes unusual = ((type ^ TLanes.Create(0x0045_0008)) & TLanes.Create(0x00ff_ffff)) | (fragment & TLanes.Create(fragmentBits));
        TLanes transport = TLanes.Min(protocol ^ TLanes.Create(IpProtocol.Tcp), protocol ^ TLanes.Create(IpProtocol.Udp));
        return All<TLanes>() ^ TLanes.Zeros(unusual | transport);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint All<TLanes>()
        where TLanes : struct, ILanes<TLanes> => (1u << TLanes.Count) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Fold<TLanes>(TLanes hash)
        where TLanes : struct, ILanes<TLanes>
    {
        hash ^= hash >>> 16;
        return hash ^ (hash >>> 8);
    }

    // Both policies of addresses and ports: they differ in what is not plain.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes AddressesAndPorts<TLanes>(byte* memory, FrameDescriptor* frames, out uint odd)
        where TLanes : struct, ILanes<TLanes>
    {
        Load(memory, frames, 12, out TLanes type, out _, out TLanes fragmentAndProtocol, out _);
        Load(memory, frames, 22, out _, out TLanes source, out TLanes target, out TLanes ports);
        odd = NotPlain(type, fragmentAndProtocol, 0x0000_ff3f, fragmentAndProtocol >>> 24);
        return Fold(source ^ target ^ ports) >>> 1;
    }

    internal readonly struct Layer2 : IPolicy
    {
        public static uint Reads => 16;

        public static uint Hash(byte* frame, int length, HashVlan vlan) => TransmitHash.Layer2(frame, length, vlan);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes>
        {
            Load(memory, frames, 0, out _, out TLanes second, out TLanes third, out TLanes fourth);
            odd = Tagged(fourth, vlan);
            return EthernetHash(second, third, fourth);
        }
    }

    internal readonly struct Layer23 : IPolicy
    {
        public static uint Reads => 34;

        public static uint Hash(byte* frame, int length, HashVlan vlan) => TransmitHash.Layer23(frame, length, vlan);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes>
        {
            Load(memory, frames, 0, out _, out TLanes second, out TLanes third, out TLanes fourth);
            Load(memory, frames, 18, out _, out TLanes protocol, out TLanes source, out TLanes target);

            // Only ICMP, which may quote another packet, makes a difference among IPv4 packets.
            protocol = (protocol >>> 8) & TLanes.Create(0xff);
            TLanes notIpv4 = (fourth ^ TLanes.Create(0x0008)) & TLanes.Create(0xffff);
            TLanes notIcmp = TLanes.Min(protocol ^ TLanes.Create(IpProtocol.Icmp), protocol ^ TLanes.Create(IpProtocol.Icmpv6));
            odd = (All<TLanes>() ^ TLanes.Zeros(notIpv4)) | TLanes.Zeros(notIcmp);
            return Fold(EthernetHash(second, third, fourth) ^ source ^ target);
        }
    }

    internal readonly struct Layer34 : IPolicy
    {
        public static uint Reads => 38;

        public static uint Hash(byte* frame, int length, HashVlan vlan) => TransmitHash.Layer34(frame, length, vlan);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes> => AddressesAndPorts<TLanes>(memory, frames, out odd);
    }

    internal readonly struct Encap23 : IPolicy
    {
        // With the ports: where they are cut off, so may be what else could be inside.
        public static uint Reads => 38;

        public static uint Hash(byte* frame, int length, HashVlan vlan) => TransmitHash.Encap23(frame, length, vlan);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes>
        {
            Load(memory, frames, 0, out _, out TLanes second, out TLanes third, out TLanes fourth);
            Load(memory, frames, 18, out TLanes fragment, out TLanes protocol, out TLanes source, out TLanes target);

            odd = NotPlain(fourth, fragment, 0xff3f_0000, (protocol >>> 8) & TLanes.Create(0xff));
            return Fold(EthernetHash(second, third, fourth) ^ source ^ target);
        }
    }

    internal readonly struct Encap34 : IPolicy
    {
        public static uint Reads => 38;

        public static uint Hash(byte* frame, int length, HashVlan vlan) => TransmitHash.Encap34(frame, length, vlan);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes> => AddressesAndPorts<TLanes>(memory, frames, out odd);
    }

    internal readonly struct VlanSrcMac : IPolicy
    {
        public static uint Reads => 16;

        public static uint Hash(byte* frame, int length, HashVlan vlan) => TransmitHash.VlanSrcMac(frame, length, vlan);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Hash<TLanes>(byte* memory, FrameDescriptor* frames, HashVlan vlan, out uint odd)
            where TLanes : struct, ILanes<TLanes>
        {
            Load(memory, frames, 0, out _, out TLanes second, out TLanes third, out TLanes fourth);
            odd = Tagged(fourth, vlan);

            // Source bytes 0-2 and 3-5 as big-endian numbers: bytes 2, 3 of the second word, and all of the third.
            TLanes high = (second ^ (third << 8)) & TLanes.Create(0x00ff_0000);
            TLanes middle = ((second >>> 16) ^ (third >>> 8)) & TLanes.Create(0x0000_ff00);
            TLanes low = (third & TLanes.Create(0xff)) ^ (third >>> 24);
            return high ^ middle ^ low;
        }
    }
}
