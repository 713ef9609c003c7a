using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Rings;

namespace FastBond.Dataplane.Ports;

/// <summary>
/// What plays the device of a <see cref="MemoryPort"/>. It may run on a thread of its own. What it does not do, the device does not do:
/// frames it never completes hang, rings it never empties fill up.
/// </summary>
public sealed unsafe class MemoryPeer
{
    private readonly FrameMemory _memory;
    private readonly ulong _chunkMask;
    private ConsumerRing<ulong> _fill;
    private ProducerRing<FrameDescriptor> _rx;
    private ConsumerRing<FrameDescriptor> _tx;
    private ProducerRing<ulong> _completion;

    internal MemoryPeer(FrameMemory memory, in RingArea fill, in RingArea rx, in RingArea tx, in RingArea completion)
    {
        _memory = memory;
        _chunkMask = ~((ulong)memory.ChunkSize - 1);
        _fill = new ConsumerRing<ulong>(fill);
        _rx = new ProducerRing<FrameDescriptor>(rx);
        _tx = new ConsumerRing<FrameDescriptor>(tx);
        _completion = new ProducerRing<ulong>(completion);
    }

    /// <summary>Called when frames were put into the rx ring: normally <see cref="Cores.PollCore.Wake"/> of the core that serves the port.</summary>
    public Action? Bell { get; set; }

    /// <summary>What a kick does, on the core's thread; its answer is the kick's. Only a peer that asks for wake-ups is kicked.</summary>
    public Func<int>? OnKick { get; set; }

    /// <summary>How often the peer was kicked.</summary>
    public long Kicks { get; private set; }

    /// <summary>How many frames the core has transmitted that the peer has not taken yet.</summary>
    public int Waiting => _tx.Peek(int.MaxValue);

    /// <summary>How many chunks stand ready to receive into.</summary>
    public int Posted => _fill.Peek(int.MaxValue);

    /// <summary>Whether the device must be kicked to transmit.</summary>
    public void AskForKick(bool asked) => _tx.AskForWakeup(asked);

    /// <summary>Takes up to <paramref name="max"/> frames that the core has transmitted; they are the device's until completed.</summary>
    public int Receive(FrameDescriptor* burst, int max)
    {
        int count = _tx.Peek(max);
        for (int done = 0; done < count;)
        {
            FrameDescriptor* run = _tx.Run(done, count - done, out int length);
            new ReadOnlySpan<FrameDescriptor>(run, length).CopyTo(new Span<FrameDescriptor>(burst + done, length));
            done += length;
        }

        _tx.Release(count);
        return count;
    }

    /// <summary>Completes frames, in any order; returns how many of the first ones the completion ring took.</summary>
    public int Complete(FrameDescriptor* burst, int count)
    {
        int room = _completion.Reserve(count);
        for (int done = 0; done < room;)
        {
            ulong* run = _completion.Run(done, room - done, out int length);
            for (int i = 0; i < length; i++)
            {
                run[i] = burst[done + i].Address;
            }

            done += length;
        }

        _completion.Submit(room);
        return room;
    }

    /// <summary>Takes up to <paramref name="max"/> chunks to receive into; each descriptor points to where a frame begins in it, length 0.</summary>
    public int TakePosted(FrameDescriptor* burst, int max)
    {
        int count = _fill.Peek(max);
        for (int done = 0; done < count;)
        {
            ulong* run = _fill.Run(done, count - done, out int length);
            for (int i = 0; i < length; i++)
            {
                burst[done + i] = new FrameDescriptor { Address = _memory.FirstByteIn(run[i] & _chunkMask) };
            }

            done += length;
        }

        _fill.Release(count);
        return count;
    }

    /// <summary>Delivers frames that lie in chunks taken by <see cref="TakePosted"/>; returns how many of the first ones the rx ring took.</summary>
    public int Deliver(FrameDescriptor* burst, int count)
    {
        int room = _rx.Reserve(count);
        for (int done = 0; done < room;)
        {
            FrameDescriptor* run = _rx.Run(done, room - done, out int length);
            new ReadOnlySpan<FrameDescriptor>(burst + done, length).CopyTo(new Span<FrameDescriptor>(run, length));
            done += length;
        }

        _rx.Submit(room);
        if (room > 0)
        {
            Bell?.Invoke();
        }

        return room;
    }

    /// <summary>Delivers a copy of one frame (destination MAC first, no FCS); false if no chunk is posted, as a NIC would drop it.</summary>
    public bool Transmit(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > _memory.FrameCapacity || _rx.Reserve(1) == 0)
        {
            return false;
        }

        FrameDescriptor descriptor;
        if (TakePosted(&descriptor, 1) == 0)
        {
            return false;
        }

        frame.CopyTo(new Span<byte>(_memory.Pointer + descriptor.Address, frame.Length));
        descriptor.Length = (uint)frame.Length;
        return Deliver(&descriptor, 1) == 1;
    }

    /// <summary>Takes one transmitted frame, copies it out and completes it. Returns its length, or 0 if there is none.</summary>
    public int Receive(Span<byte> frame)
    {
        FrameDescriptor descriptor;
        if (Receive(&descriptor, 1) == 0)
        {
            return 0;
        }

        new ReadOnlySpan<byte>(_memory.Pointer + descriptor.Address, (int)descriptor.Length).CopyTo(frame);
        Complete(&descriptor, 1);
        return (int)descriptor.Length;
    }

    internal int Kick()
    {
        Kicks++;
        return OnKick?.Invoke() ?? 0;
    }
}
