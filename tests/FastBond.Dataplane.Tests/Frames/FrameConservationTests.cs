using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastBond.Dataplane.Tests.Frames;

/// <summary>Random histories of a pool and two ports, beside a model that only counts.</summary>
public sealed unsafe class FrameConservationTests
{
    private const int Frames = 64;
    private const int RingSize = 16;
    private const int Operations = 9;

    [Fact]
    public void Frames_are_conserved_whatever_happens()
    {
        Gen<(int, int)> operation = Gen.Zip(Gen.Choose(0, (2 * Operations) - 1), Gen.Choose(0, 20));
        Arbitrary<(int Operation, int Amount)[]> histories = Arb.From(Gen.ArrayOf(operation, 400));
        Prop.ForAll(histories, Holds).QuickCheckThrowOnFailure();
    }

    private static bool Holds((int Operation, int Amount)[] history)
    {
        using FrameMemory memory = FrameMemory.Allocate(Frames);
        using FramePool pool = new(memory);
        using Side a = new(pool);
        using Side b = new(pool);
        List<FrameDescriptor> hand = [];
        foreach ((int operation, int amount) in history)
        {
            Side side = operation < Operations ? a : b;
            side.Do(operation % Operations, amount, hand, pool);
            int[] census = pool.Census();
            bool holds = pool.Violations == 0
                && census.Sum() == Frames
                && census[FrameOwner.Pool] == pool.FreeCount
                && census[FrameOwner.Hand] == hand.Count
                && a.Agrees(census) && b.Agrees(census)
                && pool.FreeCount + hand.Count + a.Held + b.Held == Frames;
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A port, its device, and where the model thinks its frames are.</summary>
    private sealed class Side(FramePool pool) : IDisposable
    {
        private readonly List<FrameDescriptor> _chunks = [];
        private readonly List<FrameDescriptor> _sent = [];
        private MemoryPort _port = new(pool, RingSize);
        private int _posted;
        private int _inFlight;

        public int Held => _posted + _inFlight;

        public bool Agrees(int[] census) =>
            census[FrameOwner.Receiving(_port.Socket)] == _posted && _port.Rings.Posted == _posted
            && census[FrameOwner.Transmitting(_port.Socket)] == _inFlight && _port.InFlight == _inFlight;

        public void Do(int operation, int amount, List<FrameDescriptor> hand, FramePool pool)
        {
            FrameDescriptor* burst = stackalloc FrameDescriptor[20];
            switch (operation)
            {
                case 0:
                    Take(pool.Take(burst, amount), burst, hand);
                    break;
                case 1:
                    pool.Free(burst, Give(hand, amount, burst));
                    break;
                case 2:
                    int received = _port.Receive(burst, amount);
                    Take(received, burst, hand);
                    _posted -= received;
                    break;
                case 3:
                    int offered = Give(hand, amount, burst);
                    int sent = _port.Transmit(burst, offered);
                    Take(offered - sent, burst + sent, hand);
                    _inFlight += sent;
                    break;
                case 4:
                    Reclaim();
                    break;
                case 5:
                    _port.SetBudget(amount);
                    break;
                case 6:
                    Take(_port.Peer.TakePosted(burst, amount), burst, _chunks);
                    break;
                case 7:
                    int chunks = Give(_chunks, amount, burst);
                    int delivered = _port.Peer.Deliver(burst, chunks);
                    Take(chunks - delivered, burst + delivered, _chunks);
                    break;
                default:
                    Complete(amount, burst, pool);
                    break;
            }
        }

        public void Dispose() => _port.Dispose();

        /// <summary>Posts and completions are the pool's to decide; the model only checks that they add up.</summary>
        private void Reclaim()
        {
            int before = _port.InFlight;
            _port.Reclaim();
            int completed = before - _port.InFlight;
            Assert.InRange(completed, 0, before);
            _inFlight -= completed;
            int posted = _port.Rings.Posted - _posted;
            Assert.InRange(posted, 0, RingSize);
            _posted += posted;
        }

        /// <summary>The device completes some of what it was sent, out of order; or its socket is closed with all that is in it.</summary>
        private void Complete(int amount, FrameDescriptor* burst, FramePool pool)
        {
            if (amount == 20)
            {
                Assert.Equal((_posted, _inFlight), pool.ReclaimSocket(_port.Socket));
                _port.Dispose();
                _port = new MemoryPort(pool, RingSize);
                _chunks.Clear();
                _sent.Clear();
                _posted = 0;
                _inFlight = 0;
                return;
            }

            Take(_port.Peer.Receive(burst, amount), burst, _sent);
            _sent.Reverse();
            int count = Give(_sent, amount, burst);
            int completed = _port.Peer.Complete(burst, count);
            Take(count - completed, burst + completed, _sent);
        }

        private static void Take(int count, FrameDescriptor* burst, List<FrameDescriptor> place)
        {
            for (int i = 0; i < count; i++)
            {
                place.Add(burst[i]);
            }
        }

        private static int Give(List<FrameDescriptor> place, int amount, FrameDescriptor* burst)
        {
            int count = Math.Min(amount, place.Count);
            for (int i = 0; i < count; i++)
            {
                burst[i] = place[i];
            }

            place.RemoveRange(0, count);
            return count;
        }
    }
}
