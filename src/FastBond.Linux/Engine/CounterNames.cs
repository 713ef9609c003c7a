using FastBond.Core.Ipoib;
using FastBond.Dataplane.Counters;

namespace FastBond.Linux;

/// <summary>What counters and drop reasons are called in JSON and metrics: lower case with underscores.</summary>
internal static class CounterNames
{
    private static readonly string[] Counters = [.. Enum.GetNames<Counter>().Select(ToSnakeCase)];
    private static readonly string[] Outcomes = [.. Enum.GetNames<FaceOutcome>().Select(ToSnakeCase)];
    private static readonly string[] States = [.. Enum.GetNames<NeighborState>().Select(ToSnakeCase)];
    private static readonly string[] Reasons = [.. Enum.GetNames<DropReason>().Select(ToSnakeCase)];

    /// <summary>A counter's name.</summary>
    public static string Of(Counter counter) => Counters[(int)counter];

    /// <summary>A drop reason's name.</summary>
    public static string Of(DropReason reason) => Reasons[(int)reason];

    /// <summary>An outcome's name.</summary>
    public static string Of(FaceOutcome outcome) => Outcomes[(int)outcome];

    /// <summary>A neighbour state's name.</summary>
    public static string Of(NeighborState state) => States[(int)state];

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? $"{(i > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
