using FastBond.Core.Bonds;

namespace FastBond.Core.Modes;

/// <summary>broadcast: a copy on every running slave whose link is up, whatever its active flag says.</summary>
internal sealed class Broadcast : ModeRules
{
    public static readonly Broadcast Rules = new();

    public override bool MayTransmit(Slave slave) => slave.IsRunning && slave.Link == LinkState.Up;
}
