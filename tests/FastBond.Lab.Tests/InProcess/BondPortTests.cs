using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux;
using Xunit;

namespace FastBond.Lab.Tests.InProcess;

/// <summary>The life of a port in this process: opened, refused, given back, outlived by nothing.</summary>
public sealed class BondPortTests : ScenarioTest
{
    private readonly NetworkNamespace _place;
    private readonly Engine _engine;

    public BondPortTests()
    {
        _place = Lab.Namespace();
        NetworkNamespace far = Lab.Namespace();
        VethPair.Create(new VethEnd(_place, "eth0"), new VethEnd(far, "eth0"));
        far.Ip("link set eth0 up");
        string state = Lab.StateDirectory();
        _engine = _place.Invoke(() =>
        {
            Engine engine = new(new EngineSettings { StateDirectory = state });
            Assert.Equal(Outcome.Ok, engine.Start());
            return engine;
        });
        Lab.Keep(_engine);
        BondRequest request = new("bond0", [new OptionSetting("mode", "active-backup"), new OptionSetting("host_port", "none")], ["eth0"], TakeDown: true, Force: false);
        Assert.Equal(Outcome.Ok, _engine.AddBondAsync(request).Result);
    }

    [Fact]
    public async Task A_bond_is_one_port_at_a_time_and_goes_back_to_its_poll_core()
    {
        BondPort port = await Open();
        Assert.True((await State()).IsUp);
        Assert.Equal(Errno.EBUSY, (await _engine.OpenPortAsync(new BondPortRequest("bond0"))).Outcome.Error);
        Assert.Equal(Errno.ENODEV, (await _engine.OpenPortAsync(new BondPortRequest("bond1"))).Outcome.Error);
        Assert.Equal(Errno.EBUSY, (await _engine.SetOptionsAsync("bond0", [new OptionSetting("idle", "spin")])).Error);
        Assert.Empty(await _engine.CoresAsync());
        port.Dispose();
        Assert.Single(await _engine.CoresAsync());
        Assert.False((await State()).IsUp);
        using (BondPort again = await Open())
        {
            Assert.True(again.Queues[0].IsOpen);
        }

        await _engine.StopAsync(deleteByDefault: true);
    }

    [Fact]
    public async Task An_mtu_too_long_for_the_frames_is_refused_and_one_that_fits_reaches_the_slaves()
    {
        using (Polled polled = new(await Open()))
        {
            Assert.Equal(Errno.EINVAL, (await _engine.ChangeHostAsync("bond0", new HostChange { Mtu = 3000 })).Error);
            Assert.Equal(Outcome.Ok, await _engine.ChangeHostAsync("bond0", new HostChange { Mtu = 1300 }));
            Assert.Equal(1300, _place.Link("eth0").Mtu);
            Assert.Equal(1318, polled.Port.Queues[0].MaxFrameLength);
        }

        await _engine.StopAsync(deleteByDefault: true);
    }

    [Fact]
    public async Task A_bond_that_is_deleted_under_its_port_leaves_the_interface_as_it_was()
    {
        using Polled polled = new(await Open());
        Assert.Equal(Outcome.Ok, await _engine.DeleteBondAsync("bond0"));
        Assert.False(polled.Port.Queues[0].IsOpen);
        Wait.Until(() => polled.Ended, Soon, "the port's thread has seen it");
        Assert.Equal(0, polled.Port.Queues[0].Allocate(new FrameDescriptor[1]));
        Assert.False(_place.Link("eth0").HasXdp);
        await _engine.StopAsync(deleteByDefault: true);
    }

    private async Task<BondPort> Open()
    {
        (Outcome outcome, BondPort? port) = await _engine.OpenPortAsync(new BondPortRequest("bond0"));
        Assert.Equal(Outcome.Ok, outcome);
        return port!;
    }

    private async Task<BondState> State() => (await _engine.StateAsync()).Single();

    /// <summary>A port and the thread that polls it; the thread ends before the port does.</summary>
    private sealed class Polled : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _running = true;

        public Polled(BondPort port)
        {
            Port = port;
            _thread = new Thread(() =>
            {
                FrameDescriptor[] burst = new FrameDescriptor[64];
                while (_running && port.Queues[0].IsOpen)
                {
                    port.Queues[0].Wait(timeoutMs: 100);
                    port.Queues[0].Free(burst.AsSpan(0, port.Queues[0].Receive(burst)));
                }
            });
            _thread.Start();
        }

        public BondPort Port { get; }

        public bool Ended => !_thread.IsAlive;

        public void Dispose()
        {
            _running = false;
            _thread.Join();
            Port.Dispose();
        }
    }
}
