using FastBond.Core.Bonds;
using FastBond.Linux;

namespace FastBond.Configuration.Reload;

/// <summary>Carries steps out on an engine, one after the other until one is refused.</summary>
internal static class Applier
{
    /// <summary>Carries out the steps.</summary>
    /// <param name="engine">Whose bonds they change.</param>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="force">Whether an interface that carries the default route may be enslaved.</param>
    /// <returns>The first refusal, with the step that met it.</returns>
    public static async Task<Outcome> ApplyAsync(IBondEngine engine, IReadOnlyList<Step> steps, bool force)
    {
        foreach (Step step in steps)
        {
            Outcome outcome = await ApplyAsync(engine, step, force);
            if (!outcome.Success)
            {
                return outcome with { Message = $"{step.Bond}: {step.Words}: {outcome.Message}" };
            }
        }

        return Outcome.Ok;
    }

    private static Task<Outcome> ApplyAsync(IBondEngine engine, Step step, bool force) => step switch
    {
        AddBond add => engine.AddBondAsync(new BondRequest(add.Bond, add.Options, [], TakeDown: true, force)),
        DeleteBond => engine.DeleteBondAsync(step.Bond),
        SetOptions set => engine.SetOptionsAsync(step.Bond, set.Options),
        SetSlaveOptions set => engine.SetSlaveOptionsAsync(step.Bond, set.Slave, set.Options),
        Enslave enslave => engine.EnslaveAsync(step.Bond, new EnslaveRequest([enslave.Slave], TakeDown: true, force) { Options = [.. enslave.Defaults, .. enslave.Options], Await = true }),
        Release release => engine.ReleaseAsync(step.Bond, release.Slaves),
        ChangeHost change => engine.ChangeHostAsync(step.Bond, change.Change),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };
}
