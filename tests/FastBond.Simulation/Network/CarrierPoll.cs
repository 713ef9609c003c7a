using FastBond.Core.Bonds;

namespace FastBond.Simulation.Network;

/// <summary>
/// What watches one slave's carrier for the control plane: asks every miimon, in a phase of its own, and at once when hinted; tells of
/// changes only.
/// </summary>
internal sealed class CarrierPoll(SimulatedHost host, Nic nic)
{
    private bool _last;
    private int _periodMs;
    private long _run;
    private bool _isRunning;

    public void Start(bool carrier)
    {
        _last = carrier;
        _isRunning = true;
        _periodMs = 0;
        SetPeriod(host.Bond.Options.Miimon);
    }

    public void Stop()
    {
        _isRunning = false;
        _run++;
    }

    /// <summary>Sets the period in milliseconds; 0 for only when hinted. A new period begins with a question.</summary>
    public void SetPeriod(int periodMs)
    {
        if (_isRunning && periodMs != _periodMs)
        {
            _periodMs = periodMs;
            _run++;
            Ask();
            PlanNext(_run, host.Network.Disorder.PhaseNs(periodMs * VirtualTime.Millisecond));
        }
    }

    /// <summary>Asks the driver now, and tells the bond if it answers something new.</summary>
    public void Ask()
    {
        if (!_isRunning || nic.Device is not { } device || device.Carrier == _last)
        {
            return;
        }

        _last = device.Carrier;
        bool carrier = _last;
        Slave? slave = nic.Slave;
        host.Post(0, () =>
        {
            if (slave is not null && nic.Slave == slave)
            {
                host.Bond.SpeedChanged(host.NowNs, slave, device.SpeedMbps, device.Duplex);
                host.Bond.CarrierChanged(host.NowNs, slave, carrier);
            }
        });
    }

    private void PlanNext(long run, long afterNs)
    {
        if (_periodMs == 0)
        {
            return;
        }

        host.Network.Time.After(afterNs, () =>
        {
            if (run == _run)
            {
                Ask();
                PlanNext(run, _periodMs * VirtualTime.Millisecond);
            }
        });
    }
}
