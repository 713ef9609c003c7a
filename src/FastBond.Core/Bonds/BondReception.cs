namespace FastBond.Core.Bonds;

/// <summary>
/// What the cores tell of frames (what they are to tell is in the <see cref="ForwardingTable"/>), and of rings that hang.
/// </summary>
public sealed partial class Bond
{
    /// <summary>
    /// A slave has received something, at the latest <paramref name="lastNs"/>: any frame, or one of those that
    /// <see cref="ForwardingTable.StampsOnlyArpAndIpv6"/> leaves. To be told before a <see cref="Tick"/> that is due.
    /// </summary>
    public void Heard(long nowNs, Slave slave, long lastNs)
    {
        Advance(nowNs);
        _arpMonitor.Heard(slave, lastNs);
    }

    /// <summary>A slave received an ARP packet or neighbour discovery (destination MAC first, no FCS) at <paramref name="timeNs"/>.</summary>
    public void FrameReceived(long timeNs, Slave slave, ReadOnlySpan<byte> frame)
    {
        Advance(timeNs);
        _arpMonitor.Received(slave, timeNs, frame);
    }

    /// <summary>The host sent an ARP packet or neighbour discovery: it shows an address of the host's, or of a guest's behind it.</summary>
    public void FrameFromHost(long timeNs, ReadOnlySpan<byte> frame)
    {
        Advance(timeNs);
        HostAddresses.Learned.Learn(frame);
    }

    /// <summary>
    /// A transmit ring of the slave has completed no frame for as long as option <c>tx_stall</c> says, or completes some again. Judged as a
    /// change of carrier is: by a pass that comes now.
    /// </summary>
    public void TransmitStalled(long nowNs, Slave slave, bool stalled)
    {
        Advance(nowNs);
        if (slave.IsTransmitStalled == stalled || !_slaves.Contains(slave))
        {
            return;
        }

        slave.IsTransmitStalled = stalled;
        LogSlave(
            stalled ? LogPriority.Error : LogPriority.Notice,
            slave,
            stalled
                ? $"transmit ring hangs: no frame completed for {EngineOptions.TxStallMs} ms{(slave.Carrier ? " though the carrier is up" : "")}"
                : "transmit ring completes frames again");
        _miiMonitor.Hint(slave);
        _arpMonitor.Hint();
        PublishIfChanged();
    }

    /// <summary>Whether a monitor runs, whose passes things can wait for.</summary>
    private bool IsMonitored => NextPassNs != long.MaxValue || _arpMonitor.IsRunning;
}
