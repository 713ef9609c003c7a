using System.Collections.Concurrent;
using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Lab.Ipoib;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Dataplane.InProcess;
using FastBond.Linux;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>
/// scenarios.md, I9, without a host interface: a program that has the bond as its own port sees IPoIB frames as they are, and resolves addresses
/// over whichever slave is active, as users of RDMA CM do after a failure.
/// </summary>
public sealed class NativeFaceTests : InfinibandTest
{
    private const string Own = "192.0.2.1";

    [Fact]
    public async Task I9_a_program_resolves_and_is_resolved_over_the_active_slave()
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace();
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        IpoibPeer peer = new(fabric, "peer", IpoibHosts.Address(0xc0), "192.0.2.3", "fd00::3");
        string state = Lab.StateDirectory();
        Engine engine = Lab.Keep(place.Invoke(() =>
        {
            Engine made = new(new EngineSettings { StateDirectory = state });
            Assert.Equal(Outcome.Ok, made.Start());
            return made;
        }));
        OptionSetting[] options = [new("mode", "active-backup"), new("host_port", "none")];
        Assert.Equal(Outcome.Ok, await engine.AddBondAsync(new BondRequest("bond0", options, [], TakeDown: true, Force: false)));
        foreach ((IpoibPort port, int n) in ports.Select((port, n) => (port, n)))
        {
            Assert.Equal(Outcome.Ok, await engine.SetSlaveOptionsAsync("bond0", $"ib{n}", [new("lladdr", port.AddressText)]));
        }
        Assert.Equal(Outcome.Ok, await engine.EnslaveAsync("bond0", new EnslaveRequest(["ib0", "ib1"], TakeDown: true, Force: false)));
        (Outcome outcome, BondPort? bond) = await engine.OpenPortAsync(new BondPortRequest("bond0"));
        Assert.Equal(Outcome.Ok, outcome);

        using (NativeUser user = new(bond!))
        {
            foreach (int active in new[] { 0, 1, 0 })
            {
                ports[active].Mend();
                Wait.Until(() => State().Slaves[active].Carrier, Soon, "the link is there");
                ports[1 - active].Cut();
                Wait.Until(() => State().Address == ports[active].AddressText, Soon, $"ib{active} is active");
                user.Address = ports[active].Address;
                byte[] answer = user.Resolve("192.0.2.3", Soon);
                Assert.Equal([.. new byte[20], 8, 6, 0, 0, 0, 32, 8, 0, 20, 4, 0, 2], answer[..32]);
                Assert.Equal(FabricFrame.HeaderLength + 56, answer.Length);
                Assert.Equal(peer.Address, answer[32..52]);
                Assert.Equal(Convert.ToHexString(ports[active].Address), peer.Resolve(Own, Soon));
                Assert.Equal(ports[active].Name, fabric.Frames.Last(frame => frame.IsArp && frame.Port != "peer").Port);
            }
        }
        await engine.StopAsync(deleteByDefault: true);

        BondState State() => engine.StateAsync().GetAwaiter().GetResult()[0];
    }

    /// <summary>A program with an address of its own, which it resolves others from and answers for.</summary>
    private sealed class NativeUser : IDisposable
    {
        private readonly BondPort _port;
        private readonly Thread _thread;
        private readonly ConcurrentQueue<byte[]> _toSend = new(), _received = new();
        private volatile bool _stop;

        public NativeUser(BondPort port)
        {
            _port = port;
            _thread = new Thread(Run) { Name = "native user" };
            _thread.Start();
        }

        /// <summary>The 20-byte address of the slave that is active.</summary>
        public byte[] Address { get; set; } = [];

        /// <summary>Asks for an address and returns the frame that answers.</summary>
        public byte[] Resolve(string ip, TimeSpan limit)
        {
            byte[] target = IPAddress.Parse(ip).GetAddressBytes();
            _received.Clear();
            Send(IpoibPeer.Broadcast, 1, new byte[20], target);
            return Wait.Until(() => _received.FirstOrDefault(frame => frame[31] == 2 && frame.AsSpan(52, 4).SequenceEqual(target)), limit, $"{ip} is resolved");
        }

        public void Dispose()
        {
            _stop = true;
            _port.Queues[0].Wake();
            _thread.Join();
            _port.Dispose();
        }

        private void Run()
        {
            FrameDescriptor[] burst = new FrameDescriptor[64];
            BondQueue queue = _port.Queues[0];
            while (!_stop)
            {
                queue.Wait(timeoutMs: 50);
                Span<FrameDescriptor> received = burst.AsSpan(0, queue.Receive(burst));
                foreach (FrameDescriptor frame in received)
                {
                    Take(queue.Bytes(frame).ToArray());
                }
                queue.Free(received);
                while (_toSend.TryDequeue(out byte[]? bytes) && queue.Allocate(burst.AsSpan(0, 1)) == 1)
                {
                    burst[0].Length = (uint)bytes.Length;
                    bytes.CopyTo(queue.Bytes(burst[0]));
                    queue.Transmit(burst.AsSpan(0, 1));
                }
            }
        }

        private void Take(byte[] frame)
        {
            bool isArp = frame.Length == FabricFrame.HeaderLength + 56 && frame[20] == 8 && frame[21] == 6;
            if (isArp)
            {
                _received.Enqueue(frame);
            }
            if (isArp && frame[31] == 1 && new IPAddress(frame.AsSpan(76, 4)).ToString() == Own)
            {
                Send(frame[32..52], 2, frame[32..52], frame[52..56]);
            }
        }

        private void Send(byte[] to, byte operation, byte[] targetHardware, byte[] target)
        {
            byte[] own = IPAddress.Parse(Own).GetAddressBytes();
            _toSend.Enqueue([.. to, 8, 6, 0, 0, 0, 32, 8, 0, 20, 4, 0, operation, .. Address, .. own, .. targetHardware, .. target]);
            _port.Queues[0].Wake();
        }
    }
}
