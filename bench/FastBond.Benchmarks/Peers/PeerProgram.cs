using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks.Peers;

/// <summary>
/// A program of <c>bench/peers</c> that measures a slice when it is asked to, by a line on its standard input, and answers by a line of JSON. Between
/// questions it sleeps, so that it and we can take turns on one CPU.
/// </summary>
internal sealed class PeerProgram : IDisposable
{
    private readonly Process _process;
    private readonly string _name;

    private PeerProgram(string name, ProcessStartInfo start)
    {
        _name = name;
        _process = Process.Start(start)!;
        try
        {
            Title = ReadAnswer().GetProperty("program").GetString()!;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What it calls itself.</summary>
    public string Title { get; }

    /// <summary>Whether such a program was built; it is not where what it needs could not be installed.</summary>
    public static bool IsBuilt(string name) => File.Exists(PathOf(name));

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <param name="name">Its name in <c>bench/peers</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="LabException">It failed.</exception>
    public static PeerProgram Start(string name, params object[] arguments) =>
        new(name, new ProcessStartInfo(PathOf(name), arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        });

    /// <summary>Asks for a slice, and waits for it.</summary>
    /// <exception cref="LabException">It failed.</exception>
    public JsonElement Ask(FormattableString question)
    {
        _process.StandardInput.WriteLine(FormattableString.Invariant(question));
        _process.StandardInput.Flush();
        return ReadAnswer();
    }

    /// <summary>Ends it: it stops when nobody can ask any more.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string PathOf(string name)
    {
        string folder = Environment.GetEnvironmentVariable("FASTBOND_PEERS") is { Length: > 0 } given ? given : "bench/peers/build";
        return Path.GetFullPath(Path.Combine(folder, name));
    }

    private JsonElement ReadAnswer()
    {
        string line = _process.StandardOutput.ReadLine() ?? throw new LabException($"{_name} ended; what it printed says why");
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
