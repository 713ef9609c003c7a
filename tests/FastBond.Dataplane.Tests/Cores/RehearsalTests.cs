using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

public sealed class RehearsalTests
{
    /// <summary>A rehearsal that dropped its frames would rehearse nothing.</summary>
    [Fact]
    public void Every_mode_is_rehearsed_with_frames_that_arrive()
    {
        using Rehearsal rehearsal = new();
        foreach (ForwardingTable table in Rehearsal.Tables())
        {
            (ulong received, ulong sent, ulong dropped) = rehearsal.Play(table, turns: 50);
            Assert.True(received > 500, $"{table.Mode} {table.Policy}: {received} frames from the host");
            Assert.True(sent >= received, $"{table.Mode} {table.Policy}: {sent} of {received} sent");
            Assert.Equal(0UL, dropped);
        }
    }
}
