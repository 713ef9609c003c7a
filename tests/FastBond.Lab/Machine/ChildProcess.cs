using System.Diagnostics;

namespace FastBond.Lab.Machine;

/// <summary>A program that we started: its output is collected line by line as it comes, bounded; disposing ends it for certain.</summary>
public sealed class ChildProcess : IDisposable
{
    private const int MostLines = 20_000;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];
    private readonly ManualResetEventSlim _news = new();
    private bool _disposed;

    private ChildProcess(string file, IReadOnlyList<string> arguments)
    {
        CommandLine = string.Join(' ', arguments.Prepend(file));
        ProcessStartInfo start = new(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
    }

    /// <summary>What was started, for messages.</summary>
    public string CommandLine { get; }

    /// <summary>Its process id. <c>ip netns exec</c> replaces itself, so this is the program's own.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code once it has ended; 128 + signal if a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>All of its standard output so far.</summary>
    public string Output => Text(_output);

    /// <summary>All of its standard error so far.</summary>
    public string Error => Text(_error);

    /// <summary>Starts a program; <paramref name="input"/> is given to it as standard input, which is then closed.</summary>
    public static ChildProcess Start(string file, IReadOnlyList<string> arguments, string? input = null)
    {
        ChildProcess child = new(file, arguments);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        try
        {
            child._process.StandardInput.Write(input);
            child._process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read all of its input: its exit code tells.
        }
        return child;
    }

    /// <summary>
    /// Waits for a line of either stream and returns the first one, of those already there too; with <paramref name="count"/>, waits until
    /// there are that many and returns the last of them.
    /// </summary>
    /// <exception cref="TimeoutException">They did not come in time, or the program ended without them.</exception>
    public string WaitForLine(Func<string, bool> wanted, TimeSpan limit, string what, int count = 1)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            // Asked before the lines are looked at: what it said last still counts.
            bool ended = HasExited;
            if (ended)
            {
                _process.WaitForExit();
            }
            lock (_gate)
            {
                if (_error.Concat(_output).Where(wanted).ElementAtOrDefault(count - 1) is { } line)
                {
                    return line;
                }
                _news.Reset();
            }
            if (ended || Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"{CommandLine}: no line with {what} ({(ended ? "it ended" : "timeout")})\n{Output}{Error}");
            }
            _news.Wait(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Sends a signal; nothing if it has ended.</summary>
    public void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = Syscalls.kill(_process.Id, signal);
        }
    }

    /// <summary>Waits for its end and for the last of its output.</summary>
    /// <returns>Whether it ended in time.</returns>
    public bool WaitForExit(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
        {
            return false;
        }
        _process.WaitForExit();
        return true;
    }

    /// <summary>Kills it if it still runs.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        Signal(Syscalls.SIGKILL);
        _process.WaitForExit(TimeSpan.FromSeconds(10));
        _process.Dispose();
        _news.Dispose();
    }

    private void Keep(List<string> lines, string? line)
    {
        if (line is null)
        {
            return;
        }
        lock (_gate)
        {
            if (lines.Count < MostLines)
            {
                lines.Add(line);
            }
            else if (lines.Count == MostLines)
            {
                lines.Add("(more was printed and dropped)");
            }
            _news.Set();
        }
    }

    private string Text(List<string> lines)
    {
        lock (_gate)
        {
            return lines.Count == 0 ? "" : string.Join('\n', lines) + "\n";
        }
    }
}
