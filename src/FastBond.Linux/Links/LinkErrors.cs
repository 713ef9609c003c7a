namespace FastBond.Linux.Links;

/// <summary>What a driver could not receive or transmit, in frames, as <c>ip -s -s link</c> and <c>ifconfig</c> show it.</summary>
/// <param name="Rx">All that was wrong with reception.</param>
/// <param name="RxOverruns">Of these, what the NIC had no room for (FIFO errors).</param>
/// <param name="RxFrame">Of these, what was not aligned.</param>
/// <param name="Tx">All that was wrong with transmission.</param>
/// <param name="TxOverruns">Of these, FIFO errors.</param>
/// <param name="TxCarrier">Of these, losses of carrier while transmitting.</param>
public sealed record LinkErrors(ulong Rx, ulong RxOverruns, ulong RxFrame, ulong Tx, ulong TxOverruns, ulong TxCarrier)
{
    /// <summary>Nothing was wrong.</summary>
    public static LinkErrors None { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>The sum of two interfaces.</summary>
    public static LinkErrors operator +(LinkErrors a, LinkErrors b) => new(
        a.Rx + b.Rx, a.RxOverruns + b.RxOverruns, a.RxFrame + b.RxFrame, a.Tx + b.Tx, a.TxOverruns + b.TxOverruns, a.TxCarrier + b.TxCarrier);
}
