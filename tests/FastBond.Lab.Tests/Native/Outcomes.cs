using FastBond.Core.Bonds;
using Xunit;

namespace FastBond.Lab.Tests.Native;

/// <summary>Outcomes in tests.</summary>
internal static class Outcomes
{
    public static void ThrowIfFailed(this Outcome outcome) => Assert.True(outcome.Success, outcome.ToString());

    public static void MustBe(this Outcome outcome, Errno error) => Assert.True(outcome.Error == error, $"not {error} but {outcome}");
}
