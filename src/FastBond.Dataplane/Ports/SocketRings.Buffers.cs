using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Ports;

/// <content>
/// Frames longer than AF_XDP's buffers ("multi-buffer"): several descriptors in the rings, one frame everywhere else.
/// <code>
///   chunk   | headroom, first buffer | what came in other buffers goes on here     |
///   rx      first ─ continued ► second ─ continued ► last, each in a chunk of its own
///   tx      one descriptor for each part of the frame that lies in one buffer
/// </code>
/// Only a chunk's first buffer is ever posted for reception: so the rest of the chunk is free to put the frame together in.
/// </content>
public sealed unsafe partial class SocketRings
{
    /// <summary>The frame goes on in the next descriptor (<c>XDP_PKT_CONTD</c>).</summary>
    private const uint Continued = 1;

    private readonly uint _bufferSize;

    /// <summary>For each chunk, how many of its descriptors have not been completed; null where each frame takes one.</summary>
    private readonly byte[]? _uncompleted;

    /// <summary>Frames received that were longer than a chunk, and dropped.</summary>
    public ulong Oversized { get; private set; }

    /// <summary>Takes received frames, each put together in its first chunk.</summary>
    private int Gather(FrameDescriptor* burst, int max)
    {
        int ready = _rx.Peek(_rx.Size);
        int taken = 0;
        int frames = 0;
        while (frames < max && taken < ready)
        {
            int last = taken;
            while (last < ready && (RxAt(last).Options & Continued) != 0)
            {
                last++;
            }

            if (last == ready)
            {
                // The kernel has not written the rest.
                break;
            }

            frames += Assemble(taken, last, burst + frames);
            taken = last + 1;
        }

        _rx.Release(taken);
        _posted -= taken;
        return frames;
    }

    /// <summary>Makes one frame of received descriptors; 0 if it is too long for a chunk, or one of them is not ours.</summary>
    private int Assemble(int first, int last, FrameDescriptor* frame)
    {
        byte* memory = _pool.Memory.Pointer;
        ulong chunkMask = (ulong)_pool.Memory.ChunkSize - 1;
        bool whole = true;
        bool held = false;
        for (int i = first; i <= last; i++)
        {
            FrameDescriptor part;
            if (_pool.Transfer(_rx.Run(i, 1, out _), &part, 1, _receiving, FrameOwner.Hand) == 0)
            {
                whole = false;
                continue;
            }

            if (!held && i == first)
            {
                held = true;
                *frame = part with { Options = 0 };
                continue;
            }

            whole &= held && (frame->Address & chunkMask) + frame->Length + part.Length <= chunkMask + 1;
            if (whole)
            {
                Buffer.MemoryCopy(memory + part.Address, memory + frame->Address + frame->Length, part.Length, part.Length);
                frame->Length += part.Length;
            }

            _pool.Free(&part, 1);
        }

        if (whole)
        {
            return 1;
        }

        Oversized++;
        if (held)
        {
            _pool.Free(frame, 1);
        }

        return 0;
    }

    /// <summary>Puts frames into the tx ring, each with all of its descriptors or not at all. Returns how many.</summary>
    private int Scatter(FrameDescriptor* burst, int count)
    {
        int room = _tx.Reserve(Math.Max(0, _budget - _inFlight));
        int used = 0;
        int sent = 0;
        for (; sent < count; sent++)
        {
            FrameDescriptor frame = burst[sent];
            uint start = (uint)frame.Address & (_bufferSize - 1);
            int parts = (int)((start + frame.Length + _bufferSize - 1) / _bufferSize);
            if (parts > room - used)
            {
                break;
            }

            if (_pool.Transfer(burst + sent, &frame, 1, FrameOwner.Hand, _transmitting) == 0)
            {
                continue;
            }

            _uncompleted![ChunkOf(frame.Address)] = (byte)parts;
            for (; parts > 0; parts--)
            {
                uint length = Math.Min(frame.Length, _bufferSize - ((uint)frame.Address & (_bufferSize - 1)));
                *_tx.Run(used++, 1, out _) = new FrameDescriptor { Address = frame.Address, Length = length, Options = parts > 1 ? Continued : 0 };
                frame.Address += length;
                frame.Length -= length;
            }
        }

        _tx.Submit(used);
        _inFlight += used;
        return sent;
    }

    private int Scatter(FrameDescriptor* burst, ulong set, out uint bytes)
    {
        FrameDescriptor* list = stackalloc FrameDescriptor[FrameSet.Capacity];
        int sent = Scatter(list, FrameSet.Copy(burst, set, list));
        bytes = BurstLengths.SumOf(list, sent);
        return sent;
    }

    /// <summary>Frees the frames whose last descriptor is completed by these.</summary>
    private void ReturnWhole(ulong* addresses, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ulong chunk = ChunkOf(addresses[i]);
            if (chunk < (ulong)_uncompleted!.Length && _uncompleted[chunk] > 1)
            {
                _uncompleted[chunk]--;
            }
            else
            {
                _pool.Return(addresses + i, 1, _transmitting);
            }
        }
    }

    private ulong ChunkOf(ulong address) => address / (uint)_pool.Memory.ChunkSize;

    private ref FrameDescriptor RxAt(int offset) => ref *_rx.Run(offset, 1, out _);
}
