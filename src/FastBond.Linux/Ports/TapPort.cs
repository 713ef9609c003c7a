using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Offloads;
using FastBond.Dataplane.Ports;
using FastBond.Linux.Native;

namespace FastBond.Linux.Ports;

/// <summary>
/// One core's queue of the host interface. Frames are copied by the kernel in both directions, a burst per call: what is read lands in
/// frames taken from the pool beforehand, what is written goes back to the pool at once.
/// </summary>
/// <remarks>
/// With offloads the kernel reads and writes super-frames, and leaves checksums to us; that ends here. A super-frame read is cut into frames as
/// the burst has room for them; what a burst to the host has in segments of one flow is joined. A frame, or a segment of a super-frame, that
/// no frame of the pool can hold, and a super-frame that can't be cut, is handed on with its true length and without its bytes, for the
/// burst loop to drop and count it.
/// </remarks>
internal sealed unsafe class TapPort : Port
{
    private const int MaxBurst = 64;

    /// <summary>The longest super-frame: an IP packet of 65,535 bytes behind an Ethernet header with tags.</summary>
    private const int MaxSuperFrame = 65_536 + 64;

    private readonly int[] _descriptor;
    private readonly FramePool _pool;
    private readonly int _capacity;
    private readonly PinnedArray<FrameDescriptor> _stash;
    private readonly PinnedArray<byte> _superFrame;
    private readonly Segmenter _segmenter = new();
    private readonly Coalescer? _coalescer;
    private int _stashed;
    internal CoreMargin Margin;

    /// <summary>Makes a port of what the creator opened.</summary>
    /// <param name="descriptor">The queue; it stays the creator's to close.</param>
    /// <param name="pool">Where its frames come from and go to.</param>
    /// <param name="offloads">Whether super-frames go to the host; those that come from it are always understood.</param>
    public TapPort(int descriptor, FramePool pool, bool offloads)
    {
        _descriptor = [descriptor];
        _pool = pool;
        _capacity = pool.Memory.FrameCapacity;
        _stash = new PinnedArray<FrameDescriptor>(MaxBurst);
        _superFrame = new PinnedArray<byte>(_capacity + MaxSuperFrame);
        _coalescer = offloads ? new Coalescer(MaxBurst) : null;
    }

    /// <summary>Super-frames that the host sent.</summary>
    public ulong SuperFramesReceived { get; private set; }

    /// <summary>The frames they were cut into.</summary>
    public ulong SegmentsCut { get; private set; }

    /// <summary>Super-frames written to the host.</summary>
    public ulong SuperFramesSent { get; private set; }

    /// <summary>The frames they were joined from.</summary>
    public ulong SegmentsJoined { get; private set; }

    /// <inheritdoc/>
    public override ReadOnlySpan<int> WaitDescriptors => _descriptor;

    /// <inheritdoc/>
    public override int InFlight => 0;

    /// <inheritdoc/>
    public override int Receive(FrameDescriptor* burst, int max)
    {
        int count = 0;
        bool more;
        do
        {
            _stashed += _pool.Take(_stash.Pointer + _stashed, MaxBurst - _stashed);
            bool cutting = _segmenter.IsActive;
            SuperFrame = cutting && SeparatesSuperFrames ? SuperFramesReceived : 0;
            count += cutting ? Cut(burst + count, max - count) : Read(burst + count, max - count);

            // A super-frame was begun, or is done and more may wait behind it.
            more = cutting != _segmenter.IsActive && !(SeparatesSuperFrames && count > 0);
        }
        while (more && count < max);

        return count;
    }

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, int count)
    {
        byte* memory = _pool.Memory.Pointer;
        int packets = _coalescer is not null && count is > 1 and <= MaxBurst ? _coalescer.Join(memory, burst, count) : count;
        int written;
        if (packets == count)
        {
            written = Math.Max(0, NativeMethods.TapWrite(_descriptor[0], memory, burst, (uint)count));
        }
        else
        {
            written = WriteJoined(burst, count, packets);
        }

        _pool.Free(burst, written);
        return written;
    }

    /// <inheritdoc/>
    public override void Reclaim()
    {
    }

    /// <inheritdoc/>
    public override int Kick() => 0;

    private int Read(FrameDescriptor* burst, int max)
    {
        byte* memory = _pool.Memory.Pointer;
        FrameDescriptor* stash = _stash.Pointer;
        int read = NativeMethods.TapRead(
            _descriptor[0], memory, stash, (uint)Math.Min(max, _stashed), (uint)_capacity, _superFrame.Pointer + _capacity, MaxSuperFrame);
        if (read <= 0)
        {
            return 0;
        }

        for (int i = 0; i < read; i++)
        {
            byte* frame = memory + stash[i].Address;
            VirtioNetHeader* header = (VirtioNetHeader*)frame - 1;
            if (header->GsoType != VirtioNetHeader.GsoNone)
            {
                return BeginCutting(burst, i, header);
            }

            if ((header->Flags & VirtioNetHeader.NeedsChecksum) != 0 && stash[i].Length <= _capacity)
            {
                PartialChecksum.Complete(frame, (int)stash[i].Length, header);
            }
        }

        return Unstash(burst, read);
    }

    /// <summary>Begins with the super-frame at <paramref name="index"/> of the stash, the last that was read, after those before it.</summary>
    private int BeginCutting(FrameDescriptor* burst, int index, VirtioNetHeader* header)
    {
        FrameDescriptor* super = _stash.Pointer + index;
        int length = (int)super->Length;

        // Its first bytes lie in a frame of the pool; the rest stands where they belong in front of it.
        int inFrame = Math.Min(length, _capacity);
        Buffer.MemoryCopy(_pool.Memory.Pointer + super->Address, _superFrame.Pointer, inFrame, inFrame);
        if (_segmenter.TryBegin(_superFrame.Pointer, length, header))
        {
            SuperFramesReceived++;
            return Unstash(burst, index);
        }

        super->Length = (uint)Math.Max(length, _capacity + 1);
        return Unstash(burst, index + 1);
    }

    private int Cut(FrameDescriptor* burst, int max)
    {
        int cut = _segmenter.Next(_pool.Memory.Pointer, _stash.Pointer, Math.Min(max, _stashed), _capacity);
        SegmentsCut += (uint)cut;
        return Unstash(burst, cut);
    }

    /// <summary>Hands out the first frames of the stash; the rest moves to the front.</summary>
    private int Unstash(FrameDescriptor* burst, int count)
    {
        FrameDescriptor* stash = _stash.Pointer;
        _stashed -= count;
        new ReadOnlySpan<FrameDescriptor>(stash, count).CopyTo(new Span<FrameDescriptor>(burst, count));
        new ReadOnlySpan<FrameDescriptor>(stash + count, _stashed).CopyTo(new Span<FrameDescriptor>(stash, _stashed));
        return count;
    }

    private int WriteJoined(FrameDescriptor* burst, int count, int packets)
    {
        Coalescer coalescer = _coalescer!;
        int written = Math.Max(0, NativeMethods.TapWriteGathered(_descriptor[0], coalescer.Parts, coalescer.PartCounts, (uint)packets));
        for (int i = 0; i < written; i++)
        {
            uint parts = coalescer.PartCounts[i];
            SuperFramesSent += parts > 1 ? 1UL : 0;
            SegmentsJoined += parts > 1 ? parts : 0;
        }

        return written == packets ? count : coalescer.Reorder(burst, count, written);
    }
}
