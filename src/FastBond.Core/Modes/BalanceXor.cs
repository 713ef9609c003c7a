namespace FastBond.Core.Modes;

/// <summary>balance-xor: the transmit hash picks among the slaves that can transmit.</summary>
internal sealed class BalanceXor : ModeRules
{
    public static readonly BalanceXor Rules = new();

    public override bool HashesOverUsable => true;
}
