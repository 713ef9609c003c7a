using System.Numerics;
using System.Runtime.CompilerServices;
using FastBond.Core.Frames;

namespace FastBond.Dataplane.Frames;

/// <summary>
/// The free frames of a <see cref="FrameMemory"/>, last in first out, and the ledger: one byte per frame that names its owner.
/// </summary>
/// <remarks>
/// <para>
/// A frame changes hands only by a call that names the old and the new owner, so that a frame is always in exactly one place:
/// </para>
/// <code>
///        Post              (kernel)             Transfer
/// pool ───────► receiving ─────────► rx ring ─────────────► hand
///  ▲ ▲                                                       │ │
///  │ └──────────── completed ◄── transmitting ◄── Transfer ──┘ │
///  └──────────────────────── Free ─────────────────────────────┘
/// </code>
/// <para>
/// A frame that turns up where the ledger says it is not (freed twice, completed twice, an address outside the memory) is a
/// <see cref="Violations">violation</see>: it is counted and the frame is taken out of use, since two owners would corrupt each other's data.
/// </para>
/// <para>Belongs to one core, except <see cref="OpenSocket"/>, <see cref="Violations"/> and <see cref="FreeCount"/> (the last two a moment old).</para>
/// </remarks>
public sealed unsafe class FramePool : IDisposable
{
    private const int WordsOfDescriptor = 2;

    private readonly int _shift;
    private readonly uint _frames;
    private byte* _ledger;
    private uint* _free;
    private int _freeCount;
    private long _violations;
    private ulong _socketsLow;
    private ulong _socketsHigh;
    internal CoreMargin Margin;

    /// <summary>A pool that owns every frame of <paramref name="memory"/>.</summary>
    public FramePool(FrameMemory memory)
    {
        Memory = memory;
        _shift = BitOperations.Log2((uint)memory.ChunkSize);
        _frames = (uint)memory.FrameCount;
        _ledger = CoreMemory.Allocate<byte>((int)_frames);
        _free = CoreMemory.Allocate<uint>((int)_frames);
        for (uint i = 0; i < _frames; i++)
        {
            _free[i] = _frames - 1 - i;
        }

        _freeCount = (int)_frames;
        _socketsHigh = ~0UL << (FrameOwner.MaxSockets - 64);
    }

    /// <summary>The memory whose frames these are.</summary>
    public FrameMemory Memory { get; }

    /// <summary>How many frames are free.</summary>
    public int FreeCount => Volatile.Read(ref _freeCount);

    /// <summary>How often a frame turned up where the ledger said it was not. Anything but 0 is a bug, here or in a driver.</summary>
    public long Violations => Volatile.Read(ref _violations);

    /// <summary>How many frames are never posted for reception, so that there are always some to transmit with.</summary>
    public int Reserve { get; set; }

    /// <summary>
    /// A number for a new socket over this memory; <see cref="ReclaimSocket"/> gives it back. Any thread.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="FrameOwner.MaxSockets"/> are open.</exception>
    public int OpenSocket()
    {
        int low = Claim(ref _socketsLow);
        if (low >= 0)
        {
            return low;
        }

        int high = Claim(ref _socketsHigh);
        return high >= 0
            ? 64 + high
            : throw new InvalidOperationException($"{FrameOwner.MaxSockets} sockets are open over one frame memory: it can have no more");
    }

    /// <summary>Takes up to <paramref name="count"/> free frames into the caller's hand: each address past the headroom, length 0.</summary>
    public int Take(FrameDescriptor* burst, int count)
    {
        int taken = Pop((ulong*)burst, WordsOfDescriptor, count, FrameOwner.Hand);
        FrameMemory memory = Memory;
        for (int i = 0; i < taken; i++)
        {
            burst[i] = new FrameDescriptor { Address = memory.FirstByteIn(burst[i].Address) };
        }

        return taken;
    }

    /// <summary>Frees frames that are in the caller's hand. The address may point anywhere into the frame's chunk.</summary>
    public void Free(FrameDescriptor* burst, int count) => Push((ulong*)burst, WordsOfDescriptor, count, FrameOwner.Hand);

    /// <summary>Takes up to <paramref name="count"/> free frames, but not the reserve, writing their chunks' addresses for a fill ring.</summary>
    internal int Post(ulong* addresses, int count, byte owner) => Pop(addresses, 1, Math.Min(count, _freeCount - Reserve), owner);

    /// <summary>Frees frames that <paramref name="owner"/> had, by the addresses of a completion ring.</summary>
    internal void Return(ulong* addresses, int count, byte owner) => Push(addresses, 1, count, owner);

    /// <summary>
    /// Copies descriptors and moves their frames from one owner to another. Returns how many were copied: all but those that did not
    /// belong to <paramref name="from"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Transfer(FrameDescriptor* source, FrameDescriptor* target, int count, byte from, byte to)
    {
        byte* ledger = _ledger;
        int shift = _shift;
        ulong frames = _frames;

        // One pointer is moved, not two.
        nint away = (nint)target - (nint)source;
        for (FrameDescriptor* end = source + count; source < end; source++)
        {
            FrameDescriptor* place = (FrameDescriptor*)((nint)source + away);
            ulong index = source->Address >> shift;
            if (index >= frames || ledger[index] != from)
            {
                return (int)(place - target) + TransferRest(source, place, (int)(end - source), from, to);
            }

            ledger[index] = to;
            *place = *source;
        }

        return count;
    }

    /// <summary>
    /// The same for those frames of a burst that are in <paramref name="set"/>, which are in the caller's hand. Adds the bytes of those copied.
    /// </summary>
    internal int TransferSet(FrameDescriptor* burst, ulong set, FrameDescriptor* target, byte to, ref uint bytes)
    {
        byte* ledger = _ledger;
        int shift = _shift;
        ulong frames = _frames;
        uint sum = 0;
        FrameDescriptor* next = target;
        for (ulong rest = set; rest != 0; rest &= rest - 1)
        {
            FrameDescriptor* frame = burst + (uint)BitOperations.TrailingZeroCount(rest);
            ulong index = frame->Address >> shift;
            if (index >= frames || ledger[index] != FrameOwner.Hand)
            {
                bytes += sum;
                return (int)(next - target) + TransferRest(burst, rest, next, to, ref bytes);
            }

            ledger[index] = to;
            sum += frame->Length;
            *next++ = *frame;
        }

        bytes += sum;
        return (int)(next - target);
    }

    /// <summary>
    /// Frees every frame that the ledger names for a socket which is closed, wherever it is, and gives the socket's number back.
    /// The kernel must be done with the memory: it may hold frames that are in no ring.
    /// </summary>
    /// <returns>How many frames were freed on its receive and on its transmit side; the latter were never completed.</returns>
    public (int Received, int Transmitted) ReclaimSocket(int socket)
    {
        int received = FreeAllOf(FrameOwner.Receiving(socket));
        int transmitted = FreeAllOf(FrameOwner.Transmitting(socket));
        ref ulong word = ref socket < 64 ? ref _socketsLow : ref _socketsHigh;
        Interlocked.And(ref word, ~(1UL << (socket & 63)));
        return (received, transmitted);
    }

    /// <summary>How many frames each owner code has; the sum over all 256 is the number of frames.</summary>
    public int[] Census()
    {
        int[] counts = new int[256];
        for (uint i = 0; i < _frames; i++)
        {
            counts[_ledger[i]]++;
        }

        return counts;
    }

    /// <summary>The ledger's entry for the frame at that address.</summary>
    public byte OwnerOf(ulong address)
    {
        ulong index = address >> _shift;
        return index < _frames ? _ledger[index] : throw new ArgumentOutOfRangeException(nameof(address), address, "outside the frame memory");
    }

    /// <summary>Frees the ledger (not the frame memory).</summary>
    public void Dispose()
    {
        CoreMemory.Free(_ledger);
        CoreMemory.Free(_free);
        _ledger = null;
        _free = null;
        _freeCount = 0;
    }

    // All loops work on copies of the fields: the runtime must assume that a store through a pointer changes any field. And none of those that
    // run for every burst calls anything, or it would keep its variables on the stack: from a violation on, another loop takes over.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Pop(ulong* addresses, int stride, int count, byte owner)
    {
        byte* ledger = _ledger;
        int shift = _shift;
        uint* free = _free + _freeCount;
        uint* bottom = free - Math.Clamp(count, 0, _freeCount);
        ulong* next = addresses;
        while (free > bottom)
        {
            uint index = *--free;
            if (ledger[index] == FrameOwner.Pool)
            {
                ledger[index] = owner;
                *next = (ulong)index << shift;
                next += stride;
            }
        }

        Volatile.Write(ref _freeCount, (int)(free - _free));
        return (int)(next - addresses) / stride;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Push(ulong* addresses, int stride, int count, byte owner)
    {
        byte* ledger = _ledger;
        int shift = _shift;
        ulong frames = _frames;
        uint* free = _free + _freeCount;
        for (ulong* end = addresses + (count * stride); addresses < end; addresses += stride)
        {
            ulong index = *addresses >> shift;
            if (index >= frames || ledger[index] != owner)
            {
                Volatile.Write(ref _freeCount, (int)(free - _free));
                PushRest(addresses, stride, (int)(end - addresses) / stride, owner);
                return;
            }

            ledger[index] = FrameOwner.Pool;
            *free++ = (uint)index;
        }

        Volatile.Write(ref _freeCount, (int)(free - _free));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int TransferRest(FrameDescriptor* source, FrameDescriptor* target, int count, byte from, byte to)
    {
        int moved = 0;
        for (int i = 0; i < count; i++)
        {
            if (TryMove(source[i].Address >> _shift, from, to))
            {
                target[moved++] = source[i];
            }
        }

        return moved;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int TransferRest(FrameDescriptor* burst, ulong set, FrameDescriptor* target, byte to, ref uint bytes)
    {
        int moved = 0;
        for (; set != 0; set &= set - 1)
        {
            FrameDescriptor frame = burst[BitOperations.TrailingZeroCount(set)];
            if (TryMove(frame.Address >> _shift, FrameOwner.Hand, to))
            {
                target[moved++] = frame;
                bytes += frame.Length;
            }
        }

        return moved;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PushRest(ulong* addresses, int stride, int count, byte owner)
    {
        for (int i = 0; i < count; i++)
        {
            ulong index = addresses[stride * i] >> _shift;
            if (TryMove(index, owner, FrameOwner.Pool))
            {
                _free[_freeCount] = (uint)index;
                Volatile.Write(ref _freeCount, _freeCount + 1);
            }
        }
    }

    /// <summary>Moves one frame; false for a violation, which is counted and takes the frame out of use.</summary>
    private bool TryMove(ulong index, byte from, byte to)
    {
        if (index < _frames && _ledger[index] == from)
        {
            _ledger[index] = to;
            return true;
        }

        Volatile.Write(ref _violations, _violations + 1);
        if (index < _frames)
        {
            _ledger[index] = FrameOwner.Quarantine;
        }

        return false;
    }

    private int FreeAllOf(byte owner)
    {
        int freed = 0;
        Span<byte> ledger = new(_ledger, (int)_frames);
        for (int at = ledger.IndexOf(owner); at >= 0;)
        {
            ulong address = (ulong)at << _shift;
            Return(&address, 1, owner);
            freed++;
            int next = ledger[(at + 1)..].IndexOf(owner);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return freed;
    }

    private static int Claim(ref ulong word)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref word);
            int bit = BitOperations.TrailingZeroCount(~seen);
            if (bit == 64)
            {
                return -1;
            }

            if (Interlocked.CompareExchange(ref word, seen | (1UL << bit), seen) == seen)
            {
                return bit;
            }
        }
    }
}
