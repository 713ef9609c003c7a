using System.Collections.Concurrent;
using FastBond.Core.Bonds;

namespace FastBond.Logging;

/// <summary>
/// The log: one line a message, written by a thread of its own, so that whoever logs never waits for a reader of stderr. Lines beyond
/// the rate, or beyond what fits the queue while stderr is stuck, are dropped and counted in a line of their own.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    private const int QueueLines = 1024;
    private const int Burst = 100;
    private const int LinesPerSecond = 10;

    /// <summary>After so long without a line, what was suppressed until then is said.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>How long a stuck stderr may hold up the program's end.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<(LogPriority Priority, string Line)> _queue = new(QueueLines);
    private readonly TextWriter _output;
    private readonly bool _journal;
    private readonly Thread _thread;
    private TokenBucket _bucket;
    private int _dropped;

    /// <summary>Starts the writer. <paramref name="journal"/>: each line begins with its priority, as journald reads it (sd-daemon(3)).</summary>
    public LogWriter(TextWriter output, bool journal, TimeProvider clock)
    {
        _output = output;
        _journal = journal;
        _bucket = new TokenBucket(Burst, LinesPerSecond, clock);
        _thread = new Thread(Run) { Name = "log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>
    /// Whether stderr is the journal's stream: JOURNAL_STREAM names its device and inode, and a program may have redirected it since.
    /// </summary>
    public static bool StderrIsJournal() =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM")?.Split(':') is [_, string inode]
        && new FileInfo("/proc/self/fd/2").LinkTarget == $"socket:[{inode}]";

    /// <summary>Queues one line. Callable from any thread, never blocks; after <see cref="Dispose"/> lines go nowhere.</summary>
    public void Write(LogPriority priority, string line)
    {
        bool queued = false;
        try
        {
            queued = _queue.TryAdd((priority, line));
        }
        catch (InvalidOperationException)
        {
            // The log is closed.
        }

        if (!queued)
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Writes what is queued, waiting a bounded time for it.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        if (_thread.Join(FlushTimeout))
        {
            _queue.Dispose();
        }
    }

    private void Run()
    {
        int suppressed = 0;
        try
        {
            while (!_queue.IsCompleted)
            {
                bool taken = _queue.TryTake(out (LogPriority Priority, string Line) entry, suppressed > 0 ? Quiet : Timeout.InfiniteTimeSpan);
                suppressed += Interlocked.Exchange(ref _dropped, 0);
                if (taken && !_bucket.TryTake())
                {
                    suppressed++;
                    continue;
                }

                PrintSuppressed(ref suppressed);
                if (taken)
                {
                    Print(entry.Priority, entry.Line);
                }
            }

            PrintSuppressed(ref suppressed);
        }
        catch (IOException)
        {
            // Nobody reads stderr any more; Write counts into the void from here on.
        }
    }

    private void PrintSuppressed(ref int suppressed)
    {
        if (suppressed > 0)
        {
            Print(LogPriority.Warning, $"fastbond: {suppressed} lines suppressed");
            suppressed = 0;
        }
    }

    private void Print(LogPriority priority, string line)
    {
        // A stack trace is several lines to the journal, each in want of its priority.
        string prefix = $"<{(int)priority}>";
        _output.WriteLine(_journal ? prefix + line.Replace("\n", "\n" + prefix) : line);
    }
}
