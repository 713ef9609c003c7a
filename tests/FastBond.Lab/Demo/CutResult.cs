using FastBond.Lab.Frames;

namespace FastBond.Lab.Demo;

/// <summary>What a cut did.</summary>
/// <param name="What">What was cut.</param>
/// <param name="Dead">What was still given to dead links.</param>
/// <param name="Probes">Numbered frames sent while it was cut and mended.</param>
/// <param name="Lost">How many of them did not arrive.</param>
/// <param name="Pause">The longest time without one at the other host.</param>
internal sealed record CutResult(string What, DeadLinkFrames Dead, int Probes, int Lost, TimeSpan Pause)
{
    /// <summary>From what was sent and what <paramref name="arrived"/> in order.</summary>
    public static CutResult From(string what, DeadLinkFrames dead, int sent, IReadOnlyList<ObservedFrame> arrived)
    {
        long pause = arrived.Zip(arrived.Skip(1)).Select(pair => pair.Second.TimeNs - pair.First.TimeNs).DefaultIfEmpty(0).Max();
        int distinct = arrived.Select(frame => frame.Test!.Value.Sequence).Distinct().Count();
        return new CutResult(what, dead, sent, Math.Max(0, sent - distinct), TimeSpan.FromMicroseconds(pause / 1000));
    }
}
