using System.Text;
using FastBond.Core.Bonds;
using FastBond.Logging;

namespace FastBond.Program.Tests;

/// <summary>The log: its form, its rate, and that it never blocks who logs.</summary>
public sealed class LogWriterTests
{
    private static readonly StoppedClock Clock = new();

    [Fact]
    public void LinesGoOutInOrderAndPlain()
    {
        Assert.Equal("a\nb\n", Written(journal: false, log =>
        {
            log.Write(LogPriority.Info, "a");
            log.Write(LogPriority.Error, "b");
        }));
    }

    [Fact]
    public void TheJournalGetsPriorities()
    {
        Assert.Equal("<6>a\n<3>b\n<3>  at c\n", Written(journal: true, log =>
        {
            log.Write(LogPriority.Info, "a");
            log.Write(LogPriority.Error, "b\n  at c");
        }));
    }

    [Fact]
    public void ABurstIsCutAndSaidSo()
    {
        string[] lines = Written(journal: false, log =>
        {
            for (int i = 0; i < 150; i++)
            {
                log.Write(LogPriority.Info, $"{i}");
            }
        }).Split('\n');
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}").Append("fastbond: 50 lines suppressed").Append(""), lines);
    }

    [Fact]
    public void ABucketRefillsAtItsRate()
    {
        StoppedClock clock = new();
        TokenBucket bucket = new(burst: 3, perSecond: 10, clock);
        Assert.Equal(3, Taken(ref bucket));
        clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, Taken(ref bucket));
        clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(1, Taken(ref bucket));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, Taken(ref bucket));
    }

    [Fact]
    public void AStuckReaderBlocksNobodyAndTheLossIsCounted()
    {
        using StuckWriter output = new();
        using (LogWriter log = new(output, journal: false, new FreeRunningClock()))
        {
            log.Write(LogPriority.Info, "first");
            Assert.True(output.Entered.Wait(RunningDaemon.Patience, TestContext.Current.CancellationToken));
            for (int i = 0; i < 2000; i++)
            {
                log.Write(LogPriority.Info, "more");
            }

            output.Release.Set();
        }

        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("first", lines[0]);
        Assert.Equal($"fastbond: {2000 - 1024} lines suppressed", lines[1]);
        Assert.Equal(1024, lines.Count(line => line == "more"));
    }

    [Fact]
    public void AStuckReaderDoesNotHoldUpTheEnd()
    {
        StuckWriter output = new();
        LogWriter log = new(output, journal: false, Clock);
        log.Write(LogPriority.Info, "first");
        Assert.True(output.Entered.Wait(RunningDaemon.Patience, TestContext.Current.CancellationToken));
        log.Dispose();
        log.Write(LogPriority.Info, "late");
        Assert.Equal("", output.ToString());
        output.Release.Set();
    }

    private static int Taken(ref TokenBucket bucket)
    {
        int taken = 0;
        while (bucket.TryTake())
        {
            taken++;
        }

        return taken;
    }

    private static string Written(bool journal, Action<LogWriter> write)
    {
        StringWriter output = new();
        using (LogWriter log = new(output, journal, Clock))
        {
            write(log);
        }

        return output.ToString();
    }

    private sealed class StoppedClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }

    /// <summary>A second passes at each look: no line is ever too many.</summary>
    private sealed class FreeRunningClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }

    /// <summary>A pipe whose reader stopped: the first write waits until it reads again.</summary>
    private sealed class StuckWriter : StringWriter
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            Entered.Set();
            Release.Wait();
            base.WriteLine(value);
        }
    }
}
